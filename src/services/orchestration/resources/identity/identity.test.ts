import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestIdentity, type TestIdentity } from '../../../identity/testing.ts';
import type { Cloud } from '../../cloud.ts';
import type { ValueMap } from '../../language/index.ts';
import { lookUp } from '../constraints.ts';
import { cloudOver, TestResource } from '../testing.ts';

let identity: TestIdentity;
let cloud: Cloud;

const make = (type: string, properties: ValueMap = {}): Promise<TestResource> =>
  new TestResource(cloud, `OS::Keystone::${type}`, properties).create();

before(async () => {
  identity = await startTestIdentity();
  cloud = cloudOver(
    async (service, method, path, body) => {
      // The network service is not here: it has no security groups of these projects.
      if (service === 'network') return { status: 200, body: { security_groups: [] } };
      const reply = await identity.call(
        method as 'GET',
        path.replace(/^\/v3/, ''),
        identity.admin,
        body,
      );
      return { status: reply.status, body: reply.json };
    },
    { projectId: 'admin', userId: 'admin' },
  );
});
after(() => identity.stop());

test('a domain with a project, a group and a user', async () => {
  const domain = await make('Domain', { name: 'room', description: 'a room' });
  assert.equal((await domain.describe())['description'], 'a room');
  const project = await make('Project', { domain: domain.physicalId, tags: ['x'] });
  assert.equal(await project.get('name'), 'stack-thing-abcdefghijkl');
  assert.equal(await project.get('domain_id'), domain.physicalId);
  assert.equal(await project.get('is_domain'), false);
  await project.update({ name: 'works', enabled: false });
  assert.deepEqual([await project.get('name'), await project.get('enabled')], ['works', false]);
  await project.update({ enabled: true });

  const role = await make('Role', { name: 'cook' });
  const other = await make('Role', {});
  const grant = (one: TestResource): ValueMap => ({
    role: one.physicalId,
    project: project.physicalId,
  });
  const group = await make('Group', {
    name: 'cooks',
    domain: domain.physicalId,
    roles: [grant(role)],
  });
  const user = await make('User', {
    name: 'ann',
    domain: domain.physicalId,
    password: 'secret-1',
    email: 'ann@example.org',
    default_project: project.physicalId,
    groups: [group.physicalId],
    roles: [grant(role), { role: role.physicalId, domain: domain.physicalId }],
  });
  assert.equal(await user.get('default_project_id'), project.physicalId);
  assert.equal((await user.describe())['email'], 'ann@example.org');
  const roles = async (holder: string, id: string | null): Promise<string[]> => {
    const path = `/projects/${project.physicalId}/${holder}/${id}/roles`;
    const reply = await identity.call('GET', path, identity.admin);
    return reply.json.roles.map((one: { name: string }) => one.name);
  };
  assert.deepEqual(await roles('users', user.physicalId), ['cook']);
  await user.update({ roles: [grant(other)], groups: null, description: 'gone' });
  assert.deepEqual(await roles('users', user.physicalId), ['stack-thing-abcdefghijkl']);
  const members = await identity.call('GET', `/groups/${group.physicalId}/users`, identity.admin);
  assert.deepEqual(members.json.users, []);
  const assignment = await make('GroupRoleAssignment', {
    group: group.physicalId,
    roles: [grant(other)],
  });
  assert.equal((await roles('groups', group.physicalId)).length, 2);
  await assignment.update({ group: group.physicalId, roles: [] });
  assert.deepEqual(await roles('groups', group.physicalId), ['cook']);
  const userAssignment = await make('UserRoleAssignment', {
    user: user.physicalId,
    roles: [grant(role)],
  });
  await userAssignment.check();
  await userAssignment.delete();
  await assert.rejects(userAssignment.check(), /not there any more/);
  assert.throws(
    () => user.type.validate?.({ roles: [{ role: 'r' }] }),
    /needs a project or a domain/,
  );

  // By name, in a domain that is named with it.
  assert.equal(await lookUp(cloud, 'keystone.user', 'ann{room}'), user.physicalId);
  assert.equal(await lookUp(cloud, 'keystone.project', 'works'), project.physicalId);
  await assert.rejects(lookUp(cloud, 'keystone.role', 'nothing'), /role \(nothing\) could not/);
  for (const one of [assignment, user, group, other, role, project, domain]) await one.delete();
  await assert.rejects(domain.check(), /not there any more/);
  await assert.rejects(user.check(), /not there any more/);
});

test('a service with an endpoint in a region', async () => {
  const region = await make('Region', { id: 'north', description: 'N' });
  assert.equal(region.physicalId, 'north');
  // A repeated step finds what it had made; otherwise it is another one's.
  await region.create(true);
  await assert.rejects(region.create(), /409/);
  const service = await make('Service', { type: 'weather', name: 'sun' });
  const endpoint = await make('Endpoint', {
    region: 'north',
    service: service.physicalId,
    interface: 'public',
    url: 'http://weather.example',
  });
  await endpoint.update({ url: 'http://rain.example', enabled: false });
  const document = await endpoint.describe();
  assert.deepEqual([document['url'], document['enabled']], ['http://rain.example', false]);
  await service.update({ name: 'moon' });
  assert.equal((await service.describe())['name'], 'moon');
  assert.equal(await lookUp(cloud, 'keystone.service', 'moon'), service.physicalId);
  for (const one of [endpoint, service, region]) await one.delete();
});
