import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type Json, type TestIdentity } from '../testing.ts';

let cloud: TestIdentity;
let closed: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
  closed = await startTestIdentity({
    endpoint_filter: { return_all_endpoints_if_no_filter: false },
  });
});
after(async () => {
  await cloud?.stop();
  await closed?.stop();
});

const ROOT = '/OS-EP-FILTER';

/** Types and interfaces of the endpoints in the catalog of a token. */
async function catalog(where: TestIdentity, token: string): Promise<string[]> {
  const { json } = await where.call('GET', '/auth/catalog', token);
  return json.catalog
    .flatMap((entry: Json) => entry.endpoints.map((one: Json) => `${entry.type} ${one.interface}`))
    .toSorted();
}

const endpoint = async (type: string, face = 'public'): Promise<Json> => {
  const { services } = (await cloud.call('GET', `/services?type=${type}`, cloud.admin)).json;
  const query = `service_id=${services[0].id}&interface=${face}`;
  return (await cloud.call('GET', `/endpoints?${query}`, cloud.admin)).json.endpoints[0];
};

const status = async (method: 'GET' | 'HEAD' | 'PUT' | 'DELETE', path: string, token?: string) =>
  (await cloud.call(method, ROOT + path, token ?? cloud.admin)).status;

test('a project that is associated with endpoints sees these and no others', async () => {
  const [who, other] = [await cloud.newcomer(), await cloud.newcomer()];
  const all = await catalog(cloud, who.token);
  assert.equal(all.length, 18);
  const { id } = await endpoint('image');
  const path = `/projects/${who.project.id}/endpoints/${id}`;
  assert.equal(await status('GET', path), 404);
  assert.equal(await status('PUT', path, who.token), 403);
  assert.equal(await status('PUT', path), 204);
  assert.equal(await status('PUT', path), 409);
  assert.equal(await status('HEAD', path), 204);
  assert.equal(await status('PUT', `/projects/${who.project.id}/endpoints/missing`), 404);
  assert.equal(await status('PUT', `/projects/missing/endpoints/${id}`), 404);
  assert.deepEqual(await catalog(cloud, who.token), ['image public']);
  assert.deepEqual(await catalog(cloud, other.token), all);
  const list = await cloud.call('GET', `${ROOT}/endpoints/${id}/projects`, cloud.admin);
  assert.deepEqual(
    list.json.projects.map((row: Json) => row.id),
    [who.project.id],
  );
  const own = await cloud.call('GET', `${ROOT}/projects/${who.project.id}/endpoints`, cloud.admin);
  assert.equal(own.json.endpoints[0].id, id);
  assert.equal(await status('DELETE', path), 204);
  assert.equal(await status('DELETE', path), 404);
  assert.deepEqual(await catalog(cloud, who.token), all);
});

test('a group has the endpoints that all its filters fit, now and later', async () => {
  const who = await cloud.newcomer();
  const network = await endpoint('network');
  const group = { name: 'g', filters: { service_id: network.service_id, interface: 'public' } };
  const post = (endpoint_group: object) =>
    cloud.call('POST', `${ROOT}/endpoint_groups`, cloud.admin, { endpoint_group });
  assert.equal((await post({ name: 'x', filters: {} })).status, 400);
  assert.equal((await post({ name: 'x', filters: { colour: 'red' } })).status, 400);
  const made = await post({ ...group, description: 'd' });
  assert.equal(made.status, 201, JSON.stringify(made.json));
  const { id, links: _links, ...rest } = made.json.endpoint_group;
  assert.deepEqual(rest, { ...group, description: 'd' });
  const path = `${ROOT}/endpoint_groups/${id}`;
  const endpoints = async () =>
    (await cloud.call('GET', `${path}/endpoints`, cloud.admin)).json.endpoints.length;
  assert.equal(await endpoints(), 1);

  const association = `/endpoint_groups/${id}/projects/${who.project.id}`;
  assert.equal(await status('GET', association), 404);
  assert.equal(await status('PUT', association), 204);
  const shown = await cloud.call('GET', ROOT + association, cloud.admin);
  assert.equal(shown.json.project_endpoint_group.endpoint_group_id, id);
  assert.equal(await status('HEAD', association), 200);
  assert.deepEqual(await catalog(cloud, who.token), ['network public']);
  const change = { endpoint_group: { filters: { interface: 'internal' } } };
  assert.equal((await cloud.call('PATCH', path, cloud.admin, change)).status, 200);
  assert.equal((await catalog(cloud, who.token)).length, 6);
  assert.equal(await endpoints(), 6);
  const groups = await cloud.call(
    'GET',
    `${ROOT}/projects/${who.project.id}/endpoint_groups`,
    cloud.admin,
  );
  assert.equal(groups.json.endpoint_groups[0].id, id);
  const projects = await cloud.call('GET', `${path}/projects`, cloud.admin);
  assert.equal(projects.json.projects[0].id, who.project.id);
  assert.equal((await cloud.call('HEAD', path, cloud.admin)).status, 200);
  const listed = await cloud.call('GET', `${ROOT}/endpoint_groups?name=g`, cloud.admin);
  assert.equal(listed.json.endpoint_groups.length, 1);
  assert.equal((await cloud.call('DELETE', path, cloud.admin)).status, 204);
  assert.equal((await cloud.call('GET', path, cloud.admin)).status, 404);
  assert.equal((await catalog(cloud, who.token)).length, 18);
});

test('without return_all_endpoints_if_no_filter a project sees what it is associated with only', async () => {
  const { token } = await closed.newcomer();
  assert.deepEqual(await catalog(closed, token), []);
});
