import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { update } from '../../../ovn/index.ts';
import type { TestHost } from '../hosts/testing.ts';
import {
  bringUp,
  eventually,
  startTestCompute,
  type Document,
  type TestCompute,
} from '../testing.ts';

let room: TestCompute;
let host: TestHost;
before(async () => {
  room = await startTestCompute();
  host = await room.host('h1');
});
after(() => room?.stop());

test('a tap flow is a row of its host, and has the status that the host gives', async () => {
  const alice = room.member();
  const N = '/network/v2.0';
  const { network } = await room.net(alice);
  const boot = async () => {
    const id = await room.server(alice, { networks: [{ uuid: network }] });
    await room.becomes(alice, id, 'ACTIVE');
    const { ports } = await alice.get(`${N}/ports?device_id=${id}`);
    await bringUp(room, ports[0].id);
    return { id, port: ports[0].id as string };
  };
  const [source, tap] = [await boot(), await boot()];
  const make = async (singular: string, values: Document) =>
    (await alice.post(`${N}/taas/${singular}s`, { [singular]: values }))[singular] as Document;
  const service = await make('tap_service', { port_id: tap.port });
  const values = {
    tap_service_id: service['id'],
    source_port: source.port,
    direction: 'IN',
    vlan_filter: '5-7',
  };
  const flow = await make('tap_flow', values);
  const row = () => room.ovenbird.mirror.table('Tap_Flow').first('id', flow['id']);
  const status = async () => (await alice.get(`${N}/taas/tap_flows/${flow['id']}`)).tap_flow.status;
  const { _uuid, ...columns } = await eventually('its row', row);
  assert.deepEqual(columns, {
    id: flow['id'],
    host: 'h1',
    tap_port: tap.port,
    source_port: source.port,
    direction: 'IN',
    vlans: [5, 6, 7],
    state: [],
    message: [],
  });
  assert.equal(await status(), 'DOWN');

  const report = (state: string) =>
    host.client.transact([update('Tap_Flow', [['id', '==', flow['id']]], { state: [state] })]);
  await report('active');
  await eventually('ACTIVE', async () => (await status()) === 'ACTIVE');
  // What is reported while nobody listens is found later.
  await room.crash();
  await report('error');
  await room.restart();
  await eventually('ERROR', async () => (await status()) === 'ERROR');
  await report('waiting');
  await eventually('DOWN', async () => (await status()) === 'DOWN');
  assert.deepEqual(await room.compute.projector.compare(), []);

  // The server takes its port along, and that the tap flow.
  await alice.ask('DELETE', `/compute/v2.1/servers/${source.id}`);
  await eventually('no row', () => row() === undefined);
  const again = await make('tap_flow', { ...values, source_port: (await boot()).port });
  const second = () => room.ovenbird.mirror.table('Tap_Flow').first('id', again['id']);
  await eventually('another row', second);
  await alice.ask('DELETE', `/compute/v2.1/servers/${tap.id}`);
  await eventually('no other row', () => second() === undefined);
});
