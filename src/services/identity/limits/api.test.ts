import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type Json, type TestIdentity } from '../testing.ts';

let cloud: TestIdentity;
let strict: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
  strict = await startTestIdentity({
    unified_limit: { enforcement_model: 'strict_two_level' },
  });
});
after(async () => {
  await cloud?.stop();
  await strict?.stop();
});

const serviceOf = async (where: TestIdentity, name: string): Promise<string> => {
  const body = { service: { type: name, name } };
  return (await where.call('POST', '/services', where.admin, body)).json.service.id;
};

async function register(where: TestIdentity, given: object): Promise<Json> {
  const body = { registered_limits: [given] };
  const reply = await where.call('POST', '/registered_limits', where.admin, body);
  assert.equal(reply.status, 201, JSON.stringify(reply.json));
  return reply.json.registered_limits[0];
}

const limit = (where: TestIdentity, ...limits: object[]) =>
  where.call('POST', '/limits', where.admin, { limits });

test('limits are registered once, in a region or in none', async () => {
  const service = await serviceOf(cloud, 'once');
  const cores = { service_id: service, resource_name: 'cores', default_limit: 10 };
  const made = await register(cloud, { ...cores, region_id: 'RegionOne', description: 'd' });
  assert.deepEqual(
    { ...made, id: 0, links: 0 },
    { ...cores, id: 0, links: 0, region_id: 'RegionOne', description: 'd' },
  );
  await register(cloud, cores);
  const post = (limits: object[], token = cloud.admin) =>
    cloud.call('POST', '/registered_limits', token, { registered_limits: limits });
  assert.equal((await post([cores])).status, 409);
  // All or nothing.
  assert.equal((await post([{ ...cores, resource_name: 'ram' }, cores])).status, 409);
  const list = await cloud.call('GET', `/registered_limits?service_id=${service}`, cloud.admin);
  assert.equal(list.json.registered_limits.length, 2);
  for (const wrong of [
    { ...cores, service_id: 'missing' },
    { ...cores, region_id: 'missing' },
    { ...cores, default_limit: -2 },
    { ...cores, default_limit: 2 ** 31 },
    { ...cores, colour: 'red' },
  ])
    assert.equal((await post([wrong])).status, 400, JSON.stringify(wrong));
  assert.equal((await post([])).status, 400);

  const path = `/registered_limits/${made.id}`;
  const patch = (registered_limit: object) =>
    cloud.call('PATCH', path, cloud.admin, { registered_limit });
  assert.equal((await patch({ default_limit: -1 })).json.registered_limit.default_limit, -1);
  assert.equal((await patch({ region_id: null })).status, 409);
  const { user: _user, token } = await cloud.newcomer();
  assert.equal((await cloud.call('GET', path, token)).status, 200);
  assert.equal((await cloud.call('DELETE', path, token)).status, 403);
  assert.equal((await cloud.call('DELETE', path, cloud.admin)).status, 204);
  assert.equal((await cloud.call('GET', path, cloud.admin)).status, 404);
});

