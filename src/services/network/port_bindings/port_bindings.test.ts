import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { plainChassis } from '../routers/chassis.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { cannotBind } from './rules.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room?.stop());

test('a host without a living ovn-controller takes no port', () => {
  const host = (name: string, alive: boolean) => ({
    ...plainChassis(name),
    physicalNetworks: new Set<string>(),
    alive,
  });
  const hosts = [host('a', true), host('b', false)];
  assert.equal(cannotBind(hosts, { host: 'a', vnic_type: 'normal' }), false);
  assert.equal(cannotBind(hosts, { host: 'b', vnic_type: 'normal' }), true);
  assert.equal(cannotBind(hosts, { host: 'c', vnic_type: 'normal' }), true);
  assert.equal(cannotBind(hosts, { host: 'a', vnic_type: 'direct' }), true);
  assert.equal(cannotBind(hosts, { host: '', vnic_type: 'direct' }), false, 'not bound at all');
  assert.equal(cannotBind([], { host: 'c', vnic_type: 'normal' }), false, 'no host is known');
});

test('a port moves: two bindings, both hosts in Northbound, one active', async () => {
  const { admin } = room;
  const caller = room.member();
  const { network } = await room.net(caller, '10.1.0.0/24');
  const port = await room.create(admin, 'port', {
    network_id: network['id'],
    device_owner: 'compute:nova',
    device_id: 's',
    'binding:host_id': 'one',
  });
  const call = (name: string, host?: string, binding?: Document, who = admin) =>
    room.call(name, {
      caller: who,
      params: { port_id: port['id'], ...(host === undefined ? {} : { host }) },
      ...(binding === undefined ? {} : { body: { binding } }),
    });
  const created = await call('create_port_binding', undefined, { host: 'two' });
  assert.deepEqual(
    [created['binding']['status'], created['binding']['vif_type']],
    ['INACTIVE', 'ovs'],
  );
  await refuses(
    'PortBindingAlreadyExists',
    /two/,
    call('create_port_binding', undefined, { host: 'two' }),
  );
  await refuses(
    'PortBindingError',
    /direct/,
    call('create_port_binding', undefined, { host: 'three', vnic_type: 'direct' }),
  );
  const statuses = async () => {
    const { bindings } = await call('get_port_bindings');
    return (bindings as Document[]).map(({ host, status }) => `${host} ${status}`);
  };
  assert.deepEqual(await statuses(), ['one ACTIVE', 'two INACTIVE']);
  const options = () =>
    room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!.options;
  // What nova writes while the server moves.
  await room.update(admin, 'port', port['id'], { 'binding:profile': { migrating_to: 'two' } });
  assert.equal(options()['requested-chassis'], 'one,two');
  assert.equal(options()['activation-strategy'], 'rarp');
  await call('activate_port_binding', 'two');
  assert.deepEqual(await statuses(), ['two ACTIVE', 'one INACTIVE']);
  assert.equal(options()['requested-chassis'], 'two');
  assert.equal(options()['activation-strategy'], undefined);
  assert.equal((await room.show(admin, 'port', port['id']))['binding:host_id'], 'two');
  await refuses('PortBindingAlreadyActive', /two/, call('activate_port_binding', 'two'));
  await refuses('PortBindingNotFound', /four/, call('activate_port_binding', 'four'));
  const changed = await call('update_port_binding', 'one', { profile: { a: 1 } });
  assert.deepEqual(changed['binding']['profile'], { a: 1 });
  await call('delete_port_binding', 'one');
  assert.deepEqual(await statuses(), ['two ACTIVE']);
  await refuses('PortBindingNotFound', /one/, call('get_port_binding', 'one'));

  const plain = await room.create(caller, 'port', { network_id: network['id'] });
  await refuses(
    'BadRequest',
    /compute/,
    room.call('get_port_bindings', { params: { port_id: plain['id'] } }),
  );
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('what a port says of its binding, and what nobody can have', async () => {
  const { admin } = room;
  const caller = room.member();
  const { network } = await room.net(caller, '10.2.0.0/24');
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    'binding:vnic_type': 'direct',
  });
  const failed = await room.update(admin, 'port', port['id'], { 'binding:host_id': 'h' });
  assert.equal(failed['binding:vif_type'], 'binding_failed');
  assert.deepEqual(failed['binding:vif_details'], {});
  const bound = await room.update(admin, 'port', port['id'], { 'binding:vnic_type': 'normal' });
  assert.equal(bound['binding:vif_type'], 'ovs');
  const profile = (value: Document) =>
    room.update(admin, 'port', port['id'], { 'binding:profile': value });
  await refuses('InvalidInput', /all required/, profile({ parent_name: port['id'] }));
  await refuses('InvalidInput', /between 0 and 4095/, profile({ parent_name: 'x', tag: 4096 }));
  await refuses('PortNotFound', /x/, profile({ parent_name: 'x', tag: 5 }));
  await refuses(
    'PolicyNotAuthorized',
    /binding:profile/,
    room.update(caller, 'port', port['id'], {
      'binding:profile': {},
    }),
  );

  assert.equal(port['ip_allocation'], 'immediate');
  const bare = await room.create(caller, 'port', { network_id: network['id'], fixed_ips: [] });
  assert.equal(bare['ip_allocation'], 'none');
  const status = await room.update(admin, 'port', port['id'], { data_plane_status: 'DOWN' });
  assert.equal(status['data_plane_status'], 'DOWN');
  await room.update(admin, 'port', port['id'], { 'binding:host_id': null });
  const fresh = await room.update(admin, 'port', port['id'], { mac_address: null });
  assert.notEqual(fresh['mac_address'], port['mac_address']);
  assert.match(fresh['mac_address'], /^fa:16:3e:/);
  const placed = await room.create(admin, 'port', {
    network_id: network['id'],
    numa_affinity_policy: 'preferred',
    device_profile: 'gpu',
  });
  assert.deepEqual(
    [placed['numa_affinity_policy'], placed['device_profile']],
    ['preferred', 'gpu'],
  );
});
