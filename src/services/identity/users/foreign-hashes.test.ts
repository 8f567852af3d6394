import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOutdated, hashPassword, verifyPassword } from './password.ts';

/** Made by passlib 1.7.4, which Keystone used, of `pässword`. */
const HASHES = {
  bcrypt: '$2b$04$x7Jn0QP/yi1j1e5Z9ZoLkuVXo3yF71PtQizsYBUyuu4GV6mzGGdHi',
  bcrypt_sha256:
    '$bcrypt-sha256$v=2,t=2b,r=4$LUDuzGcOyfqGSR0UHxb3IO$D8yLoDuD8YfuqSUDvZiCBOLO8/Dqt8.',
  'bcrypt_sha256, version 1':
    '$bcrypt-sha256$2b,4$E4k8PN6YHNNvGFDgJ8FqbO$CTWTcDtvdRYlasMX8mqTPipBTFvRlM2',
  scrypt: '$scrypt$ln=4,r=8,p=1$1Fqr9R4j5Nzb2/tf610rJQ$ToAqs8uMadX2n9souvoHW9nJBjbvxyjJ1dVFPNk3E0s',
  pbkdf2_sha512:
    '$pbkdf2-sha512$100$FCIEgNB6b42R8n6PUepdaw$HzZq.e5mGijqcXXl2T5.Ez1Sk0HwwC.gFspFB1K3hjwZRG/dTKUeTwob4x4XyXMzATj8e.uwsFkN8qTZJoT8.w',
  sha512_crypt:
    '$6$F5hq3fCtWh442zIo$M83ZNpFUJaMLIgnGYIkcqTRyJmDQHkHQwQwKjS.WX/JmyEJ508c/fUqOc7/LwuHyN6eN4r/4lfUuhFM7sHAbc/',
};

for (const [kind, hash] of Object.entries(HASHES)) {
  test(`a hash of Keystone's ${kind} fits its password and no other`, async () => {
    assert.equal(await verifyPassword('pässword', hash), true);
    for (const wrong of ['pässworD', 'password', ''])
      assert.equal(await verifyPassword(wrong, hash), false, wrong);
    assert.equal(isOutdated(hash), true);
  });
}

test('bcrypt reads 72 bytes, and of an older Keystone 54', async () => {
  const of54 = '$2b$04$aGlt/Gx17/wbSEl6AzIj1O7c64uPA.hYICNxBP3RMDhDxBt7H7xb2';
  const of72 = '$2b$04$roPVj7bUhVFbH8DuEP6TJew6hNbdLS/mz/6eTy.foUXtQ542F0Y/.';
  for (const [hash, length, fits] of [
    [of54, 54, true],
    [of54, 90, true],
    [of54, 53, false],
    [of72, 72, true],
    [of72, 90, true],
    [of72, 71, false],
  ] as const)
    assert.equal(await verifyPassword('x'.repeat(length), hash), fits, `${hash} ${length}`);
});

test('a hash that is none fits nothing, and ours is not outdated', async () => {
  for (const hash of ['$2b$99$x', '$2b$04$short', '$1$salt$hash', '$', '$6$rounds=1$x$y', 'plain'])
    assert.equal(await verifyPassword('plain', hash), false, hash);
  assert.equal(isOutdated(await hashPassword('x')), false);
});

test('what crypt(3) would cut at a NUL fits nothing', async () => {
  for (const hash of [HASHES.bcrypt, HASHES.sha512_crypt])
    assert.equal(await verifyPassword('pässword\0more', hash), false);
});
