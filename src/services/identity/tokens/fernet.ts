import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from 'node:crypto';

/** A Fernet key: 32 bytes, the first half signs, the second encrypts (github.com/fernet/spec). */
export type FernetKey = Buffer;

const VERSION = 0x80;
const HEADER = 25; // version, 8 bytes of time, 16 of initialisation vector
const SIGNATURE = 32;

export const newFernetKey = (): FernetKey => randomBytes(32);

/** Reads a key file's text (base64url, padding optional); `undefined` when it is no key. */
export function parseFernetKey(text: string): FernetKey | undefined {
  const key = Buffer.from(text.trim(), 'base64url');
  return key.length === 32 ? key : undefined;
}

/** Both halves as OpenSSL wants them: made once a key, since that costs more than their use. */
const halves = new WeakMap<
  FernetKey,
  { readonly signing: KeyObject; readonly secrecy: KeyObject }
>();

function halvesOf(key: FernetKey) {
  let both = halves.get(key);
  if (both === undefined) {
    both = {
      signing: createSecretKey(key.subarray(0, 16)),
      secrecy: createSecretKey(key.subarray(16)),
    };
    halves.set(key, both);
  }
  return both;
}

const sign = (key: FernetKey, data: Buffer): Buffer =>
  createHmac('sha256', halvesOf(key).signing).update(data).digest();

/** A Fernet token around the message, base64url without padding as Keystone sends it. */
export function seal(message: Buffer, key: FernetKey, time: Date, iv = randomBytes(16)): string {
  const cipher = createCipheriv('aes-128-cbc', halvesOf(key).secrecy, iv);
  const header = Buffer.alloc(9);
  header[0] = VERSION;
  header.writeBigUInt64BE(BigInt(Math.floor(time.getTime() / 1000)), 1);
  const data = Buffer.concat([header, iv, cipher.update(message), cipher.final()]);
  return Buffer.concat([data, sign(key, data)]).toString('base64url');
}

/** The message of a token made with any of the keys; `undefined` when none of them made it. */
export function unseal(token: string, keys: readonly FernetKey[]): Buffer | undefined {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length < HEADER + 16 + SIGNATURE || bytes[0] !== VERSION) return undefined;
  const data = bytes.subarray(0, -SIGNATURE);
  const signature = bytes.subarray(-SIGNATURE);
  const key = keys.find((candidate) => timingSafeEqual(sign(candidate, data), signature));
  if (key === undefined || (data.length - HEADER) % 16 !== 0) return undefined;
  const decipher = createDecipheriv('aes-128-cbc', halvesOf(key).secrecy, data.subarray(9, HEADER));
  return Buffer.concat([decipher.update(data.subarray(HEADER)), decipher.final()]);
}
