import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { newFernetKey, parseFernetKey, seal, unseal } from './fernet.ts';

// generate.json and verify.json of github.com/fernet/spec
const SECRET = parseFernetKey('cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=')!;
const TOKEN =
  'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA';

test('tokens are those of the specification', () => {
  const iv = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
  const time = new Date('1985-10-26T01:20:00-07:00');
  assert.equal(seal(Buffer.from('hello'), SECRET, time, iv), TOKEN);
  assert.equal(unseal(`${TOKEN}==`, [SECRET])?.toString(), 'hello');
});

test('what was sealed can be unsealed with that key among others, and with no other', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const [key, other] = [newFernetKey(), newFernetKey()];
      const token = seal(Buffer.from(bytes), key, new Date());
      assert.deepEqual(unseal(token, [other, key]), Buffer.from(bytes));
      assert.equal(unseal(token, [other]), undefined);
    }),
  );
});

test('a token with any bit turned is none', () => {
  const bytes = Buffer.from(TOKEN, 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(unseal(changed.toString('base64url'), [SECRET]), undefined);
  }
});

test('text that is no token is none', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => unseal(text, [SECRET]) === undefined),
  );
});
