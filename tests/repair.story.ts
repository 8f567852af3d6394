import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type { CloudEvent } from '../src/cloud/events.ts';
import { assemble } from '../src/services/network/drivers/assembly.ts';
import { BUILTIN } from '../src/services/network/extensions/builtin.ts';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';
import { HandOnNorthbound, has, type NorthboundRow } from './support/northbound.ts';
import { Scenario } from './support/scenario.ts';
import { EDITS, OBJECTS, type Made } from './support/by-hand.ts';

const { projection } = assemble(BUILTIN);

/** Milliseconds within which a row is back. */
const SOON = 5000;

/** Whatever somebody does to our rows by hand is undone and told, and rows of others are never touched. */
describe('repair', { timeout: 300_000 }, () => {
  let cloud: TestCloud;
  let api: ApiClient;
  let hand: HandOnNorthbound;
  let made: Made;
  /** What each deed must have an event of: a row's table and key. */
  const deeds: { table: string; key: string; what: string; from: number; to: number }[] = [];

  before(async () => {
    cloud = await TestCloud.start('repair');
    hand = new HandOnNorthbound(cloud, projection);
    api = await cloud.api('admin');
    const scenario = new Scenario(cloud, api);
    const network = await scenario.network('ours', '10.40.0.0/24', { router: true });
    const groupId = await scenario.open();
    const { port } = await api.post('/network/v2.0/ports', {
      port: { network_id: network.id, security_groups: [groupId] },
    });
    await api.post('/network/v2.0/floatingips', {
      floatingip: { floating_network_id: await scenario.publicNetwork(), port_id: port.id },
    });
    made = {
      publicId: await scenario.publicNetwork(),
      networkId: network.id,
      subnetId: network.subnetId,
      routerId: network.routerId!,
      portId: port.id as string,
      groupId,
    };
    for (const make of Object.values(OBJECTS)) await make(api, made);
    // Somebody else's rows.
    await hand.run('ls-add', 'theirs', '--', 'lsp-add', 'theirs', 'theirs-port');
    await hand.run('acl-add', 'theirs', 'to-lport', '1000', 'ip4', 'drop');
    await hand.run('lr-add', 'theirs', '--', 'lr-route-add', 'theirs', '0.0.0.0/0', '192.0.2.1');
    await hand.run('lr-nat-add', 'theirs', 'snat', '192.0.2.2', '10.40.0.0/24');
    await hand.run('pg-add', 'theirs');
    await hand.run('--type=port-group', 'acl-add', 'theirs', 'to-lport', '1', 'ip4', 'drop');
    await hand.run('create', 'DHCP_Options', 'cidr=10.40.0.0/24', 'external_ids:note=theirs');
    await hand.run('set', 'NB_Global', '.', 'options:theirs=1', 'external_ids:theirs=1');
  });
  after(() => cloud.destroy());
  afterEach((context) => {
    if ('passed' in context && context.passed === false) console.error(cloud.logs(40));
  });

  const ourRows = async (table: string) =>
    (await hand.rows()).filter((row) => row.table === table && row.key !== undefined);

  /** Does it, and waits until Northbound looks as before, strangers included. */
  async function undone(row: NorthboundRow, what: string, work: () => Promise<unknown>) {
    const before = await hand.picture();
    const from = Date.now();
    await work();
    let now: readonly string[] = [];
    await eventually(
      `${row.table} to be as it was: ${what}`,
      async () => {
        now = await hand.picture();
        return now.length === before.length && now.every((line, i) => line === before[i]);
      },
      SOON,
    ).catch((error: unknown) => {
      assert.deepEqual(now, before, String(error));
      throw error;
    });
    deeds.push({ table: row.table, key: row.key!, what, from, to: Date.now() });
  }

  const events = async (): Promise<CloudEvent[]> => {
    const { stdout } = await cloud.ovenbird(['events', '--json', '--lines', '10000']);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as CloudEvent);
  };

  for (const table of Object.keys(projection.tables)) {
    test(`${table}: a row deleted, edited, deprived of its ids, taken out of its parent`, async () => {
      const row = (await ourRows(table)).at(-1);
      assert.ok(row, `no row of ${table} to try: add what makes one to OBJECTS`);
      const edit = EDITS[table];
      assert.ok(edit, `say in EDITS how a row of ${table} is edited`);
      const again = async () => {
        const found = (await ourRows(table)).find(({ key }) => key === row.key);
        assert.ok(found, `${table} ${row.key} is there`);
        return found;
      };
      if (hand.isRemovable(table)) await undone(row, 'deleted', () => hand.remove(row));
      const { uuid } = await again();
      await undone(row, 'edited', () => hand.run('set', table, uuid, ...edit));
      assert.equal((await again()).uuid, uuid, 'it was corrected, not replaced');
      if (Object.keys((row.columns['external_ids'] as object | undefined) ?? {}).length > 0) {
        await undone(row, 'without ids', () => hand.run('clear', table, uuid, 'external_ids'));
        assert.equal((await again()).uuid, uuid, 'no second one was made');
      }
      const rows = await hand.rows();
      for (const { table: parentTable, column, child } of projection.memberships) {
        if (child !== table) continue;
        const own = rows.find(
          (parent) =>
            parent.table === parentTable && parent.key !== undefined && has(parent, column, uuid),
        );
        if (own === undefined) continue;
        const member = await again();
        await undone(row, `taken out of ${parentTable}.${column}`, () =>
          hand.run('remove', parentTable, own.uuid, column, member.uuid),
        );
      }
    });
  }

  test('each has its event', async () => {
    const told = await events();
    for (const { table, key, what, from, to } of deeds) {
      const found = told.find((event) => {
        const at = new Date(event.at).getTime();
        return event.table === table && event.key === key && at >= from && at <= to;
      });
      assert.ok(found, `${table} ${key}, ${what}, is told`);
      assert.equal(found.cause, 'changed');
    }
    const edited = told.find(({ table, columns }) => table === 'NAT' && columns?.['logical_ip']);
    assert.equal(edited?.columns?.['logical_ip']?.[0], '192.0.2.8', 'with what was there');
    const { stdout } = await cloud.ovenbird(['events']);
    assert.match(stdout, /logical_ip: was "192\.0\.2\.8", is "10\.40\.0\./);
  });

  test('what the API asks for is no event, and rows of others in our sets stay', async () => {
    const count = (await events()).length;
    const before = await hand.picture();
    const ours = (table: string, key: string) =>
      ourRows(table).then((rows) => rows.find((row) => row.key === key)!);
    const networkSwitch = await ours('Logical_Switch', `neutron-${made.networkId}`);
    const router = await ours('Logical_Router', `neutron-${made.routerId}`);
    const port = await ours('Logical_Switch_Port', made.portId);
    await hand.run('add', 'Port_Group', 'theirs', 'ports', port.uuid);
    await hand.run('lsp-add', networkSwitch.uuid, 'guest-port');
    await hand.run('lr-route-add', router.uuid, '203.0.113.0/24', '10.40.0.99');
    const group = await ours('Port_Group', `pg_${made.groupId.replaceAll('-', '_')}`);
    await hand.run('--type=port-group', 'acl-add', group.uuid, 'to-lport', '900', 'ip6', 'drop');
    await api.put(`/network/v2.0/ports/${made.portId}`, { port: { name: 'renamed' } });
    await api.put(`/network/v2.0/networks/${made.networkId}`, { network: { name: 'renamed' } });
    await api.put(`/network/v2.0/routers/${made.routerId}`, { router: { name: 'renamed' } });
    assert.equal((await cloud.ovenbird(['repair'])).stdout, 'nothing differs\n');
    assert.equal((await hand.picture()).length, before.length + 3, 'the guests are there');
    assert.equal((await events()).length, count);
    assert.match(await hand.run('get', 'Port_Group', 'theirs', 'ports'), RegExp(port.uuid));
    // They would go with what they are in when that is deleted by hand.
    await hand.run('lsp-del', 'guest-port');
    await hand.run('lr-route-del', router.uuid, '203.0.113.0/24');
    await hand.run('--type=port-group', 'acl-del', group.uuid, 'to-lport', '900', 'ip6');
    await hand.run('clear', 'Port_Group', 'theirs', 'ports');
  });

  test('a dry run names what differs while repairs are held', async () => {
    await cloud.ovenbird(['repair', '--hold', '600']);
    const before = await hand.picture();
    const [nat] = await ourRows('NAT');
    await hand.run('set', 'NAT', nat!.uuid, 'logical_ip=192.0.2.9');
    const [dhcp] = await ourRows('DHCP_Options');
    await hand.remove(dhcp!);
    const dry = await cloud.ovenbird(['repair', '--dry-run'], { mayFail: true });
    assert.equal(dry.code, 3);
    assert.match(dry.stdout, /NAT .* is not as it should be/);
    assert.match(dry.stdout, /logical_ip: "192\.0\.2\.9" should be/);
    assert.match(dry.stdout, /DHCP_Options .* is missing/);
    assert.notDeepEqual(await hand.picture(), before, 'it was let stand');
    await cloud.ovenbird(['repair', '--hold', '0']);
    await eventually(
      'everything to be back',
      async () => JSON.stringify(await hand.picture()) === JSON.stringify(before),
      SOON,
    );
    assert.equal((await cloud.ovenbird(['repair', '--dry-run'])).stdout, 'nothing differs\n');
  });

  test('kill -9 of the control plane in the middle: repaired and told after its restart', async () => {
    const before = await hand.picture();
    const pid = await cloud.pidOf('control-plane');
    const [router] = await ourRows('Logical_Router');
    const [acl] = await ourRows('ACL');
    const [nat] = await ourRows('NAT');
    const at = Date.now();
    const first = hand.remove(router!);
    process.kill(pid, 'SIGKILL');
    await first;
    await hand.remove(acl!);
    if ((await hand.rows()).some(({ uuid }) => uuid === nat!.uuid))
      await hand.run('set', 'NAT', nat!.uuid, 'logical_ip=192.0.2.9');
    await eventually(
      'everything to be back',
      async () => JSON.stringify(await hand.picture()) === JSON.stringify(before),
      30_000,
    );
    assert.notEqual(await cloud.pidOf('control-plane'), pid);
    const told = (await events()).filter((event) => new Date(event.at).getTime() >= at);
    for (const { table, key } of [router!, acl!])
      assert.ok(
        told.some((event) => event.table === table && event.key === key),
        `${table} ${key} is told: ${JSON.stringify(told)}`,
      );
  });
});
