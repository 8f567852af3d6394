import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startTestCompute, type Document, type TestClient, type TestCompute } from '../testing.ts';

const SERVERS = '/compute/v2.1/servers';

/** What every version shows of a server to its owner; `security_groups` only of one that has some. */
const OWNER = [
  'id', 'name', 'status', 'tenant_id', 'user_id', 'metadata', 'hostId', 'image', 'flavor', 'created', 'updated',
  'addresses', 'accessIPv4', 'accessIPv6', 'links', 'OS-DCF:diskConfig', 'progress', 'OS-EXT-AZ:availability_zone',
  'config_drive', 'key_name', 'OS-SRV-USG:launched_at', 'OS-SRV-USG:terminated_at',
  'os-extended-volumes:volumes_attached', 'OS-EXT-STS:task_state', 'OS-EXT-STS:vm_state', 'OS-EXT-STS:power_state',
]; // prettier-ignore
/** And to administrators. */
const ADMIN = [
  'OS-EXT-SRV-ATTR:host',
  'OS-EXT-SRV-ATTR:hypervisor_hostname',
  'OS-EXT-SRV-ATTR:instance_name',
];
/** What came when. */
const LATER: readonly (readonly [
  version: number,
  owner: readonly string[],
  admin: readonly string[],
])[] = [
  [
    3,
    [],
    [
      'reservation_id',
      'launch_index',
      'kernel_id',
      'ramdisk_id',
      'root_device_name',
      'user_data',
    ].map((name) => `OS-EXT-SRV-ATTR:${name}`),
  ],
  [9, ['locked'], []],
  [16, [], ['host_status']],
  [19, ['description'], []],
  [26, ['tags'], []],
  [63, ['trusted_image_certificates'], []],
  [71, ['server_groups'], []],
  [73, ['locked_reason'], []],
  [96, ['pinned_availability_zone'], []],
];
const HOSTNAME = 'OS-EXT-SRV-ATTR:hostname';