test('limits of projects and domains stand on registered ones', async () => {
  const service = await serviceOf(cloud, 'nova2');
  const who = await cloud.newcomer();
  const volumes = { service_id: service, resource_name: 'volumes', resource_limit: 5 };
  const orphan = await limit(cloud, { ...volumes, project_id: who.project.id });
  assert.equal(orphan.status, 403);
  assert.match(orphan.json.error.message, /no corresponding registered limit/);
  const { resource_limit: _limit, ...rest } = volumes;
  const registered = await register(cloud, { ...rest, default_limit: 3 });

  for (const wrong of [volumes, { ...volumes, project_id: 'x', domain_id: 'default' }])
    assert.equal((await limit(cloud, wrong)).status, 400);
  assert.equal((await limit(cloud, { ...volumes, project_id: 'missing' })).status, 400);
  assert.equal((await limit(cloud, { ...volumes, domain_id: who.project.id })).status, 400);
  const made = await limit(
    cloud,
    { ...volumes, project_id: who.project.id },
    { ...volumes, domain_id: 'default', description: 'all of it' },
  );
  assert.equal(made.status, 201, JSON.stringify(made.json));
  const [ofProject, ofDomain] = made.json.limits;
  assert.deepEqual([ofProject.project_id, ofProject.domain_id], [who.project.id, null]);
  assert.deepEqual([ofDomain.project_id, ofDomain.domain_id], [null, 'default']);
  assert.equal((await limit(cloud, { ...volumes, domain_id: 'default' })).status, 409);

  const seen = async (path: string, token = cloud.admin) =>
    (await cloud.call('GET', path, token)).json.limits.map((row: Json) => row.id);
  assert.deepEqual(await seen('/limits', who.token), [ofProject.id]);
  assert.deepEqual(await seen('/limits?domain_id=default'), [ofDomain.id]);
  assert.deepEqual(await seen(`/limits?project_id=${who.project.id}`), [ofProject.id]);
  assert.equal((await cloud.call('GET', `/limits/${ofProject.id}`, who.token)).status, 200);
  const other = await cloud.newcomer();
  assert.equal((await cloud.call('GET', `/limits/${ofProject.id}`, other.token)).status, 403);

  const change = { limit: { resource_limit: -1 } };
  const changed = await cloud.call('PATCH', `/limits/${ofProject.id}`, cloud.admin, change);
  assert.equal(changed.json.limit.resource_limit, -1);
  const path = `/registered_limits/${registered.id}`;
  const moved = { registered_limit: { resource_name: 'disks' } };
  assert.equal((await cloud.call('PATCH', path, cloud.admin, moved)).status, 403);
  assert.equal((await cloud.call('DELETE', path, cloud.admin)).status, 403);
  assert.equal((await cloud.call('DELETE', `/limits/${ofProject.id}`, cloud.admin)).status, 204);
  assert.equal((await cloud.call('GET', `/limits/${ofProject.id}`, cloud.admin)).status, 404);
  // A service takes its limits with it.
  assert.equal((await cloud.call('DELETE', `/services/${service}`, cloud.admin)).status, 204);
  assert.equal((await cloud.call('GET', `/limits/${ofDomain.id}`, cloud.admin)).status, 404);
});

test('with two levels, a project has at most what its domain has', async () => {
  const model = await strict.call('GET', '/limits/model', strict.admin);
  assert.equal(model.json.model.name, 'strict_two_level');
  assert.equal((await cloud.call('GET', '/limits/model', cloud.admin)).json.model.name, 'flat');
  const service = await serviceOf(strict, 'strict');
  const { project } = await strict.newcomer();
  const resource = { service_id: service, resource_name: 'cores' };
  await register(strict, { ...resource, default_limit: 10 });
  const ofProject = (resource_limit: number) =>
    limit(strict, { ...resource, project_id: project.id, resource_limit });
  assert.equal((await ofProject(11)).status, 403);
  assert.equal((await ofProject(-1)).status, 403);
  const both = await limit(
    strict,
    { ...resource, project_id: project.id, resource_limit: 15 },
    { ...resource, domain_id: 'default', resource_limit: 20 },
  );
  assert.equal(both.status, 201, JSON.stringify(both.json));
  const [own, domain] = both.json.limits;
  const patch = (id: string, resource_limit: number) =>
    strict.call('PATCH', `/limits/${id}`, strict.admin, { limit: { resource_limit } });
  assert.equal((await patch(domain.id, 14)).status, 403);
  assert.equal((await patch(own.id, 21)).status, 403);
  assert.equal((await patch(own.id, 20)).status, 200);
  const below = { project: { name: 'below', parent_id: project.id } };
  assert.equal((await strict.call('POST', '/projects', strict.admin, below)).status, 403);
});
