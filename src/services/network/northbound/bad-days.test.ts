import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { insert, remove, update } from '../../../ovn/index.ts';
import {
  eventually,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

const settled = () => eventually(async () => (await room.service.projector.compare()).length === 0);

test('what is acknowledged while Northbound is killed again and again is there afterwards', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.0.0.0/24');
  const ports: Document[] = [];
  const work = { goesOn: true };
  const killer = (async () => {
    for (let round = 0; round < 3; round++) {
      await room.ovsdb.kill();
      await room.ovsdb.restart();
      await room.northbound.ready();
    }
    work.goesOn = false;
  })();
  const worker = async () => {
    while (work.goesOn && ports.length < 100) {
      const port = await room.create(caller, 'port', { network_id: network['id'] });
      ports.push(port);
      if (ports.length % 3 === 0) await room.remove(caller, 'port', ports.shift()!['id']);
    }
  };
  await Promise.all([killer, worker(), worker(), worker()]);
  assert.ok(await settled());
  const live = new Set(
    [...room.northbound.mirror.table('Logical_Switch_Port').rows()].map(({ name }) => name),
  );
  for (const port of ports) assert.ok(live.has(port['id']), port['id']);
  // Every port that was deleted is gone: what is left is ours and the metadata port.
  assert.equal(live.size, ports.length + 1);
});

test('rows that someone changed or added by hand are repaired, foreign ones are left alone', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.1.0.0/24');
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  const byName = (name: string) => ['name', '==', name] as const;
  room.service.projector.hold(60_000);
  await room.northbound.transact([
    update('Logical_Switch_Port', [byName(port['id'])], { addresses: ['unknown'] }),
    insert('Logical_Switch', { name: 'by-hand' }),
    update('Port_Group', [byName('neutron_pg_drop')], { ports: [] }),
    remove('DHCP_Options', []),
  ]);
  const differences = await room.service.projector.compare();
  assert.ok(
    differences.some(({ owner, change }) => owner === `port:${port['id']}` && change === 'update'),
  );
  await room.service.projector.repair();
  assert.deepEqual(await room.service.projector.compare(), []);
  room.service.projector.hold(0);
  const table = room.northbound.mirror.table('Logical_Switch_Port');
  assert.deepEqual(table.first('name', port['id'])!.addresses, [
    `${port['mac_address']} ${port['fixed_ips'][0].ip_address}`,
  ]);
  assert.ok(room.northbound.mirror.table('Logical_Switch').first('name', 'by-hand'));
});

test('the status of ports follows Northbound, also what happened while nobody followed', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.2.0.0/24');
  const [a, b] = [
    await room.create(caller, 'port', { network_id: network['id'] }),
    await room.create(caller, 'port', { network_id: network['id'] }),
  ];
  const told: string[] = [];
  room.service.onPortStatus((id, status) => told.push(`${id} ${status}`));
  const up = (id: string, value: boolean) =>
    room.northbound.transact([
      update('Logical_Switch_Port', [['name', '==', id]], { up: [value] }),
    ]);
  const status = async (id: string) => (await room.show(caller, 'port', id))['status'] as string;
  await up(a['id'], true);
  assert.ok(await eventually(async () => (await status(a['id'])) === 'ACTIVE'));
  assert.deepEqual(told, [`${a['id']} ACTIVE`]);
  await up(a['id'], false);
  assert.ok(await eventually(async () => (await status(a['id'])) === 'DOWN'));
  assert.equal(await status(b['id']), 'DOWN');

  await room.service.stop!();
  await up(b['id'], true);
  assert.equal(await status(b['id']), 'DOWN');
  await room.service.start!();
  assert.equal(await status(b['id']), 'ACTIVE');
  assert.equal(told.at(-1), `${b['id']} ACTIVE`);
});
