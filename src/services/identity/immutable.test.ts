import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type TestIdentity } from './testing.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
});
after(() => cloud?.stop());

for (const kind of ['project', 'domain', 'role']) {
  test(`an immutable ${kind} is changed by nothing but the end of that`, async () => {
    const body = { [kind]: { name: `fixed-${kind}`, options: { immutable: true } } };
    const made = await cloud.call('POST', `/${kind}s`, cloud.admin, body);
    assert.deepEqual(made.json[kind].options, { immutable: true });
    const path = `/${kind}s/${made.json[kind].id}`;
    const patch = async (change: object) =>
      (await cloud.call('PATCH', path, cloud.admin, { [kind]: change })).status;
    assert.equal(await patch({ description: 'x' }), 403);
    assert.equal(await patch({ options: { immutable: false }, description: 'x' }), 403);
    assert.equal(await patch({ options: { immutable: true } }), 403);
    assert.equal(await patch({ options: { colour: 'red' } }), 400);
    assert.equal((await cloud.call('DELETE', path, cloud.admin)).status, 403);
    if (kind === 'project')
      assert.equal((await cloud.call('PUT', `${path}/tags/a`, cloud.admin)).status, 403);
    assert.equal(await patch({ options: { immutable: null } }), 200);
    assert.equal(
      await patch({ description: 'x', enabled: kind === 'role' ? undefined : false }),
      200,
    );
    assert.equal((await cloud.call('DELETE', path, cloud.admin)).status, 204);
  });
}

test('the roles of the cloud are immutable', async () => {
  for (const name of ['admin', 'manager', 'member', 'reader', 'service']) {
    const path = `/roles/${await cloud.roleId(name)}`;
    assert.equal((await cloud.call('DELETE', path, cloud.admin)).status, 403, name);
  }
});

test('what implies and what it implies', async () => {
  const role = async (attributes: object) => {
    const body = { role: { name: 'same', ...attributes } };
    return (await cloud.call('POST', '/roles', cloud.admin, body)).json.role.id as string;
  };
  const [own, global] = [await role({ domain_id: 'default' }), await role({})];
  const imply = async (from: string, to: string) =>
    (await cloud.call('PUT', `/roles/${from}/implies/${to}`, cloud.admin)).status;
  assert.equal(await imply(own, global), 201);
  assert.equal(await imply(global, own), 403);
  assert.equal(await imply(global, global), 403);
  assert.equal(await imply(global, await cloud.roleId('admin')), 403);
});

test('a region gets its id from the path', async () => {
  const put = (id: string, region: object) =>
    cloud.call('PUT', `/regions/${id}`, cloud.admin, { region });
  assert.equal((await put('north', { description: 'd' })).json.region.id, 'north');
  assert.equal((await put('north', {})).status, 409);
  assert.equal((await put('south', { id: 'east' })).status, 400);
});
