import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { startTestIdentity, type TestIdentity } from '../testing.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity({
    security_compliance: { password_regex: '^.{3}', password_regex_description: 'three' },
  });
});
after(() => cloud?.stop());

const call = (method: 'GET' | 'HEAD' | 'PUT' | 'PATCH' | 'DELETE', path: string, config?: object) =>
  cloud.call(method, `/domains${path}`, cloud.admin, config && { config });

test('a domain has options of its own; secrets are sealed and never shown', async () => {
  const domain = (await cloud.call('POST', '/domains', cloud.admin, { domain: { name: 'd' } })).json
    .domain.id;
  const path = `/${domain}/config`;
  assert.equal((await call('GET', path)).status, 404);
  const ldap = { url: 'ldap://somewhere', user: 'cn=root' };
  const made = await call('PUT', path, { ldap: { ...ldap, password: 'sesame' } });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  assert.deepEqual(made.json.config, { ldap });
  const { rows } = await sql<{ sealed_value: string }>`
    select sealed_value from identity.domain_options where option = 'password'`.execute(
    cloud.database,
  );
  assert.match(rows[0]!.sealed_value, /^gAAAA/);
  assert.equal((await call('GET', `${path}/ldap/password`)).status, 404);

  assert.deepEqual((await call('GET', `${path}/ldap`)).json.config, { ldap });
  assert.deepEqual((await call('GET', `${path}/ldap/url`)).json.config, { url: ldap.url });
  assert.equal((await call('HEAD', `${path}/identity`)).status, 404);
  const merged = await call('PATCH', path, { identity: { driver: 'ldap', list_limit: 5 } });
  assert.deepEqual(merged.json.config, { identity: { driver: 'ldap', list_limit: 5 }, ldap });
  const one = await call('PATCH', `${path}/ldap/url`, { url: 'ldaps://elsewhere' });
  assert.equal(one.json.config.ldap.url, 'ldaps://elsewhere');
  const wrong: [string, object, number][] = [
    [path, {}, 403],
    [path, { network: { a: 1 } }, 403],
    [path, { ldap: { colour: 'red' } }, 403],
    [`${path}/ldap`, { identity: { driver: 'sql' } }, 403],
    [`${path}/ldap/url`, { user: 'x' }, 403],
    [`${path}/ldap/suffix`, { suffix: 'x' }, 404],
    ['/missing/config', { ldap }, 404],
  ];
  for (const [where, config, status] of wrong)
    assert.equal((await call('PATCH', where, config)).status, status, where);
  assert.equal((await call('DELETE', `${path}/identity/driver`)).status, 204);
  assert.equal((await call('DELETE', `${path}/identity/driver`)).status, 404);
  const again = await call('PUT', path, { identity: { list_limit: 7 } });
  assert.equal(again.status, 200);
  assert.deepEqual(again.json.config, { identity: { list_limit: 7 } });
  assert.equal((await call('DELETE', path)).status, 204);
  assert.equal((await call('GET', path)).status, 404);
});

test('defaults can be read, and by everybody what passwords must look like', async () => {
  const all = (await call('GET', '/config/default')).json.config;
  assert.equal(all.identity.driver, 'sql');
  assert.deepEqual((await call('GET', '/config/ldap/default')).json.config, { ldap: all.ldap });
  assert.deepEqual((await call('GET', '/config/ldap/suffix/default')).json.config, {
    suffix: 'cn=example,cn=com',
  });
  assert.equal((await call('GET', '/config/ldap/password/default')).status, 400);
  const { token } = await cloud.newcomer();
  const path = '/domains/default/config/security_compliance';
  const shown = await cloud.call('GET', path, token);
  assert.deepEqual(shown.json.config.security_compliance, {
    password_regex: '^.{3}',
    password_regex_description: 'three',
  });
  const one = await cloud.call('GET', `${path}/password_regex`, token);
  assert.deepEqual(one.json.config, { password_regex: '^.{3}' });
  assert.equal((await cloud.call('GET', `${path}/lockout_duration`, token)).status, 403);
  assert.equal(
    (await cloud.call('GET', '/domains/x/config/security_compliance', token)).status,
    403,
  );
});