describe('servers as each microversion shows them', () => {
  let room: TestCompute;
  let alice: TestClient;
  let id: string;
  before(async () => {
    room = await startTestCompute();
    await room.host('h1');
    alice = room.member();
    id = await room.server(alice, { name: 'first', description: 'mine', tags: ['blue'] }, '2.52');
    await room.becomes(alice, id, 'ACTIVE');
  });
  after(() => room.stop());

  test('each member appears with its version', async () => {
    for (const version of [
      1, 2, 3, 8, 9, 15, 16, 18, 19, 25, 26, 46, 47, 62, 63, 70, 71, 72, 73, 79, 89, 90, 95, 96,
    ]) {
      const owner = [...OWNER];
      const admin = [...OWNER, ...ADMIN];
      for (const [since, both, more] of LATER) {
        if (version < since) continue;
        owner.push(...both);
        admin.push(...both, ...more);
      }
      if (version >= 3) admin.push(HOSTNAME);
      if (version >= 90) owner.push(HOSTNAME);
      const mine = (await alice.get(`${SERVERS}/${id}`, `2.${version}`)).server;
      assert.deepEqual(Object.keys(mine).toSorted(), owner.toSorted(), `2.${version}`);
      const theirs = (await room.admin.get(`${SERVERS}/${id}`, `2.${version}`)).server;
      assert.deepEqual(
        Object.keys(theirs).toSorted(),
        admin.toSorted(),
        `2.${version} for administrators`,
      );
    }
  });

  test('the flavor is a link until 2.46 and a description from 2.47 on', async () => {
    const old = (await alice.get(`${SERVERS}/${id}`, '2.46')).server.flavor;
    assert.deepEqual(Object.keys(old), ['id', 'links']);
    const inline = (await alice.get(`${SERVERS}/${id}`, '2.47')).server.flavor;
    assert.deepEqual(Object.keys(inline).toSorted(), [
      'disk',
      'ephemeral',
      'extra_specs',
      'original_name',
      'ram',
      'swap',
      'vcpus',
    ]);
  });

  test('versions are told in the headers, and what is out of range is 406', async () => {
    const reply = await alice.ask('GET', SERVERS, undefined, '2.60');
    assert.equal(reply.headers['openstack-api-version'], 'compute 2.60');
    assert.equal(reply.headers['x-openstack-nova-api-version'], '2.60');
    assert.match(String(reply.headers['vary']), /OpenStack-API-Version/);
    assert.equal((await alice.ask('GET', SERVERS, undefined, '2.97')).status, 406);
    assert.equal(
      (await alice.ask('GET', SERVERS, undefined, 'latest')).headers['openstack-api-version'],
      'compute 2.96',
    );
  });

  test('an update tells little before 2.75 and all after', async () => {
    const old = await alice.ask('PUT', `${SERVERS}/${id}`, { server: { name: 'renamed' } });
    assert.equal(old.status, 200);
    assert.equal(old.body['server'].name, 'renamed');
    assert.equal('OS-EXT-STS:vm_state' in old.body['server'], false);
    assert.equal('server_groups' in old.body['server'], false);
    const grouped = await alice.ask('PUT', `${SERVERS}/${id}`, { server: {} }, '2.71');
    assert.deepEqual(grouped.body['server'].server_groups, []);
    const full = await alice.ask(
      'PUT',
      `${SERVERS}/${id}`,
      { server: { description: null } },
      '2.75',
    );
    assert.equal(full.body['server']['OS-EXT-STS:vm_state'], 'active');
    assert.equal(full.body['server'].description, null);
    await alice.ask('PUT', `${SERVERS}/${id}`, { server: { name: 'first' } });
  });

  test('lists are filtered, sorted and cut into pages', async () => {
    const more = [];
    for (const name of ['alpha', 'beta', 'gamma']) more.push(await room.server(alice, { name }));
    for (const other of more) await room.becomes(alice, other, 'ACTIVE');
    const names = async (query: string, version?: string) =>
      (await alice.get(`${SERVERS}?${query}`, version)).servers.map(
        (server: Document) => server['name'],
      );
    assert.deepEqual(await names(''), ['gamma', 'beta', 'alpha', 'first']);
    assert.deepEqual(await names('sort_key=display_name&sort_dir=asc'), [
      'alpha',
      'beta',
      'first',
      'gamma',
    ]);
    assert.deepEqual(await names('name=a$'), ['gamma', 'beta', 'alpha']);
    assert.deepEqual(await names('status=ACTIVE&name=first'), ['first']);
    assert.deepEqual(await names('status=SHUTOFF'), []);
    assert.deepEqual(await names('tags=blue', '2.26'), ['first']);
    assert.deepEqual(await names('not-tags=blue&limit=1', '2.26'), ['gamma']);
    assert.deepEqual(await names('status=NONSENSE'), []);
    assert.equal(
      (await alice.ask('GET', `${SERVERS}?status=NONSENSE`, undefined, '2.38')).status,
      400,
    );
    assert.deepEqual(await names('nonsense=1&name=first'), ['first']);
    assert.equal((await alice.ask('GET', `${SERVERS}?nonsense=1`, undefined, '2.75')).status, 400);
    assert.equal((await alice.ask('GET', `${SERVERS}?sort_key=secret`)).status, 400);
    assert.equal((await alice.ask('GET', `${SERVERS}?name=(`)).status, 400);
    assert.equal((await alice.ask('GET', `${SERVERS}?limit=-1`)).status, 400);
    assert.equal((await alice.ask('GET', `${SERVERS}?marker=nothing`)).status, 400);
    assert.deepEqual(
      await names('host=h9'),
      ['gamma', 'beta', 'alpha', 'first'],
      'not for members: ignored',
    );
    const onHost = await room.admin.get(`${SERVERS}?all_tenants=1&host=h9`);
    assert.deepEqual(onHost['servers'], []);

    for (const order of [
      '',
      '&sort_key=display_name&sort_dir=asc',
      '&sort_key=vm_state&sort_key=display_name&sort_dir=asc&sort_dir=desc',
    ]) {
      const seen: string[] = [];
      let next: string | undefined = `${SERVERS}?limit=2${order}`;
      while (next) {
        const page: Document = await alice.get(next);
        seen.push(...page['servers'].map((server: Document) => server['name']));
        assert.ok(page['servers'].length <= 2);
        const link: string | undefined = page['servers_links']?.[0].href;
        next = link && new URL(link).pathname + new URL(link).search;
      }
      assert.deepEqual(seen, await names(order.slice(1)), order);
    }
    const since = new Date(Date.now() + 60_000).toISOString();
    assert.deepEqual(await names(`changes-since=${encodeURIComponent(since)}`), []);
    await alice.ask('DELETE', `${SERVERS}/${more[0]}`);
    await room.gone(alice, more[0]!);
    const changed = (
      await alice.get(`${SERVERS}/detail?changes-since=2020-01-01T00:00:00Z&name=alpha`)
    ).servers;
    assert.equal(changed[0].status, 'DELETED');
    assert.deepEqual(await names('name=alpha'), []);
  });

  test('servers are found by address', async () => {
    const { network } = await room.net(alice, '10.44.0.0/24');
    const placed = await room.server(alice, {
      name: 'placed',
      networks: [{ uuid: network, fixed_ip: '10.44.0.77' }],
    });
    const found = await alice.get(`${SERVERS}?ip=10.44.0.7`);
    assert.deepEqual(
      found['servers'].map((server: Document) => server['id']),
      [placed],
    );
    assert.deepEqual(
      (await alice.get(`${SERVERS}?ip=${encodeURIComponent('10.44.0.7$')}`)).servers,
      [],
    );
  });

  test('metadata and tags have resources of their own', async () => {
    const metadata = `${SERVERS}/${id}/metadata`;
    assert.deepEqual((await alice.post(metadata, { metadata: { a: '1', b: '2' } })).metadata, {
      a: '1',
      b: '2',
    });
    assert.deepEqual((await alice.ask('PUT', `${metadata}/a`, { meta: { a: '9' } })).body, {
      meta: { a: '9' },
    });
    assert.equal((await alice.ask('PUT', `${metadata}/a`, { meta: { c: '9' } })).status, 400);
    assert.equal((await alice.ask('DELETE', `${metadata}/b`)).status, 204);
    assert.equal((await alice.ask('GET', `${metadata}/b`)).status, 404);
    assert.deepEqual((await alice.get(metadata)).metadata, { a: '9' });
    assert.deepEqual((await alice.ask('PUT', metadata, { metadata: {} })).body, { metadata: {} });
    const tags = `${SERVERS}/${id}/tags`;
    assert.equal((await alice.ask('GET', tags, undefined, '2.25')).status, 404);
    assert.equal((await alice.ask('PUT', `${tags}/red`, undefined, '2.26')).status, 201);
    assert.equal((await alice.ask('PUT', `${tags}/red`, undefined, '2.26')).status, 204);
    assert.deepEqual((await alice.get(tags, '2.26')).tags, ['blue', 'red']);
    assert.equal((await alice.ask('PUT', `${tags}/a,b`, undefined, '2.26')).status, 400);
    assert.equal((await alice.ask('DELETE', `${tags}/green`, undefined, '2.26')).status, 404);
    assert.equal((await alice.ask('DELETE', tags, undefined, '2.26')).status, 204);
  });
});
