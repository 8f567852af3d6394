import { createHash, randomInt } from 'node:crypto';

const ALPHABET = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** What every implementation takes when nothing else is said. */
const ROUNDS = 5000;
/** Bytes of the digest in the order in which they are written, three at a time. */
const ORDER = [
  [0, 21, 42],
  [22, 43, 1],
  [44, 2, 23],
  [3, 24, 45],
  [25, 46, 4],
  [47, 5, 26],
  [6, 27, 48],
  [28, 49, 7],
  [50, 8, 29],
  [9, 30, 51],
  [31, 52, 10],
  [53, 11, 32],
  [12, 33, 54],
  [34, 55, 13],
  [56, 14, 35],
  [15, 36, 57],
  [37, 58, 16],
  [59, 17, 38],
  [18, 39, 60],
  [40, 61, 19],
  [62, 20, 41],
] as const;

const newSalt = (): string =>
  Array.from({ length: 16 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

const sha512 = (...parts: readonly Buffer[]): Buffer => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** So many bytes of a text that is repeated. */
const repeated = (bytes: Buffer, length: number): Buffer => Buffer.alloc(length, bytes);

/**
 * The hash of a password as `/etc/shadow` has it: `$6$salt$hash`. Takes some ten milliseconds.
 * Source: U. Drepper, "Unix crypt using SHA-256 and SHA-512"; the numbers are those of its steps.
 */
export function hashForShadow(password: string, salt = newSalt()): string {
  const key = Buffer.from(password);
  const salted = Buffer.from(salt.slice(0, 16));
  const alternate = sha512(key, salted, key); // 4-8
  const bits: Buffer[] = [];
  for (let length = key.length; length > 0; length >>= 1) bits.push(length & 1 ? alternate : key);
  let digest = sha512(
    key,
    salted,
    key.length === 0 ? Buffer.alloc(0) : repeated(alternate, key.length),
    ...bits,
  ); // 1-12
  const keys = sha512(...Array.from({ length: key.length }, () => key)); // 13-15
  const p = key.length === 0 ? Buffer.alloc(0) : repeated(keys, key.length); // 16
  const salts = sha512(...Array.from({ length: 16 + digest[0]! }, () => salted)); // 17-19
  const s = salted.length === 0 ? Buffer.alloc(0) : repeated(salts, salted.length); // 20
  for (let round = 0; round < ROUNDS; round++) {
    digest = sha512(
      round & 1 ? p : digest,
      ...(round % 3 === 0 ? [] : [s]),
      ...(round % 7 === 0 ? [] : [p]),
      round & 1 ? digest : p,
    ); // 21
  }
  let text = '';
  const write = (value: number, characters: number) => {
    for (let index = 0; index < characters; index++) text += ALPHABET[(value >> (6 * index)) & 63];
  };
  for (const [high, middle, low] of ORDER)
    write((digest[high]! << 16) | (digest[middle]! << 8) | digest[low]!, 4);
  write(digest[63]!, 2);
  return `$6$${salt.slice(0, 16)}$${text}`;
}
