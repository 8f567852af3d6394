import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room?.stop());

const live = (id: string) => room.northbound.mirror.table('Logical_Switch_Port').first('name', id)!;

const subports = (caller: Caller, verb: string, trunk: Document, list: Document[]) =>
  room.call(`${verb}_subports`, {
    caller,
    params: { trunk_id: trunk['id'] },
    body: { sub_ports: list },
  });

test('a trunk: subports in Northbound, in the ports, and out again', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.1.0.0/24');
  const other = await room.net(caller, '10.2.0.0/24');
  const port = (values: Document = {}) =>
    room.create(caller, 'port', { network_id: network['id'], ...values });
  const parent = await port();
  const child = await port({ network_id: other.network['id'] });
  const second = await port();
  assert.equal((await room.show(caller, 'port', parent['id']))['trunk_details'], undefined);

  const trunk = await room.create(caller, 'trunk', {
    port_id: parent['id'],
    name: 't',
    sub_ports: [{ port_id: child['id'], segmentation_type: 'vlan', segmentation_id: 101 }],
  });
  assert.equal(trunk['status'], 'ACTIVE');
  assert.deepEqual(trunk['sub_ports'], [
    { port_id: child['id'], segmentation_type: 'vlan', segmentation_id: 101 },
  ]);
  assert.deepEqual(live(child['id']).parent_name, [parent['id']]);
  assert.deepEqual(live(child['id']).tag, [101]);
  assert.equal(live(child['id']).external_ids['neutron:device_owner'], 'trunk:subport');
  const shown = await room.show(room.admin, 'port', child['id']);
  assert.equal(shown['device_owner'], 'trunk:subport');
  assert.deepEqual(shown['binding:profile'], { parent_name: parent['id'], tag: 101 });
  assert.equal(shown['binding:vif_type'], 'ovs');
  const details = (await room.show(caller, 'port', parent['id']))['trunk_details'];
  assert.deepEqual(details, {
    trunk_id: trunk['id'],
    sub_ports: [
      {
        port_id: child['id'],
        segmentation_type: 'vlan',
        segmentation_id: 101,
        mac_address: child['mac_address'],
      },
    ],
  });

  await subports(caller, 'add', trunk, [
    { port_id: second['id'], segmentation_type: 'vlan', segmentation_id: 102 },
  ]);
  const listed = await room.call('get_subports', { caller, params: { trunk_id: trunk['id'] } });
  assert.deepEqual(
    listed['sub_ports'].map((one: Document) => one['segmentation_id']),
    [101, 102],
  );
  const after = await subports(caller, 'remove', trunk, [{ port_id: child['id'] }]);
  assert.deepEqual(
    after['sub_ports'].map((one: Document) => one['port_id']),
    [second['id']],
  );
  assert.deepEqual(live(child['id']).parent_name, []);
  assert.deepEqual(live(child['id']).tag, []);
  assert.equal((await room.show(caller, 'port', child['id']))['device_owner'], '');

  // A trunk whose parent loses its host is down.
  const bind = (host: string) =>
    room.update(room.admin, 'port', parent['id'], { 'binding:host_id': host });
  await bind('test-host');
  await bind('');
  assert.equal((await room.show(caller, 'trunk', trunk['id']))['status'], 'DOWN');

  await room.remove(caller, 'trunk', trunk['id']);
  assert.deepEqual(live(second['id']).tag, []);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('what cannot be in a trunk', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.3.0.0/24');
  const small = await room.create(caller, 'network', { name: 'small', mtu: 1200 });
  const port = (values: Document = {}) =>
    room.create(caller, 'port', { network_id: network['id'], ...values });
  const [parent, child, spare, used] = [
    await port(),
    await port(),
    await port(),
    await port({ device_id: 'x' }),
  ];
  const vlan = (id: unknown, number: number) => ({
    port_id: id,
    segmentation_type: 'vlan',
    segmentation_id: number,
  });
  const trunk = await room.create(caller, 'trunk', {
    port_id: parent['id'],
    sub_ports: [vlan(child['id'], 10)],
  });
  const create = (values: Document) => room.create(caller, 'trunk', values);
  await refuses('ParentPortInUse', /in use/, create({ port_id: parent['id'] }));
  await refuses('TrunkPortInUse', /another trunk/, create({ port_id: child['id'] }));
  const add = (...list: Document[]) => subports(caller, 'add', trunk, list);
  await refuses('DuplicateSubPort', /10 already in use/, add(vlan(spare['id'], 10)));
  await refuses('TrunkPortInUse', /another trunk/, add(vlan(child['id'], 11)));
  await refuses('ParentPortInUse', /in use/, add(vlan(parent['id'], 11)));
  await refuses('PortInUse', /x/, add(vlan(used['id'], 11)));
  await refuses('InvalidInput', /not in range/, add(vlan(spare['id'], 4095)));
  await refuses('InvalidInput', /missing segmentation/, add({ port_id: spare['id'] }));
  await refuses(
    'InvalidInput',
    /Unknown segmentation_type 'geneve'/,
    add({ port_id: spare['id'], segmentation_type: 'inherit' }),
  );
  await refuses(
    'InvalidInput',
    /more than once/,
    add(vlan(spare['id'], 12), vlan(child['id'], 12)),
  );
  await refuses(
    'PortNotFound',
    /could not be found/,
    room.create(room.member(), 'trunk', { port_id: spare['id'] }),
  );
  // All or none: the good one is not added when the other cannot be.
  await refuses(
    'SubPortMtuGreaterThanTrunkPortMtu',
    /1200/,
    room.create(caller, 'trunk', {
      port_id: (await port({ network_id: small['id'] }))['id'],
      sub_ports: [vlan(spare['id'], 12)],
    }),
  );
  assert.equal((await room.show(caller, 'port', spare['id']))['device_owner'], '');
  await refuses(
    'SubPortNotFound',
    /could not be found/,
    subports(caller, 'remove', trunk, [{ port_id: spare['id'] }]),
  );
  await refuses('PortInUseAsTrunkParent', /parent/, room.remove(caller, 'port', parent['id']));
  await refuses('PortInUseAsSubPort', /subport/, room.remove(caller, 'port', child['id']));
  await room.update(caller, 'trunk', trunk['id'], { admin_state_up: false });
  await refuses('TrunkDisabled', /disabled/, add(vlan(spare['id'], 13)));
  await refuses('TrunkDisabled', /disabled/, room.remove(caller, 'trunk', trunk['id']));
  await refuses('TrunkNotFound', /./, room.show(room.member(), 'trunk', trunk['id']));
});
