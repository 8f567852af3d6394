import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { newUuid } from '../../core/ids.ts';
import {
  eventually,
  startTestCompute,
  type Document,
  type TestClient,
  type TestCompute,
} from './testing.ts';

const API = '/compute/v2.1';
const SERVERS = `${API}/servers`;

describe('what microversions brought', () => {
  let room: TestCompute;
  let alice: TestClient;
  let id: string;
  before(async () => {
    room = await startTestCompute();
    await room.host('h1');
    alice = room.member();
    id = await room.server(alice, { name: 'first', availability_zone: 'nova' });
    await room.becomes(alice, id, 'ACTIVE');
  });
  after(() => room.stop());

  const refused = async (
    client: TestClient,
    [method, path, body]: readonly [method: string, path: string, body?: unknown],
    version: string,
    status: number,
    sentence: RegExp,
  ) => {
    const reply = await client.ask(method, path, body, version);
    assert.equal(reply.status, status, JSON.stringify(reply.body));
    const [fault] = Object.values(reply.body) as Document[];
    assert.match(fault!['message'], sentence);
  };

  test('2.90 and 2.94: host names are chosen, first of one label, then of several', async () => {
    const values = { name: 'Named', hostname: 'web-1', networks: 'none' };
    const body = async (more: Document) => ({
      server: { ...values, imageRef: room.image(), flavorRef: await room.flavor(), ...more },
    });
    await refused(
      alice,
      ['POST', SERVERS, await body({})],
      '2.89',
      400,
      /'hostname' was unexpected/,
    );
    const made = (await alice.post(SERVERS, await body({}), '2.90')).server.id;
    const name = async (server: string) =>
      (await alice.get(`${SERVERS}/${server}`, '2.90')).server['OS-EXT-SRV-ATTR:hostname'];
    assert.equal(await name(made), 'web-1');
    assert.equal(await name(id), 'first', 'made from the name, and seen by the owner');
    await refused(
      alice,
      ['POST', SERVERS, await body({ hostname: 'a.example' })],
      '2.93',
      400,
      /a\.example/,
    );
    await refused(
      alice,
      ['POST', SERVERS, await body({ hostname: 'x-', max_count: 1 })],
      '2.90',
      400,
      /neither begins nor ends/,
    );
    await refused(
      alice,
      ['POST', SERVERS, await body({ max_count: 2 })],
      '2.90',
      400,
      /single hostname to multiple/,
    );
    const put = (hostname: string, version: string) =>
      alice.ask('PUT', `${SERVERS}/${made}`, { server: { hostname } }, version);
    assert.equal((await put('b.example', '2.89')).status, 400);
    assert.equal((await put('b.example', '2.90')).status, 400);
    const reply = await put('b.example', '2.94');
    assert.equal(reply.body['server']['OS-EXT-SRV-ATTR:hostname'], 'b.example');
    await eventually(
      'the host is told',
      () => room.ovenbird.mirror.table('Server').first('id', made)?.hostname === 'b.example',
    );
    await room.becomes(alice, made, 'ACTIVE');
    const found = await alice.get(`${SERVERS}?hostname=example$`, '2.90');
    assert.deepEqual(
      found['servers'].map((one: Document) => one['id']),
      [made],
    );
    const rebuilt = await alice.ask(
      'POST',
      `${SERVERS}/${made}/action`,
      { rebuild: { imageRef: room.image(), hostname: 'c' } },
      '2.94',
    );
    assert.equal(rebuilt.body['server']['OS-EXT-SRV-ATTR:hostname'], 'c');
  });

  test('2.96: the zone that was asked for is shown, in lists as well', async () => {
    const zone = async (server: string) =>
      (await alice.get(`${SERVERS}/${server}`, '2.96')).server.pinned_availability_zone;
    assert.equal(await zone(id), 'nova');
    const free = await room.server(alice, { name: 'free' });
    assert.equal(await zone(free), null);
    const list: Document[] = (await alice.get(`${SERVERS}/detail?name=first`, '2.96')).servers;
    assert.deepEqual(
      list.map((one) => one['pinned_availability_zone']),
      ['nova'],
    );
  });

  test('a rebuild tells little before 2.75: the key from 2.54 on, user data from 2.57 on', async () => {
    const server = await room.server(alice, { name: 'again' });
    const members = async (version: string) => {
      await room.becomes(alice, server, 'ACTIVE');
      const body = { rebuild: { imageRef: room.image() } };
      const reply = await alice.ask('POST', `${SERVERS}/${server}/action`, body, version);
      assert.equal(reply.status, 202, JSON.stringify(reply.body));
      return Object.keys(reply.body['server']);
    };
    const some = ['key_name', 'user_data', 'server_groups', 'OS-EXT-STS:vm_state', 'adminPass'];
    for (const [version, expected] of [
      ['2.53', ['adminPass']],
      ['2.54', ['key_name', 'adminPass']],
      ['2.57', ['key_name', 'user_data', 'adminPass']],
      ['2.71', ['key_name', 'user_data', 'server_groups', 'adminPass']],
      ['2.75', some],
    ] as const) {
      const found = await members(version);
      assert.deepEqual(
        some.filter((name) => found.includes(name)),
        expected,
        version,
      );
    }
  });

  test('2.83: members filter by more', async () => {
    const names = async (query: string, version: string) =>
      (await alice.get(`${SERVERS}?${query}&name=first`, version)).servers.length;
    for (const query of [
      'vm_state=error',
      'task_state=spawning',
      'power_state=4',
      'key_name=none',
      'availability_zone=far',
      'config_drive=true',
      'user_id=nobody',
      'progress=3',
      'created_at=1999-',
      'launched_at=1999-',
      'terminated_at=2',
    ]) {
      assert.equal(await names(query, '2.82'), 1, `${query}: not heard before`);
      assert.equal(await names(query, '2.83'), 0, query);
    }
    const year = new Date().getUTCFullYear();
    assert.equal(await names(`created_at=${year}&vm_state=active&progress=100`, '2.83'), 1);
  });

  test('2.80: migrations tell whose they are; 2.59 pages, 2.23 types', async () => {
    const { userId, projectId } = alice.caller;
    const ids: number[] = [];
    for (const [type, status] of [
      ['resize', 'confirmed'],
      ['migration', 'reverted'],
      ['evacuation', 'done'],
    ] as const) {
      const { rows } = await sql<{ id: number }>`
        insert into compute.moves (uuid, server_id, project_id, user_id, type, status, source_host, dest_host, old_flavor,
          old_flavor_id, new_flavor_id)
        values (${newUuid()}, ${id}, ${projectId}, ${type === 'resize' ? userId : 'somebody'}, ${type}, ${status}, 'h1',
          ${`to-${type}`}, '{}', '1', '2')
        returning id`.execute(room.database);
      ids.push(rows[0]!.id);
    }
    const path = `${API}/os-migrations`;
    const list = async (query: string, version: string): Promise<Document[]> =>
      (await room.admin.get(`${path}?${query}`, version)).migrations;
    const first = (await list('status=confirmed', '2.1'))[0]!;
    assert.deepEqual(Object.keys(first).toSorted(), [
      'created_at', 'dest_compute', 'dest_host', 'dest_node', 'id', 'instance_uuid', 'new_instance_type_id',
      'old_instance_type_id', 'source_compute', 'source_node', 'status', 'updated_at',
    ]); // prettier-ignore
    assert.equal(first['dest_compute'], 'to-resize');
    assert.equal((await list('status=confirmed', '2.23'))[0]!['migration_type'], 'resize');
    assert.equal('uuid' in (await list('', '2.58'))[0]!, false);
    assert.equal('uuid' in (await list('', '2.59'))[0]!, true);
    assert.equal('user_id' in (await list('', '2.79'))[0]!, false);
    assert.deepEqual(
      (await list(`user_id=${userId}&project_id=${projectId}`, '2.80')).map((one) => one['id']),
      [ids[0]],
    );
    await refused(room.admin, ['GET', `${path}?user_id=x`], '2.79', 400, /'user_id' was unexp/);
    await refused(room.admin, ['GET', `${path}?changes-before=2020-01-01`], '2.65', 400, /unexp/);
    assert.deepEqual(await list('changes-before=2020-01-01', '2.66'), []);
    assert.deepEqual(
      (await list('host=to-migration', '2.80')).map((one) => one['migration_type']),
      ['migration'],
    );
    const seen: string[] = [];
    for (let next: string | undefined = `${path}?limit=2`; next !== undefined;) {
      const page: Document = await room.admin.get(next, '2.80');
      seen.push(...page['migrations'].map((one: Document) => one['migration_type']));
      const href: string | undefined = page['migrations_links']?.[0].href;
      next = href && new URL(href).pathname + new URL(href).search;
    }
    assert.deepEqual(seen, ['evacuation', 'migration', 'resize']);
    assert.equal((await room.admin.ask('GET', `${path}?marker=x`, undefined, '2.59')).status, 400);
    assert.equal((await alice.ask('GET', path)).status, 403);

    const own = `${SERVERS}/${id}/migrations`;
    assert.equal((await room.admin.ask('GET', own, undefined, '2.22')).status, 404);
    assert.deepEqual((await room.admin.get(own, '2.23')).migrations, [], 'none of them is live');
    await refused(room.admin, ['GET', `${own}/${ids[0]}`], '2.80', 404, /is not found/);
    await refused(room.admin, ['DELETE', `${own}/999999`], '2.24', 404, /is not found/);
    const force = ['POST', `${own}/${ids[1]}/action`, { force_complete: null }] as const;
    await refused(room.admin, force, '2.22', 404, /is not found/);
  });

  test('events of other services: each since its version, and what becomes of each is told', async () => {
    const path = `${API}/os-server-external-events`;
    const event = (name: string, more: Document = {}) => ({ name, server_uuid: id, ...more });
    const post = (events: Document[], version = '2.96') =>
      room.admin.ask('POST', path, { events }, version);
    for (const [name, since] of [
      ['volume-extended', 51],
      ['power-update', 76],
      ['accelerator-request-bound', 82],
      ['volume-reimaged', 93],
    ] as const) {
      const told = [event(name, { tag: 't' })];
      assert.equal((await post(told, `2.${since - 1}`)).status, 400, name);
      assert.equal((await post(told, `2.${since}`)).status, 200, name);
    }
    assert.deepEqual((await post([event('network-changed')], '2.1')).body, {
      events: [{ ...event('network-changed'), code: 200, status: 'completed' }],
    });
    const some = await post([
      event('network-changed'),
      event('network-changed', { server_uuid: newUuid() }),
      event('power-update'),
    ]);
    assert.equal(some.status, 207);
    assert.deepEqual(
      some.body['events'].map((one: Document) => [one['code'], one['status']]),
      [
        [200, 'completed'],
        [404, 'failed'],
        [400, 'failed'],
      ],
    );
    assert.equal(
      (await alice.ask('POST', path, { events: [event('network-changed')] })).status,
      403,
    );
  });

  test('2.84: administrators read why an event failed', async () => {
    const failed = await room.server(alice, { flavorRef: await room.flavor({ disk: 10_000 }) });
    const actions = `${SERVERS}/${failed}/os-instance-actions`;
    const [action] = (await room.admin.get(actions)).instanceActions;
    const events = async (client: TestClient, version: string): Promise<Document[]> =>
      (await client.get(`${actions}/${action.request_id}`, version)).instanceAction.events;
    assert.equal('details' in (await events(room.admin, '2.83'))[0]!, false);
    assert.match((await events(room.admin, '2.84'))[0]!['details'], /h1/);
    assert.equal('details' in (await events(alice, '2.84'))[0]!, false, 'it names hosts');
  });

  test('2.92: key pairs are brought, and names may have dots', async () => {
    const path = `${API}/os-keypairs`;
    const key =
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJKLpZQKCD8NyVHJJyO1r4vx8m8zqpxIxzVQPFyv8Ds5 me';
    const post = (keypair: Document, version: string) =>
      alice.ask('POST', path, { keypair }, version);
    assert.equal((await post({ name: 'old' }, '2.91')).status, 201);
    assert.equal((await post({ name: 'new' }, '2.92')).status, 400);
    assert.equal((await post({ name: 'me@home.example', public_key: key }, '2.91')).status, 400);
    assert.equal((await post({ name: 'me@home.example', public_key: key }, '2.92')).status, 201);
  });

  test('2.86: extra specs are checked', async () => {
    const path = `${API}/flavors/${await room.flavor()}/os-extra_specs`;
    const body = { extra_specs: { 'hw:cpu_polic': 'dedicated' } };
    assert.equal((await room.admin.ask('POST', path, body, '2.85')).status, 200);
    await refused(room.admin, ['POST', path, body], '2.86', 400, /hw:cpu_polic/);
    const one = { 'hw:numa_nodes': '0' };
    await refused(room.admin, ['PUT', `${path}/hw:numa_nodes`, one], '2.86', 400, /min value/);
  });

  test('2.88: hypervisors have no figures but tell how long they are up; 2.75 their servers always', async () => {
    const path = `${API}/os-hypervisors`;
    const one = async (version: string) =>
      (await room.admin.get(`${path}/detail`, version)).hypervisors[0] as Document;
    const figures = [
      'vcpus',
      'memory_mb',
      'local_gb',
      'running_vms',
      'cpu_info',
      'current_workload',
    ];
    const [old, now] = [await one('2.87'), await one('2.88')];
    assert.ok(figures.every((name) => name in old) && !('uptime' in old));
    assert.deepEqual(
      figures.filter((name) => name in now),
      [],
    );
    assert.match(now['uptime'], /up 2 days/);
    await room.host('empty');
    const servers = async (version: string) => {
      const list = (await room.admin.get(`${path}?with_servers=true`, version)).hypervisors;
      return list.map((host: Document) => host['servers']?.length ?? 'none');
    };
    assert.ok((await servers('2.74')).includes('none'));
    assert.ok((await servers('2.75')).includes(0));
    assert.equal(
      (await room.admin.ask('GET', `${path}/statistics`, undefined, '2.88')).status,
      404,
    );
    await refused(
      room.admin,
      ['GET', `${path}?hypervisor_hostname_pattern=h&limit=1`],
      '2.53',
      400,
      /Paging/,
    );
  });

  test('2.75: parameters that nobody knows are refused', async () => {
    for (const [path, since] of [
      ['/flavors', 75],
      ['/flavors/detail', 75],
      ['/os-keypairs', 75],
      ['/limits', 75],
      ['/os-services', 75],
      ['/os-server-groups', 75],
      ['/os-simple-tenant-usage', 75],
      [`/os-quota-sets/${room.admin.caller.projectId}`, 75],
      [`/servers/${id}/os-volume_attachments`, 75],
      ['/os-hypervisors', 53],
      ['/os-migrations', 59],
      [`/servers/${id}/os-instance-actions`, 58],
    ] as const) {
      const ask = (version: number) =>
        room.admin.ask('GET', `${API}${path}?nonsense=1`, undefined, `2.${version}`);
      assert.equal((await ask(since - 1)).status, 200, path);
      assert.equal((await ask(since)).status, 400, path);
    }
  });

  test('tags of interfaces and disks came, went and came back', async () => {
    const { network } = await room.net(alice, '10.60.0.0/24');
    const body = async (more: Document) => ({
      server: { name: 't', imageRef: room.image(), flavorRef: await room.flavor(), ...more },
    });
    const status = async (more: Document, version: number) =>
      (await alice.ask('POST', SERVERS, await body(more), `2.${version}`)).status;
    const networks = [{ uuid: network, tag: 'nic' }];
    for (const [version, expected] of [
      [31, 400],
      [32, 202],
      [36, 202],
      [37, 400],
      [41, 400],
      [42, 202],
    ] as const)
      // prettier-ignore
      assert.equal(await status({ networks }, version), expected, `networks at 2.${version}`);
    const disk = (more: Document) => ({
      networks: 'none',
      block_device_mapping_v2: [
        {
          source_type: 'image',
          destination_type: 'local',
          boot_index: 0,
          uuid: room.image(),
          ...more,
        },
      ],
    });
    assert.equal(await status(disk({ tag: 'root' }), 41), 400);
    assert.equal(await status(disk({ tag: 'root' }), 42), 202);
    assert.equal(await status(disk({ volume_type: 'fast' }), 66), 400);
    const attach = { interfaceAttachment: { net_id: network, tag: 'nic' } };
    const path = `${SERVERS}/${id}/os-interface`;
    assert.equal((await alice.ask('POST', path, attach, '2.48')).status, 400);
    const attached = await alice.ask('POST', path, attach, '2.49');
    assert.equal(attached.status, 200);
    assert.equal('tag' in attached.body['interfaceAttachment'], false, 'shown from 2.70 on');
    assert.equal((await alice.get(path, '2.70')).interfaceAttachments[0].tag, 'nic');
  });

  test('2.81: images are brought to the hosts of an aggregate that can run and keep them', async () => {
    for (const [name, driver] of [
      ['box', 'docker'],
      ['machine', 'qemu'],
      ['elsewhere', 'docker'],
    ] as const)
      await room.host(name, { driver });
    const { aggregate } = await room.admin.post(`${API}/os-aggregates`, {
      aggregate: { name: 'cached' },
    });
    const path = `${API}/os-aggregates/${aggregate.id}`;
    for (const host of ['box', 'machine', 'h1'])
      await room.admin.post(`${path}/action`, { add_host: { host } });
    const [container, disk] = [
      room.image({ containerFormat: 'docker', diskFormat: 'raw' }),
      room.image({ containerFormat: 'bare', diskFormat: 'qcow2' }),
    ];
    const ask = (cache: Document[], version = '2.81', where = path) =>
      room.admin.ask('POST', `${where}/images`, { cache }, version);
    assert.equal((await ask([{ id: container }], '2.80')).status, 404);
    assert.equal((await ask([{ id: newUuid() }])).status, 400);
    assert.equal((await ask([{ id: disk }, { id: disk }])).status, 400);
    assert.equal((await ask([{ id: disk }], '2.81', `${API}/os-aggregates/9999`)).status, 404);
    assert.equal((await ask([{ id: container }, { id: disk }])).status, 202);
    const tasks = await eventually('the orders', () => {
      const rows = room.ovenbird.mirror.table('Task').filter(({ kind }) => kind === 'image');
      return rows.length > 1 && rows;
    });
    assert.deepEqual(tasks.map((task) => [task.host, task.arguments['id']]).toSorted(), [
      ['box', container],
      ['machine', disk],
    ]);
    assert.equal(tasks[0]!.arguments['checksum'], 'd41d8cd98f00b204e9800998ecf8427e');
  });

  test('volumes: there are none, in each version its own way', async () => {
    const path = `${SERVERS}/${id}/os-volume_attachments`;
    const volumeId = newUuid();
    const attach = (more: Document) =>
      ['POST', path, { volumeAttachment: { volumeId, ...more } }] as const;
    assert.deepEqual((await alice.get(path, '2.89')).volumeAttachments, []);
    await refused(alice, attach({}), '2.1', 404, /no volume service/);
    await refused(alice, attach({ tag: 'x' }), '2.48', 400, /'tag' was unexpected/);
    await refused(alice, attach({ tag: 'x' }), '2.49', 404, /no volume service/);
    await refused(alice, attach({ delete_on_termination: true }), '2.78', 400, /unexpected/);
    await refused(alice, attach({ delete_on_termination: true }), '2.79', 404, /no volume/);
    const change = [
      'PUT',
      `${path}/${volumeId}`,
      { volumeAttachment: { volumeId, delete_on_termination: true } },
    ] as const;
    await refused(alice, change, '2.84', 400, /'delete_on_termination' was unexpected/);
    await refused(alice, change, '2.85', 404, /is not attached/);
    await refused(alice, ['DELETE', `${path}/${volumeId}`], '2.1', 404, /is not attached/);
    await refused(room.member(), ['DELETE', `${path}/${volumeId}`], '2.1', 404, /Instance/);
  });

  test('until 2.35: floating IPs through compute', async () => {
    const path = `${API}/os-floating-ips`;
    assert.equal((await alice.ask('POST', path, { pool: 'outside' })).status, 404);
    const made = await room.admin.post('/network/v2.0/networks', {
      network: { name: 'outside', 'router:external': true },
    });
    await room.admin.post('/network/v2.0/subnets', {
      subnet: { network_id: made['network'].id, ip_version: 4, cidr: '203.0.113.0/29' },
    });
    assert.deepEqual((await alice.get(`${API}/os-floating-ip-pools`)).floating_ip_pools, [
      { name: 'outside' },
    ]);
    const { floating_ip: floating } = await alice.post(path, { pool: 'outside' });
    assert.deepEqual(
      { ...floating, id: '', ip: '' },
      { id: '', ip: '', fixed_ip: null, instance_id: null, pool: 'outside' },
    );
    assert.match(floating.ip, /^203\.0\.113\./);
    assert.deepEqual((await alice.get(path)).floating_ips, [floating]);
    assert.deepEqual((await alice.get(`${path}/${floating.id}`)).floating_ip, floating);
    assert.equal((await room.member().ask('GET', `${path}/${floating.id}`)).status, 404);
    assert.equal((await alice.ask('GET', path, undefined, '2.36')).status, 404);
    assert.equal((await alice.ask('DELETE', `${path}/${floating.id}`)).status, 202);
    assert.deepEqual((await alice.get(path)).floating_ips, []);
  });

  test('2.40: use comes in pages', async () => {
    const path = `${API}/os-simple-tenant-usage`;
    const seen: string[] = [];
    for (let next: string | undefined = `${path}?detailed=1&limit=1`; next !== undefined;) {
      const page: Document = await room.admin.get(next, '2.40');
      for (const usage of page['tenant_usages'])
        seen.push(...usage.server_usages.map((one: Document) => one['instance_id']));
      const href: string | undefined = page['tenant_usages_links']?.[0].href;
      next = href && new URL(href).pathname + new URL(href).search;
    }
    assert.ok(seen.includes(id) && seen.length > 2);
    assert.equal(new Set(seen).size, seen.length, 'each server once');
    const wrong = await room.admin.ask('GET', `${path}?marker=${newUuid()}`, undefined, '2.40');
    assert.equal(wrong.status, 400);
  });

  test('small things that are read', async () => {
    assert.equal(
      (await alice.ask('GET', `${SERVERS}/${id}/topology`, undefined, '2.77')).status,
      404,
    );
    assert.deepEqual(await alice.get(`${SERVERS}/${id}/topology`, '2.78'), {
      nodes: [],
      pagesize_kb: null,
    });
    assert.deepEqual(await alice.get(`${SERVERS}/${id}/os-server-password`), { password: '' });
    assert.equal((await alice.ask('DELETE', `${SERVERS}/${id}/os-server-password`)).status, 204);
    const path = `${API}/os-instance_usage_audit_log`;
    const log = (await room.admin.get(`${path}/2026-03-15%2010:00:00`)).instance_usage_audit_log;
    assert.equal(log.period_beginning, '2026-02-01 00:00:00');
    assert.equal(log.period_ending, '2026-03-01 00:00:00');
    assert.ok(log.hosts_not_run.includes('h1'));
    assert.equal(log.num_hosts, log.num_hosts_not_run);
    assert.equal((await room.admin.ask('GET', `${path}/yesterday`)).status, 400);
    const classes = `${API}/os-quota-class-sets/default`;
    const has = async (name: string, version: string) =>
      name in (await room.admin.get(classes, version)).quota_class_set;
    assert.equal(await has('floating_ips', '2.49'), true);
    assert.equal(await has('floating_ips', '2.50'), false);
    assert.equal(await has('server_groups', '2.49'), false);
    assert.equal(await has('server_groups', '2.50'), true);
  });
});
