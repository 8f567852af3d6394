import { argon2, randomBytes } from 'node:crypto';

/** OWASP's least cost for Argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;

/** Milliseconds of one password hash, which is slow on purpose. */
export function hashOnce(): Promise<number> {
  const parameters = { message: 'floor', nonce: randomBytes(16), ...COST };
  const before = performance.now();
  return new Promise((resolve, reject) =>
    argon2('argon2id', parameters, (error) =>
      error === null ? resolve(performance.now() - before) : reject(error),
    ),
  );
}
