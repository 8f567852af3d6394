import { createHash, createHmac, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { crypt } from './crypt.ts';

/*
 * Hashes that a Keystone made (option identity.password_hash_algorithm): in the notation of passlib,
 * https://passlib.readthedocs.io/en/stable/lib/passlib.hash.html
 */

/** bcrypt reads no more bytes than these. */
const BCRYPT = 72;
/** Keystone up to 2023.1 cut passwords to these before bcrypt. */
const BCRYPT_BEFORE = 54;
/** Most memory for a scrypt hash, in bytes: ln=18, r=8 and somewhat more. */
const SCRYPT_MEMORY = 512 * 1024 * 1024;
const MOST_ROUNDS = 10_000_000;

const bytes = (text: string): Buffer => Buffer.from(text.replaceAll('.', '+'), 'base64');

const same = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

async function viaCrypt(password: Buffer, hash: string): Promise<boolean> {
  const made = await crypt(password, hash);
  return made !== undefined && same(Buffer.from(made), Buffer.from(hash));
}

type Verify = (password: string, match: RegExpExecArray) => Promise<boolean>;

const KINDS: readonly (readonly [RegExp, Verify])[] = [
  [
    /^\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}$/,
    async (password, [hash]) => {
      const whole = Buffer.from(password);
      if (await viaCrypt(whole.subarray(0, BCRYPT), hash)) return true;
      return (
        whole.length > BCRYPT_BEFORE && (await viaCrypt(whole.subarray(0, BCRYPT_BEFORE), hash))
      );
    },
  ],
  [
    /^\$bcrypt-sha256\$v=2,t=(2[aby]),r=(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/,
    async (password, [, kind, rounds = '', salt = '', tag]) => {
      const key = createHmac('sha256', salt).update(password).digest('base64');
      return viaCrypt(Buffer.from(key), `$${kind}$${rounds.padStart(2, '0')}$${salt}${tag}`);
    },
  ],
  [
    /^\$bcrypt-sha256\$(2[aby]),(\d{1,2})\$([./A-Za-z0-9]{22})\$([./A-Za-z0-9]{31})$/,
    async (password, [, kind, rounds = '', salt, tag]) => {
      const key = createHash('sha256').update(password).digest('base64');
      return viaCrypt(Buffer.from(key), `$${kind}$${rounds.padStart(2, '0')}$${salt}${tag}`);
    },
  ],
  [
    /^\$6\$(rounds=\d{4,9}\$)?[./A-Za-z0-9]{0,16}\$[./A-Za-z0-9]{86}$/,
    (password, [hash]) => viaCrypt(Buffer.from(password), hash),
  ],
  [
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,4}),p=(\d{1,3})\$([+/A-Za-z0-9]*)\$([+/A-Za-z0-9]+)$/,
    async (password, [, ln, r, p, salt = '', tag = '']) => {
      const expected = bytes(tag);
      const derived = await new Promise<Buffer>((resolve, reject) =>
        scrypt(
          password,
          bytes(salt),
          expected.length,
          { N: 2 ** Number(ln), r: Number(r), p: Number(p), maxmem: SCRYPT_MEMORY },
          (error, key) => (error ? reject(error) : resolve(key)),
        ),
      );
      return same(derived, expected);
    },
  ],
  [
    /^\$pbkdf2-sha512\$(\d{1,9})\$([./A-Za-z0-9]*)\$([./A-Za-z0-9]+)$/,
    async (password, [, rounds, salt = '', tag = '']) => {
      if (Number(rounds) > MOST_ROUNDS) return false;
      const expected = bytes(tag);
      const derive = promisify(pbkdf2);
      return same(
        await derive(password, bytes(salt), Number(rounds), expected.length, 'sha512'),
        expected,
      );
    },
  ],
];

/** Whether the password is the one that a Keystone hashed; a hash of no kind that Keystone makes fits none. */
export async function verifyForeign(password: string, hash: string): Promise<boolean> {
  for (const [pattern, verify] of KINDS) {
    const match = pattern.exec(hash);
    if (match) return verify(password, match);
  }
  return false;
}
