import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { update } from '../../../ovn/index.ts';
import {
  eventually,
  startTestCompute,
  type Document,
  type TestClient,
  type TestCompute,
} from '../testing.ts';

const V = '/compute/v2.1';

describe('hosts as clients see them', () => {
  let room: TestCompute;
  let alice: TestClient;
  let admin: TestClient;
  before(async () => {
    room = await startTestCompute();
    admin = room.admin;
    alice = room.member();
    await room.host('h1', { driver: 'docker' });
  });
  after(() => room.stop());

  test('hosts are hypervisors, services, zones and providers', async () => {
    const [short] = (await admin.get(`${V}/os-hypervisors`)).hypervisors;
    assert.deepEqual(short, { id: 1, hypervisor_hostname: 'h1', state: 'up', status: 'enabled' });
    const [detail] = (await admin.get(`${V}/os-hypervisors/detail`, '2.53')).hypervisors;
    assert.deepEqual(
      [detail.vcpus, detail.memory_mb, detail.local_gb, detail.hypervisor_type],
      [8, 16_384, 100, 'docker'],
    );
    assert.equal(detail.hypervisor_version, 28_002_002);
    assert.equal(detail.cpu_info.arch, 'x86_64');
    const { resource_providers: providers } = await admin.get(
      '/placement/resource_providers?name=h1',
    );
    assert.equal(providers[0].uuid, detail.id, 'one id in both services');
    assert.equal(
      (await admin.get(`${V}/os-hypervisors/${detail.id}`, '2.53')).hypervisor.hypervisor_hostname,
      'h1',
    );
    assert.equal((await admin.get(`${V}/os-hypervisors/1`)).hypervisor.hypervisor_hostname, 'h1');
    assert.equal((await admin.ask('GET', `${V}/os-hypervisors/9`)).status, 404);
    assert.equal(
      (await admin.get(`${V}/os-hypervisors/statistics`)).hypervisor_statistics.count,
      1,
    );
    const { hypervisor: up } = await admin.get(`${V}/os-hypervisors/${detail.id}/uptime`, '2.53');
    assert.match(
      up.uptime,
      /^ \d\d:\d\d:\d\d up 2 days,  3:04,  0 users,  load average: 0.25, 1.00, 0.00$/,
    );
    assert.equal((await alice.ask('GET', `${V}/os-hypervisors`)).status, 403);
    const id = await room.server(alice);
    await room.becomes(alice, id, 'ACTIVE');
    const [withServers] = (await admin.get(`${V}/os-hypervisors/detail?with_servers=true`, '2.53'))
      .hypervisors;
    assert.equal(withServers.servers[0].uuid, id);
    assert.equal(withServers.vcpus_used, 1);
    const [found] = (await admin.get(`${V}/os-hypervisors/h/servers`)).hypervisors;
    assert.equal(found.servers[0].uuid, id);

    const [service] = (await admin.get(`${V}/os-services`, '2.53')).services;
    assert.deepEqual(
      [service.binary, service.host, service.state, service.status, service.zone],
      ['nova-compute', 'h1', 'up', 'enabled', 'nova'],
    );
    const change = (body: Document) =>
      admin.ask('PUT', `${V}/os-services/${service.id}`, body, '2.53');
    assert.equal((await change({})).status, 400);
    assert.equal((await change({ disabled_reason: 'x' })).status, 400);
    assert.equal(
      (await change({ status: 'disabled', disabled_reason: 'x' })).body['service'].disabled_reason,
      'x',
    );
    const traits = () => admin.get(`/placement/resource_providers/${detail.id}/traits`, '1.6');
    assert.ok((await traits())['traits'].includes('COMPUTE_STATUS_DISABLED'));
    assert.equal(
      (await alice.get(`${V}/os-availability-zone`)).availabilityZoneInfo[0].zoneState.available,
      false,
    );
    assert.equal(
      (await change({ status: 'enabled', forced_down: true })).body['service'].state,
      'down',
    );
    assert.equal((await change({ forced_down: false })).body['service'].state, 'up');
    assert.equal((await traits())['traits'].includes('COMPUTE_STATUS_DISABLED'), false);
    const { availabilityZoneInfo: zones } = await admin.get(`${V}/os-availability-zone/detail`);
    assert.equal(zones[0].hosts.h1['nova-compute'].active, true);
    assert.equal(
      (await admin.ask('DELETE', `${V}/os-services/${service.id}`, undefined, '2.53')).status,
      409,
    );
  });

  test('hosts as they were asked for until 2.42', async () => {
    const { hosts } = await admin.get(`${V}/os-hosts`);
    assert.deepEqual(
      hosts.map(({ service, zone }: Document) => [service, zone]),
      [
        ['compute', 'nova'],
        ['conductor', 'internal'],
        ['scheduler', 'internal'],
      ],
    );
    assert.equal((await admin.get(`${V}/os-hosts?zone=nova`)).hosts.length, 1);
    const [total, used] = (await admin.get(`${V}/os-hosts/h1`)).host;
    assert.deepEqual(total.resource, {
      host: 'h1',
      project: '(total)',
      cpu: 8,
      memory_mb: 16_384,
      disk_gb: 100,
    });
    assert.ok(used.resource.cpu >= 1);
    const put = (body: Document) => admin.ask('PUT', `${V}/os-hosts/h1`, body);
    assert.deepEqual((await put({ status: 'disable' })).body, { host: 'h1', status: 'disabled' });
    assert.equal((await put({ status: 'enable' })).body['status'], 'enabled');
    for (const [body, status] of [
      [{}, 400],
      [{ status: 'invalid' }, 400],
      [{ maintenance_mode: 'enable' }, 501],
    ] as const)
      assert.equal((await put(body)).status, status);
    assert.equal((await admin.ask('GET', `${V}/os-hosts/h1/reboot`)).status, 501);
    assert.equal((await admin.ask('GET', `${V}/os-hosts/h9/reboot`)).status, 404);
    assert.equal((await admin.ask('GET', `${V}/os-hosts`, undefined, '2.43')).status, 404);
    assert.equal((await alice.ask('GET', `${V}/os-hosts`)).status, 403);
  });

  test('a host that is gone is forgotten, with its provider, and new when it returns', async () => {
    await room.host('gone');
    const [service] = (await admin.get(`${V}/os-services?host=gone`, '2.53')).services;
    const { aggregate } = await admin.post(`${V}/os-aggregates`, {
      aggregate: { name: 'of-gone' },
    });
    const action = `${V}/os-aggregates/${aggregate.id}/action`;
    await admin.post(action, { add_host: { host: 'gone' } });
    const beat = (heartbeat: number) =>
      room.ovenbird.transact([update('Host', [['name', '==', 'gone']], { heartbeat })]);
    const path = `${V}/os-services/${service.id}`;
    assert.equal((await admin.ask('DELETE', path, undefined, '2.53')).status, 409, 'it is up');
    await beat(1000);
    await eventually('its end', async () => {
      const { status } = await admin.ask('DELETE', path, undefined, '2.53');
      return status === 204;
    });
    const providers = async () =>
      (await admin.get('/placement/resource_providers?name=gone')).resource_providers.length;
    assert.equal(await providers(), 0);
    await room.host('other');
    assert.deepEqual((await admin.get(`${V}/os-services?host=gone`)).services, [], 'still');
    assert.deepEqual((await admin.get(`${V}/os-aggregates/${aggregate.id}`)).aggregate.hosts, []);
    await beat(Math.floor(Date.now() / 1000));
    await eventually('its return', async () => (await providers()) === 1);
    const { traits } = await admin.get(
      `/placement/resource_providers/${
        (await admin.get('/placement/resource_providers?name=gone')).resource_providers[0].uuid
      }/traits`,
      '1.6',
    );
    assert.deepEqual(traits, [
      'COMPUTE_IMAGE_TYPE_RAW',
      'COMPUTE_NET_ATTACH_INTERFACE',
      'COMPUTE_NODE',
      'HW_ARCH_X86_64',
    ]);
    await admin.ask('DELETE', `${V}/os-aggregates/${aggregate.id}`);
  });
});
