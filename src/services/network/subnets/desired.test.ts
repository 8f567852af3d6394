import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answersDhcp, desiredSubnet } from './desired.ts';
import { subnet } from '../northbound/examples.ts';

test('a subnet with DHCP is a row of options, one without is none', () => {
  const [row] = desiredSubnet(subnet);
  const { server_mac: mac, ...options } = row!.columns['options'] as Record<string, string>;
  assert.match(mac!, /^fa:16:3e:/);
  assert.deepEqual(options, {
    server_id: '10.0.0.1',
    router: '10.0.0.1',
    lease_time: '43200',
    mtu: '1442',
    dns_server: '{9.9.9.9, 1.1.1.1}',
    classless_static_route:
      '{169.254.169.254/32,10.0.0.2, 10.9.0.0/16,10.0.0.9, 0.0.0.0/0,10.0.0.1}',
  });
  assert.deepEqual(desiredSubnet({ ...subnet, enable_dhcp: false }), []);
  // Without a gateway the metadata port answers, and nothing leads elsewhere.
  const [isolated] = desiredSubnet({ ...subnet, gateway_ip: null, host_routes: [] });
  const lone = isolated!.columns['options'] as Record<string, string>;
  assert.equal(lone['server_id'], '10.0.0.2');
  assert.equal(lone['router'], undefined);
  assert.equal(lone['classless_static_route'], '{169.254.169.254/32,10.0.0.2}');
  assert.deepEqual(desiredSubnet({ ...subnet, gateway_ip: null, metadata_ip: null }), []);
  assert.equal(answersDhcp({ ...subnet, gateway_ip: null, metadata_ip: null }), false);
  const [v6] = desiredSubnet({
    ...subnet,
    ip_version: 6,
    cidr: 'fd00::/64',
    dns_nameservers: ['fd00::53'],
    ipv6_address_mode: 'dhcpv6-stateless',
  });
  assert.deepEqual(Object.keys(v6!.columns['options'] as object).toSorted(), [
    'dhcpv6_stateless',
    'dns_server',
    'server_id',
  ]);
});
