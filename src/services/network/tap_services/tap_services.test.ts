import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { update } from '../../../ovn/index.ts';
import type { Caller } from '../../identity/caller.ts';
import {
  eventually,
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

/** A port; with a host it is bound there. */
async function port(caller: Caller, network: Document, host = ''): Promise<string> {
  const { id } = await room.create(caller, 'port', { network_id: network['id'] });
  if (host !== '') await room.update(room.admin, 'port', id, { 'binding:host_id': host });
  return id;
}

const described = async () => {
  const flows = await room.service.tapFlows(room.database, 'all');
  return flows.map((flow) => ({ ...flow, vlans: flow.vlans.join() }));
};

test('tap services and flows: documents, refusals, whom hosts are told of', async () => {
  const caller = room.member();
  const stranger = room.member();
  const { network } = await room.net(caller, '10.70.0.0/24');
  const tap = await port(caller, network, 'h1');
  const source = await port(caller, network, 'h1');
  const elsewhere = await port(caller, network, 'h2');
  const nowhere = await port(caller, network);
  const told: string[] = [];
  const stop = room.service.onTapFlows((ids) => told.push(...ids));

  const service = await room.create(caller, 'tap_service', { port_id: tap, name: 't' });
  assert.deepEqual(service, {
    id: service['id'],
    name: 't',
    tenant_id: caller.projectId,
    project_id: caller.projectId,
    description: '',
    port_id: tap,
    status: 'DOWN',
  });
  const flow = (values: Document, by = caller) =>
    room.create(by, 'tap_flow', {
      tap_service_id: service['id'],
      source_port: source,
      direction: 'BOTH',
      ...values,
    });
  const made = await flow({ vlan_filter: '9,18,27-29' });
  assert.deepEqual(made, {
    id: made['id'],
    name: '',
    tenant_id: caller.projectId,
    project_id: caller.projectId,
    description: '',
    tap_service_id: service['id'],
    source_port: source,
    direction: 'BOTH',
    vlan_filter: '9,18,27-29',
    status: 'DOWN',
  });
  const row = {
    id: made['id'],
    host: 'h1',
    tapPortId: tap,
    sourcePortId: source,
    direction: 'BOTH',
    vlans: '9,18,27,28,29',
  };
  assert.deepEqual(await described(), [row]);
  assert.deepEqual(told.splice(0), [made['id']]);

  await refuses(
    'PortNotFound',
    /could not/,
    room.create(stranger, 'tap_service', { port_id: tap }),
  );
  await refuses('TapServiceNotFound', /could not/, flow({}, stranger));
  await refuses('TapFlowNotFound', /could not/, room.show(stranger, 'tap_flow', made['id']));
  assert.deepEqual(await room.list(stranger, 'tap_flows'), []);
  const foreign = await port(stranger, (await room.net(stranger, '10.71.0.0/24')).network);
  await refuses('PortNotFound', /could not/, flow({ source_port: foreign }));
  const both = /not of project/;
  await refuses('TapServiceNotBelongToTenant', both, flow({}, room.admin));
  await refuses(
    'PortDoesNotBelongToTenant',
    both,
    room.create(room.admin, 'tap_service', { port_id: tap }),
  );
  await refuses('InvalidInput', /its own packets/, flow({ source_port: tap }));
  await refuses('TapFlowHostConflict', /on h2/, flow({ source_port: elsewhere }));
  await refuses('HTTPBadRequest', /not one of/, flow({ direction: 'ALL' }));
  for (const filter of ['x', '1-', '5-3', '4096', '1, 2', ''])
    await refuses('HTTPBadRequest', /VLAN/, flow({ vlan_filter: filter }));
  await refuses(
    'HTTPBadRequest',
    /read-only/,
    room.update(caller, 'tap_flow', made['id'], { direction: 'IN' }),
  );
  const renamed = await room.update(caller, 'tap_flow', made['id'], { name: 'f' });
  assert.equal(renamed['name'], 'f');
  assert.deepEqual(await room.list(caller, 'tap_flows', { vlan_filter: ['1'] }), []);

  // Where the source is, is the host's business; where the tap port is, decides who is told.
  const lone = await room.create(caller, 'tap_service', { port_id: nowhere });
  const waiting = await flow({ tap_service_id: lone['id'] });
  assert.deepEqual(await described(), [row]);
  told.splice(0);
  await room.update(room.admin, 'port', nowhere, { 'binding:host_id': 'h1' });
  await room.northbound.transact([
    update('Logical_Switch_Port', [['name', '==', nowhere]], { up: true }),
  ]);
  assert.ok(await eventually(async () => told.includes(waiting['id'])));
  assert.equal((await described()).length, 2);
  assert.equal((await room.show(caller, 'tap_service', lone['id']))['status'], 'ACTIVE');

  // What hosts have seen; of a flow that none has seen, nothing is there.
  const seen = new Map([[made['id'], 'ACTIVE']] as const);
  await room.service.tapFlowsSeen(room.database, seen);
  assert.equal((await room.show(caller, 'tap_flow', made['id']))['status'], 'ACTIVE');
  assert.deepEqual(
    (await room.list(caller, 'tap_flows', { status: ['ACTIVE'] })).map(({ id }) => id),
    [made['id']],
  );
  await room.service.tapFlowsSeen(room.database, new Map());
  assert.equal((await room.show(caller, 'tap_flow', made['id']))['status'], 'DOWN');

  // Each goes with what it needs.
  told.splice(0);
  await room.remove(caller, 'tap_service', lone['id']);
  await refuses('TapFlowNotFound', /could not/, room.show(caller, 'tap_flow', waiting['id']));
  await room.remove(caller, 'port', source);
  await refuses('TapFlowNotFound', /could not/, room.show(caller, 'tap_flow', made['id']));
  const last = await flow({ source_port: nowhere, direction: 'IN' });
  await room.remove(caller, 'port', tap);
  await refuses('TapServiceNotFound', /could not/, room.show(caller, 'tap_service', service['id']));
  assert.deepEqual(told, [waiting['id'], made['id'], last['id'], last['id']]);
  assert.deepEqual(await described(), []);
  stop();
});

test('a project has as many as its quota says', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.72.0.0/24');
  const tap = await port(caller, network);
  const source = await port(caller, network);
  const params = { project_id: caller.projectId! };
  const body = { quota: { tap_service: 1, tap_flow: 1 } };
  await room.call('update_quota', { caller: room.admin, params, body });
  const { id } = await room.create(caller, 'tap_service', { port_id: tap });
  await refuses('OverQuota', /tap_service/, room.create(caller, 'tap_service', { port_id: tap }));
  const flow = { tap_service_id: id, source_port: source, direction: 'OUT' };
  await room.create(caller, 'tap_flow', flow);
  await refuses('OverQuota', /tap_flow/, room.create(caller, 'tap_flow', flow));
});

test('what a subport sends goes through its parent, with a VLAN', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.73.0.0/24');
  const tap = await port(caller, network, 'h1');
  const parent = await port(caller, network, 'h1');
  const child = await port(caller, network);
  const service = await room.create(caller, 'tap_service', { port_id: tap });
  const flow = (vlan_filter: string | null) =>
    room.create(caller, 'tap_flow', {
      tap_service_id: service['id'],
      source_port: child,
      direction: 'BOTH',
      vlan_filter,
    });
  const trunk = await room.create(caller, 'trunk', {
    port_id: parent,
    sub_ports: [{ port_id: child, segmentation_type: 'vlan', segmentation_id: 101 }],
  });
  await flow('7');
  assert.deepEqual(await described(), [], 'nothing that a subport carries has a VLAN');
  const { id } = await flow(null);
  const common = { id, host: 'h1', tapPortId: tap, direction: 'BOTH' };
  assert.deepEqual(await described(), [{ ...common, sourcePortId: parent, vlans: '101' }]);
  await room.remove(caller, 'trunk', trunk['id']);
  const mine = (await described()).filter((one) => one.id === id);
  assert.deepEqual(mine, [{ ...common, sourcePortId: child, vlans: '' }]);
});
