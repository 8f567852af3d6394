import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refuses, startTestNetworkService, type TestNetworkService } from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

test('a floating IP: association needs a way, moves, and holds what it needs', async () => {
  const caller = room.member();
  const { network: publicNetwork } = await room.outside();
  const { network, subnet } = await room.net(caller, '10.20.0.0/24');
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  const floating = await room.create(caller, 'floatingip', {
    floating_network_id: publicNetwork['id'],
  });
  const id = floating['id'] as string;
  assert.equal(floating['status'], 'DOWN');
  assert.equal(floating['port_details'], null);
  await refuses(
    'BadRequest',
    /not a valid external network/,
    room.create(caller, 'floatingip', { floating_network_id: network['id'] }),
  );
  await refuses(
    'ExternalGatewayForFloatingIPNotFound',
    /not reachable from subnet/,
    room.update(caller, 'floatingip', id, { port_id: port['id'] }),
  );
  const router = await room.create(caller, 'router', {
    external_gateway_info: { network_id: publicNetwork['id'] },
  });
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: subnet['id'] });
  await refuses(
    'PortNotFound',
    /could not be found/,
    room.update(caller, 'floatingip', id, { port_id: network['id'] }),
  );
  await refuses(
    'BadRequest',
    /does not have fixed ip/,
    room.update(caller, 'floatingip', id, { port_id: port['id'], fixed_ip_address: '10.20.0.200' }),
  );
  const associated = await room.update(caller, 'floatingip', id, { port_id: port['id'] });
  assert.equal(associated['status'], 'ACTIVE');
  assert.equal(associated['router_id'], router['id']);
  assert.equal(associated['fixed_ip_address'], port['fixed_ips'][0].ip_address);
  assert.equal(associated['port_details'].mac_address, port['mac_address']);
  const [nat] = room.northbound.mirror
    .table('NAT')
    .filter((row) => row.external_ids['neutron:fip_id'] === id);
  assert.deepEqual(
    [nat!.type, nat!.external_ip, nat!.logical_ip, nat!.logical_port, nat!.external_mac],
    [
      'dnat_and_snat',
      floating['floating_ip_address'],
      port['fixed_ips'][0].ip_address,
      [port['id']],
      [],
    ],
  );
  const lsp = room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!;
  assert.equal(lsp.external_ids['neutron:port_fip'], floating['floating_ip_address']);
  assert.deepEqual(
    (await room.service.floatingIpsOfPorts(room.database, [port['id']])).map(
      (found) => found.floatingIpAddress,
    ),
    [floating['floating_ip_address']],
  );
  const second = await room.create(caller, 'floatingip', {
    floating_network_id: publicNetwork['id'],
  });
  await refuses(
    'FloatingIPPortAlreadyAssociated',
    /already has a floating IP/,
    room.update(caller, 'floatingip', second['id'], { port_id: port['id'] }),
  );
  await refuses(
    'RouterInterfaceInUseByFloatingIP',
    /floating IPs/,
    room.routerInterface(caller, 'remove', router['id'], { subnet_id: subnet['id'] }),
  );
  await refuses(
    'RouterExternalGatewayInUseByFloatingIp',
    /floating IPs/,
    room.update(caller, 'router', router['id'], { external_gateway_info: null }),
  );
  // It moves to another port in one request, and is free again when that port goes.
  const other = await room.create(caller, 'port', { network_id: network['id'] });
  await room.update(caller, 'floatingip', id, { port_id: other['id'] });
  assert.equal(
    room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!.external_ids[
      'neutron:port_fip'
    ],
    undefined,
  );
  await room.remove(caller, 'port', other['id']);
  const free = await room.show(caller, 'floatingip', id);
  assert.deepEqual([free['status'], free['port_id'], free['router_id']], ['DOWN', null, null]);
  assert.deepEqual(
    room.northbound.mirror.table('NAT').filter((row) => row.external_ids['neutron:fip_id'] === id),
    [],
  );
  await refuses(
    'PolicyNotAuthorized',
    /floating_ip_address/,
    room.create(caller, 'floatingip', {
      floating_network_id: publicNetwork['id'],
      floating_ip_address: '172.24.4.200',
    }),
  );
  const chosen = await room.create(room.admin, 'floatingip', {
    floating_network_id: publicNetwork['id'],
    floating_ip_address: '172.24.4.200',
  });
  assert.equal(chosen['floating_ip_address'], '172.24.4.200');
  await refuses(
    'IpAddressInUse',
    /172\.24\.4\.200/,
    room.create(room.admin, 'floatingip', {
      floating_network_id: publicNetwork['id'],
      floating_ip_address: '172.24.4.200',
    }),
  );
  for (const [owner, each] of [
    [caller, id],
    [caller, second['id']],
    [room.admin, chosen['id']],
  ] as const) {
    await room.remove(owner, 'floatingip', each as string);
  }
  await refuses(
    'Floating IPNotFound'.replace(' ', ''),
    /could not be found/,
    room.show(caller, 'floatingip', id),
  );
  await room.routerInterface(caller, 'remove', router['id'], { subnet_id: subnet['id'] });
  await room.remove(caller, 'router', router['id']);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('pools are the IPv4 subnets of external networks', async () => {
  const caller = room.member();
  const { subnet, network } = await room.outside();
  await room.net(caller, '10.43.0.0/24');
  const pools = await room.list(caller, 'floatingip_pools', { cidr: ['172.24.4.0/24'] });
  assert.deepEqual(pools, [
    {
      subnet_id: subnet['id'],
      subnet_name: '',
      network_id: network['id'],
      cidr: '172.24.4.0/24',
      project_id: caller.projectId,
      tenant_id: caller.projectId,
    },
  ]);
  assert.deepEqual(await room.list(room.admin, 'floatingip_pools', { cidr: ['10.43.0.0/24'] }), []);
});
