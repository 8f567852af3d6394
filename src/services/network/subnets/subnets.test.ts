import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  refuses,
  type Document,
  startTestNetworkService,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

test('a network, a subnet and a port as the API writes them', async () => {
  const caller = room.member();
  const { network, subnet } = await room.net(caller, '10.0.0.0/24', {
    dns_nameservers: ['9.9.9.9'],
  });
  assert.equal(network['status'], 'ACTIVE');
  assert.equal(network['mtu'], 1442);
  assert.equal(network['tenant_id'], caller.projectId);
  assert.equal(network['project_id'], caller.projectId);
  assert.equal(network['provider:network_type'], undefined, 'members do not see providers');
  assert.match(network['created_at'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(subnet['gateway_ip'], '10.0.0.1');
  assert.deepEqual(subnet['allocation_pools'], [{ start: '10.0.0.2', end: '10.0.0.254' }]);
  const port = await room.create(caller, 'port', { network_id: network['id'], name: 'p' });
  assert.match(port['mac_address'], /^fa:16:3e/);
  assert.equal(port['fixed_ips'].length, 1);
  assert.equal(port['status'], 'DOWN');
  assert.equal(port['security_groups'].length, 1, 'the default group');
  const seen = await room.show(room.admin, 'network', network['id']);
  assert.equal(seen['provider:network_type'], 'geneve');
  assert.equal(typeof seen['provider:segmentation_id'], 'number');
  assert.deepEqual(seen['subnets'], [subnet['id']]);
  assert.equal(seen['revision_number'] > network['revision_number'], true);

  // Northbound has it before the reply.
  const row = room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!;
  assert.deepEqual(row.addresses, [`${port['mac_address']} ${port['fixed_ips'][0].ip_address}`]);
  assert.deepEqual(row.port_security, row.addresses);
  assert.equal(
    room.northbound.mirror.table('Logical_Switch').first('ports', row._uuid)?.name,
    `neutron-${network['id']}`,
  );
  const groups = room.northbound.mirror
    .table('Port_Group')
    .find('ports', row._uuid)
    .map(({ name }) => name)
    .toSorted();
  assert.deepEqual(groups, [
    'neutron_pg_drop',
    `pg_${port['security_groups'][0].replaceAll('-', '_')}`,
  ]);
  const options = room.northbound.mirror.table('DHCP_Options').get(row.dhcpv4_options[0]!)!;
  assert.equal(options.options['router'], '10.0.0.1');
  assert.match(
    options.options['classless_static_route']!,
    /^\{169\.254\.169\.254\/32,10\.0\.0\.2, 0\.0\.0\.0\/0,10\.0\.0\.1\}$/,
  );
  assert.deepEqual(await room.service.projector.compare(), []);

  await refuses(
    'NetworkInUse',
    /one or more ports still in use/,
    room.remove(caller, 'network', network['id']),
  );
  await refuses(
    'SubnetInUse',
    /port [0-9a-f-]+ has 10\.0\.0\./,
    room.remove(caller, 'subnet', subnet['id']),
  );
  await room.remove(caller, 'port', port['id']);
  await room.remove(caller, 'subnet', subnet['id']);
  await room.remove(caller, 'network', network['id']);
  await refuses(
    'NetworkNotFound',
    /could not be found/,
    room.show(caller, 'network', network['id']),
  );
  assert.deepEqual(await room.service.projector.compare(), []);
  assert.equal(
    room.northbound.mirror.table('Logical_Switch').first('name', `neutron-${network['id']}`),
    undefined,
  );
});

test('subnets that cannot be', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.5.0.0/24');
  const subnet = (values: Document) =>
    room.create(caller, 'subnet', {
      network_id: network['id'],
      ip_version: 4,
      cidr: '10.6.0.0/24',
      ...values,
    });
  await refuses('InvalidInput', /overlaps with another subnet/, subnet({ cidr: '10.5.0.128/25' }));
  await refuses('HTTPBadRequest', /not a valid address range/, subnet({ cidr: '10.6.0.0/33' }));
  await refuses('InvalidInput', /ip_version 6 does not match/, subnet({ ip_version: 6 }));
  await refuses('InvalidInput', /loopback/, subnet({ cidr: '127.0.0.0/24' }));
  await refuses('InvalidInput', /multicast/, subnet({ cidr: '224.1.0.0/24' }));
  await refuses('InvalidInput', /must not be 0/, subnet({ cidr: '0.0.0.0/0' }));
  await refuses(
    'InvalidInput',
    /Gateway 10\.7\.0\.1 is not valid/,
    subnet({ gateway_ip: '10.7.0.1' }),
  );
  const pool = (start: string, end: string) => ({ start, end });
  await refuses(
    'InvalidAllocationPool',
    /in this order/,
    subnet({ allocation_pools: [pool('10.6.0.9', '10.6.0.2')] }),
  );
  await refuses(
    'OutOfBoundsAllocationPool',
    /beyond/,
    subnet({ allocation_pools: [pool('10.6.0.9', '10.6.1.2')] }),
  );
  await refuses(
    'OverlappingAllocationPools',
    /overlapping/,
    subnet({ allocation_pools: [pool('10.6.0.9', '10.6.0.20'), pool('10.6.0.20', '10.6.0.30')] }),
  );
  await refuses(
    'GatewayConflictWithAllocationPools',
    /10\.6\.0\.1 conflicts/,
    subnet({ allocation_pools: [pool('10.6.0.1', '10.6.0.20')] }),
  );
  await refuses(
    'InvalidInput',
    /does not match the ip_version/,
    subnet({ dns_nameservers: ['fd00::1'] }),
  );
  await refuses(
    'NetworkNotFound',
    /could not be found/,
    room.create(room.member(), 'subnet', {
      network_id: network['id'],
      ip_version: 4,
      cidr: '10.6.0.0/24',
    }),
  );
  await refuses(
    'BadRequest',
    /subnetpool/,
    room.create(caller, 'subnet', { network_id: network['id'], ip_version: 4 }),
  );
  // Bits behind the prefix are cut; null means no gateway.
  const made = await subnet({ cidr: '10.6.0.77/24', gateway_ip: null });
  assert.equal(made['cidr'], '10.6.0.0/24');
  assert.equal(made['gateway_ip'], null);
});

test('two subnets that overlap, made at once: one of them', async () => {
  const caller = room.member();
  const network = await room.create(caller, 'network', {});
  const results = await Promise.allSettled(
    ['10.0.0.0/8', '10.1.0.0/16', '10.0.0.0/9', '10.1.2.0/24'].map((cidr) =>
      room.create(caller, 'subnet', { network_id: network['id'], ip_version: 4, cidr }),
    ),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
});
