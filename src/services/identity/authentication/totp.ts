import { createHmac, timingSafeEqual } from 'node:crypto';

/** RFC 6238 as every authenticator app computes it: HMAC-SHA-1, six digits, half a minute. */
const PERIOD = 30;
const DIGITS = 6;

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Bytes of a text in base 32 (RFC 4648), with or without padding; `undefined` when it is none. */
export function fromBase32(text: string): Buffer | undefined {
  const bytes: number[] = [];
  let [value, bits] = [0, 0];
  for (const digit of text.replace(/=+$/, '').toUpperCase()) {
    const number = ALPHABET.indexOf(digit);
    if (number < 0) return undefined;
    value = ((value << 5) | number) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((value >> bits) & 0xff);
  }
  return bytes.length === 0 ? undefined : Buffer.from(bytes);
}

/** The one-time password of a seed at a time in milliseconds. */
export function passcode(seed: Buffer, time: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(time / 1000 / PERIOD)));
  const hash = createHmac('sha1', seed).update(counter).digest();
  const offset = hash[hash.length - 1]! & 15;
  const number = (hash.readUInt32BE(offset) & 0x7fffffff) % 10 ** DIGITS;
  return String(number).padStart(DIGITS, '0');
}

/**
 * Whether the password is that of the seed now, or was in one of the periods before. All are compared in full.
 * @param seed in base 32, as a credential of type totp has it
 */
export function passcodeFits(
  given: string,
  seed: string,
  periodsBefore: number,
  now = Date.now(),
): boolean {
  const key = fromBase32(seed.trim());
  const text = Buffer.from(given);
  if (key === undefined || text.length !== DIGITS) return false;
  let fits = false;
  for (let before = 0; before <= periodsBefore; before++) {
    const right = Buffer.from(passcode(key, now - before * PERIOD * 1000));
    fits = timingSafeEqual(right, text) || fits;
  }
  return fits;
}
