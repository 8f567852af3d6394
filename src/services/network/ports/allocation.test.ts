import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { Fault } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { transact } from '../../../database/database.ts';
import { createNetworkService } from '../service.ts';
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

test('64 requests at once get 64 addresses, and the full subnet says so', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.1.0.0/24', { enable_dhcp: false });
  await room.call('update_quota', {
    params: { project_id: caller.projectId! },
    body: { quota: { port: -1 } },
  });
  const addresses: string[] = [];
  const failures: Fault[] = [];
  let left = 300;
  const worker = async () => {
    while (left-- > 0) {
      try {
        const port = await room.create(caller, 'port', { network_id: network['id'] });
        addresses.push(port['fixed_ips'][0].ip_address as string);
      } catch (error) {
        failures.push(error as Fault);
      }
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  assert.equal(new Set(addresses).size, 253);
  assert.equal(addresses.length, 253);
  assert.equal(failures.length, 47);
  assert.deepEqual([...new Set(failures.map(({ type }) => type))], ['IpAddressGenerationFailure']);
  // One that is given back is found again, wherever the search stands.
  const [victim] = await room.list(caller, 'ports', { fixed_ips: ['ip_address=10.1.0.77'] });
  await room.remove(caller, 'port', victim!['id']);
  const again = await room.create(caller, 'port', { network_id: network['id'] });
  assert.equal(again['fixed_ips'][0].ip_address, '10.1.0.77');
});

test('two services give out different addresses of one subnet', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.2.0.0/26', { enable_dhcp: false });
  const other = createNetworkService({
    database: room.database,
    configuration: { host: 'test-host' },
    northbound: room.northbound,
    log: pino({ level: 'silent' }) as Logger,
  });
  const make = (service: typeof other) =>
    transact(room.database, (transaction) =>
      service.change(transaction).createPort(caller, {
        networkId: network['id'],
        deviceId: 'd',
        deviceOwner: 'compute:nova',
      }),
    );
  const results = await Promise.allSettled(
    Array.from({ length: 70 }, (_, index) => make(index % 2 === 0 ? other : room.service)),
  );
  const given = results.flatMap((result) =>
    result.status === 'fulfilled' ? [result.value.addresses[0]!.ipAddress] : [],
  );
  assert.equal(given.length, 61);
  assert.equal(new Set(given).size, 61);
  await room.service.projector.repair();
});

test('addresses that are asked for', async () => {
  const caller = room.member();
  const { network, subnet } = await room.net(caller, '10.3.0.0/24');
  const port = (fixed: Document[]) =>
    room.create(caller, 'port', { network_id: network['id'], fixed_ips: fixed });
  const one = await port([{ ip_address: '10.3.0.50' }]);
  assert.deepEqual(one['fixed_ips'], [{ subnet_id: subnet['id'], ip_address: '10.3.0.50' }]);
  await refuses('IpAddressInUse', /10\.3\.0\.50 is in use/, port([{ ip_address: '10.3.0.50' }]));
  await refuses('InvalidIpForNetwork', /192\.168\.0\.1/, port([{ ip_address: '192.168.0.1' }]));
  await refuses(
    'InvalidIpForSubnet',
    /10\.4\.0\.1/,
    port([{ ip_address: '10.4.0.1', subnet_id: subnet['id'] }]),
  );
  await refuses('InvalidIpForNetwork', /10\.3\.0\.255/, port([{ ip_address: '10.3.0.255' }]));
  await refuses('InvalidInput', /invalid subnet/, port([{ subnet_id: network['id'] }]));
  await refuses(
    'InvalidInput',
    /Duplicate/,
    port([{ ip_address: '10.3.0.9' }, { ip_address: '10.3.0.9', subnet_id: subnet['id'] }]),
  );
  await refuses('HTTPBadRequest', /not a valid IP address/, port([{ ip_address: 'x' }]));
  const two = await port([{ subnet_id: subnet['id'] }, { ip_address: '10.3.0.60' }]);
  assert.equal(two['fixed_ips'][1].ip_address, '10.3.0.60');
  const mac = { network_id: network['id'], mac_address: 'FA:16:3E:11:22:33' };
  assert.equal((await room.create(caller, 'port', mac))['mac_address'], 'fa:16:3e:11:22:33');
  await refuses('MacAddressInUse', /fa:16:3e:11:22:33/, room.create(caller, 'port', mac));
  // An update keeps what it names and gives back the rest.
  const moved = await room.update(caller, 'port', one['id'], {
    fixed_ips: [{ ip_address: '10.3.0.51' }, { ip_address: '10.3.0.50' }],
  });
  assert.deepEqual(moved['fixed_ips'].map((f: Document) => f['ip_address']).toSorted(), [
    '10.3.0.50',
    '10.3.0.51',
  ]);
  const less = await room.update(caller, 'port', one['id'], {
    fixed_ips: [{ ip_address: '10.3.0.51' }],
  });
  assert.deepEqual(
    less['fixed_ips'].map((f: Document) => f['ip_address']),
    ['10.3.0.51'],
  );
  await port([{ ip_address: '10.3.0.50' }]);
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('IPv6: one address of a stateful subnet, its own of an automatic one', async () => {
  const caller = room.member();
  const network = await room.create(caller, 'network', {});
  const v6 = (values: Document) =>
    room.create(caller, 'subnet', { network_id: network['id'], ip_version: 6, ...values });
  await v6({ cidr: 'fd00:1::/64' });
  await v6({ cidr: 'fd00:2::/64', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    mac_address: 'fa:16:3e:01:02:03',
  });
  assert.deepEqual(
    port['fixed_ips'].map((fixed: Document) => fixed['ip_address']),
    ['fd00:1::1', 'fd00:2::f816:3eff:fe01:203'],
  );
  await refuses(
    'InvalidInput',
    /must be 64/,
    v6({ cidr: 'fd00:3::/80', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }),
  );
  await refuses(
    'InvalidInput',
    /must be the same/,
    v6({ cidr: 'fd00:3::/64', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'dhcpv6-stateful' }),
  );
});
