import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, verifyPassword } from './password.ts';

test('a password fits its own hash and no other does', async () => {
  const hash = await hashPassword('pässword');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.equal(await verifyPassword('pässword', hash), true);
  assert.equal(await verifyPassword('password', hash), false);
  assert.notEqual(await hashPassword('pässword'), hash, 'each has a salt of its own');
});

test('the reference implementation’s hash of RFC 9106 fits', async () => {
  // echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32
  const hash =
    '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  assert.equal(await verifyPassword('password', hash), true);
});

test('without a hash nothing fits', async () => {
  assert.equal(await verifyPassword('', null), false);
  assert.equal(await verifyPassword('x', undefined), false);
  assert.equal(await verifyPassword('x', 'nonsense'), false);
});

test('many at once all get their turn', async () => {
  const hash = await hashPassword('one');
  const answers = await Promise.all(
    Array.from({ length: 9 }, (_, index) => verifyPassword(index % 2 ? 'one' : 'two', hash)),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 9 }, (_, index) => index % 2 === 1),
  );
});

test('a crowd is turned away, and those who wait get their turn', async () => {
  const hash = await hashPassword('one');
  const all = await Promise.allSettled(
    Array.from({ length: 230 }, () => verifyPassword('one', hash.replace('m=19456', 'm=8'))),
  );
  const refused = all.filter((one) => one.status === 'rejected');
  assert.equal(refused.length, 230 - 202);
  assert.match(String(refused[0]?.reason), /Too many passwords are being checked/);
  assert.equal(await verifyPassword('one', hash), true);
});
