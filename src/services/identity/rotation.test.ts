import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { startTestIdentity } from './testing.ts';

test('a rotation seals what is kept anew, and every token and secret stays good', async () => {
  const cloud = await startTestIdentity();
  try {
    const who = await cloud.newcomer();
    const credential = { type: 'totp', blob: 'GEZDGNBVGY3TQOJQ' };
    const made = await cloud.call('POST', '/credentials', who.token, { credential });
    const { id } = made.json.credential;
    const config = { ldap: { password: 'sesame' } };
    await cloud.call('PUT', '/domains/default/config', cloud.admin, { config });
    const stored = async () =>
      (
        await sql<{ sealed: string }>`select sealed_blob as sealed from identity.credentials
          union all select sealed_value from identity.domain_options`.execute(cloud.database)
      ).rows.map((row) => row.sealed);
    const before = await stored();
    for (let times = 0; times < 3; times++)
      assert.deepEqual(await cloud.identity.rotate(), { resealed: 2 });
    const after = await stored();
    assert.equal(new Set([...before, ...after]).size, 4);
    const shown = await cloud.call('GET', `/credentials/${id}`, who.token);
    assert.equal(shown.json.credential.blob, credential.blob);
    assert.ok(await cloud.identity.validate(cloud.admin));
  } finally {
    await cloud.stop();
  }
});
