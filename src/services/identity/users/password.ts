import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { Fault } from '../../../core/errors.ts';
import { verifyForeign } from './foreign-hashes.ts';

/** RFC 9106 and OWASP's least cost for Argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const TAG = 32;
const SALT = 16;

/** Hashes run in Node's pool of four threads; two stay free for files and names. */
const AT_ONCE = 2;
let running = 0;
/** More than these are turned away: the last of them would wait some seconds. */
const MOST_WAITING = 200;
const waiting: (() => void)[] = [];

/** Runs the work when it is its turn. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting.length >= MOST_WAITING) {
    throw new Fault('tooManyRequests', 'Too many passwords are being checked: try again shortly.', {
      headers: { 'Retry-After': '2' },
    });
  }
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next(); // hands its place over
  }
}

const derive = (password: string, salt: Buffer, cost: Cost): Promise<Buffer> =>
  inTurn(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        const parameters = { message: password, nonce: salt, tagLength: TAG, ...cost };
        argon2('argon2id', parameters, (error, key) => (error ? reject(error) : resolve(key)));
      }),
  );

interface Cost {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

/** The password's Argon2id hash as a PHC string, with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT);
  const tag = await derive(password, salt, COST);
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`;
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Whether a hash is of another kind, or of another cost, than those made today: it is replaced at the next login. */
export function isOutdated(hash: string): boolean {
  const [, memory, passes, parallelism] = PHC.exec(hash) ?? [];
  return (
    Number(memory) !== COST.memory ||
    Number(passes) !== COST.passes ||
    Number(parallelism) !== COST.parallelism
  );
}

/**
 * Whether the password is the one that was hashed, here or by a Keystone. Without a hash (no such user, no password
 * set) the same work is done for nothing, so that the time taken tells nobody which user names exist.
 */
export async function verifyPassword(
  password: string,
  hash: string | null | undefined,
): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(hash ?? '') ?? [];
  if (salt === undefined || tag === undefined) {
    if (hash?.startsWith('$')) return inTurn(() => verifyForeign(password, hash));
    await derive(password, Buffer.alloc(SALT), COST);
    return false;
  }
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const expected = Buffer.from(tag, 'base64');
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'base64'), cost), expected);
}
