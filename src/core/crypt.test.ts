import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { hashForShadow } from './crypt.ts';

test('hashes of passwords are those of every other implementation', () => {
  for (const password of ['', 'a', 'x'.repeat(63), 'x'.repeat(64), 'ü'.repeat(70), "it's $6$"]) {
    const theirs = execFileSync(
      'busybox',
      ['mkpasswd', '-m', 'sha512', '-S', 'abcDEF./12345678', '-P', '0'],
      // The line's end: of nothing at all busybox makes nothing.
      { input: `${password}\n` },
    );
    assert.equal(hashForShadow(password, 'abcDEF./12345678'), theirs.toString().trim(), password);
  }
  assert.match(hashForShadow('x'), /^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
  assert.notEqual(hashForShadow('x'), hashForShadow('x'));
});
