import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Fault } from '../../../core/errors.ts';
import { generateKey, readPublicKey } from './ssh.ts';

const RSA =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQDQjzvMkWrwL1xXPZLlEYhWQvzPvVGLfMLTQXKLGj8cWQ0yYl1Lr3cB9P5nI8cFq7kmvQzOt1n5ZqfJmTJmYd2f me@here';

test('a new key is one that OpenSSH reads', { skip: !existsSync('/usr/bin/ssh-keygen') }, () => {
  const key = generateKey('Generated-by-Nova');
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-key-'));
  try {
    const file = path.join(folder, 'key');
    writeFileSync(file, key.privateKey, { mode: 0o600 });
    const keygen = (...args: string[]) =>
      execFileSync('ssh-keygen', args, { encoding: 'utf8' }).trim();
    assert.equal(keygen('-y', '-f', file), key.line);
    assert.match(keygen('-l', '-E', 'md5', '-f', file), new RegExp(`MD5:${key.fingerprint} `));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a public key is read as it stands in authorized_keys', () => {
  const key = generateKey('c');
  assert.deepEqual(readPublicKey(`  ${key.line}\n`), {
    line: key.line,
    fingerprint: key.fingerprint,
  });
  const read = readPublicKey(RSA);
  assert.equal(read.line, RSA);
  assert.match(read.fingerprint, /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
});

test('what is no public key is refused with the reason', () => {
  const [, blob] = generateKey('c').line.split(' ') as [string, string];
  for (const [text, reason] of [
    ['', /must begin with the kind/],
    ['ssh-foo AAAA', /must begin with the kind/],
    ['ssh-rsa', /not base64/],
    ['ssh-rsa !!!!', /not base64/],
    [`ssh-rsa ${blob}`, /not those of a key of kind ssh-rsa/],
    [`ssh-ed25519 ${blob.slice(0, 20)}`, /not those of a key|not base64/],
    [`ssh-ed25519 ${blob} c\nssh-ed25519 ${blob} d`, /must be one line/],
  ] as const)
    assert.throws(
      () => readPublicKey(text),
      (error: unknown) =>
        error instanceof Fault && error.kind === 'badRequest' && reason.test(error.message),
      text,
    );
});
