import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestCompute, type Document, type TestCompute } from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

describe('where servers go', () => {
  let room: TestCompute;
  before(async () => {
    room = await startTestCompute();
  });
  after(() => room.stop());

  test('without hosts a server is in ERROR and says why', async () => {
    const alice = room.member();
    const id = await room.server(alice);
    const server = await room.becomes(alice, id, 'ERROR');
    assert.match(
      server['fault'].message,
      /^No valid host was found\. There are not enough hosts available\. There is no host at all/,
    );
    assert.equal((await alice.ask('DELETE', `${SERVERS}/${id}`)).status, 204);
    assert.equal((await alice.ask('GET', `${SERVERS}/${id}`)).status, 404, 'it is gone at once');
  });

  test('fifty at once never get more than there is', async () => {
    // 1.5 * (2560 - 512) MB are 3072 MB: twelve of 256 MB.
    const [h1, h2] = [
      await room.host('h1', { memory_mb: 2560 }),
      await room.host('h2', { memory_mb: 2560 }),
    ];
    const flavorRef = await room.flavor({ ram: 256, disk: 1 });
    const imageRef = room.image();
    const clients = Array.from({ length: 10 }, () => room.member());
    const ids = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        room.server(clients[index % 10]!, { flavorRef, imageRef, name: `s${index}` }),
      ),
    );
    const states = await Promise.all(
      ids.map(async (id, index) => {
        const client = clients[index % 10]!;
        const { server } = await client.get(`${SERVERS}/${id}`);
        return server.status === 'ERROR' ? server : room.becomes(client, id, 'ACTIVE');
      }),
    );
    assert.equal(states.filter(({ status }) => status === 'ACTIVE').length, 24);
    const failed = states.find(({ status }) => status === 'ERROR')!;
    assert.match(failed['fault'].message, /Of 2 hosts: 2 have not enough resources\.$/);
    assert.equal('details' in failed['fault'], false, 'owners learn of no host');
    const { server } = await room.admin.get(`${SERVERS}/${failed['id']}`);
    const { details } = server['fault'];
    assert.match(details, /Host h1: MEMORY_MB: .*256 wanted, 0 .*free.* \(Placement\)\./);
    assert.match(details, /Host h2: MEMORY_MB: .*256 wanted/);
    assert.equal(h1.containers.size, 12);
    assert.equal(h2.containers.size, 12);
    for (const provider of (await room.admin.get('/placement/resource_providers'))
      .resource_providers) {
      const { usages } = await room.admin.get(
        `/placement/resource_providers/${provider.uuid}/usages`,
      );
      assert.equal(usages.MEMORY_MB, 3072);
    }
    await Promise.all(
      ids.map((id, index) => clients[index % 10]!.ask('DELETE', `${SERVERS}/${id}`)),
    );
    await Promise.all(ids.map((id, index) => room.gone(clients[index % 10]!, id)));
    for (const provider of (await room.admin.get('/placement/resource_providers'))
      .resource_providers) {
      const { usages } = await room.admin.get(
        `/placement/resource_providers/${provider.uuid}/usages`,
      );
      assert.deepEqual(usages, { VCPU: 0, MEMORY_MB: 0, DISK_GB: 0 });
    }
  });

  test('each host is named with the first check that failed there', async () => {
    const fault = async (values: Document, flavor: Document = {}) => {
      const client = room.admin;
      const id = await room.server(
        client,
        { ...values, flavorRef: await room.flavor(flavor) },
        '2.74',
      );
      const server = await room.becomes(client, id, 'ERROR');
      await client.ask('DELETE', `${SERVERS}/${id}`);
      return String(server['fault'].details);
    };
    assert.match(
      await fault({}, { vcpus: 9 }),
      /Host h1: VCPU: 9 wanted, the host has 8 \(Placement\)\. Host h2: VCPU: 9 wanted/,
    );
    assert.match(await fault({}, { disk: 101 }), /Host h1: DISK_GB: 101 wanted, the host has 100/);
    assert.match(
      await fault({ host: 'h9' }),
      /Host h1: the server was asked for on h9 \(RequestedHost\)\./,
    );
    const { services } = await room.admin.get('/compute/v2.1/os-services', '2.53');
    for (const { id } of services)
      await room.admin.ask(
        'PUT',
        `/compute/v2.1/os-services/${id}`,
        { status: 'disabled', disabled_reason: 'repairs' },
        '2.53',
      );
    assert.match(
      await fault({}),
      /Host h1: it is disabled \(repairs\) \(ComputeFilter\)\. Host h2: it is disabled/,
    );
    for (const { id } of services)
      await room.admin.ask('PUT', `/compute/v2.1/os-services/${id}`, { status: 'enabled' }, '2.53');
  });

  test('a flavor can require traits, and images have formats that not every driver runs', async () => {
    await room.host('real', { driver: 'docker' });
    const flavorRef = await room.flavor();
    await room.admin.post(`/compute/v2.1/flavors/${flavorRef}/os-extra_specs`, {
      extra_specs: { 'trait:HW_NUMA_ROOT': 'required' },
    });
    const alice = room.member();
    const picky = await room.becomes(alice, await room.server(alice, { flavorRef }), 'ERROR');
    assert.match(picky['fault'].message, /3 lack traits that are required/);
    const { server: seen } = await room.admin.get(`${SERVERS}/${picky['id']}`);
    assert.match(seen['fault'].details, /Host h1: it lacks the traits HW_NUMA_ROOT \(/);
    const disk = room.image({ containerFormat: 'bare', diskFormat: 'qcow2' });
    const id = await room.server(room.admin, { imageRef: disk, host: 'real' }, '2.74');
    const server = await room.becomes(room.admin, id, 'ERROR');
    assert.match(
      server['fault'].details,
      /its driver docker runs no image of container format bare and disk format qcow2/,
    );
  });

  test('several at once are numbered and share a reservation', async () => {
    const alice = room.member();
    const reply = await alice.post(SERVERS, {
      server: {
        name: 'many',
        imageRef: room.image(),
        flavorRef: await room.flavor(),
        min_count: 2,
        max_count: 3,
        return_reservation_id: true,
      },
    });
    const { servers } = await alice.get(
      `${SERVERS}?reservation_id=${reply['reservation_id']}&sort_key=display_name&sort_dir=asc`,
    );
    assert.deepEqual(
      servers.map(({ name }: Document) => name),
      ['many-1', 'many-2', 'many-3'],
    );
  });
});
