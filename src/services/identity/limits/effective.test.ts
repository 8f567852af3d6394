import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type TestIdentity } from '../testing.ts';

let cloud: TestIdentity;
before(async () => {
  cloud = await startTestIdentity();
});
after(() => cloud?.stop());

test('a service reads the limit of a project: its own, else the default, else none', async () => {
  const post = async (path: string, body: object) => {
    const reply = await cloud.call('POST', path, cloud.admin, body);
    assert.equal(reply.status, 201, JSON.stringify(reply.json));
    return reply.json;
  };
  const { service } = await post('/services', { service: { type: 'tapes', name: 'tapes' } });
  const { project } = await cloud.newcomer();
  const { project: other } = await cloud.newcomer();
  const limitOf = (id: string) => cloud.identity.limitOf('tapes', 'reels', id);
  assert.equal(await limitOf(project.id), undefined);
  const resource = { service_id: service.id, resource_name: 'reels' };
  await post('/registered_limits', { registered_limits: [{ ...resource, default_limit: 7 }] });
  assert.equal(await limitOf(project.id), 7);
  await post('/limits', { limits: [{ ...resource, project_id: project.id, resource_limit: -1 }] });
  assert.equal(await limitOf(project.id), -1);
  assert.equal(await limitOf(other.id), 7);
  assert.equal(await cloud.identity.limitOf('disks', 'reels', project.id), undefined);
});
