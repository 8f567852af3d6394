import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredFloatingIp } from '../floatingips/desired.ts';
import { NETWORK, ROUTER, FLOATING, floating } from '../northbound/examples.ts';

test('port forwardings are load balancers on the router and where its servers are', () => {
  const forwarding = {
    protocol: 'tcp',
    external_first: 8080,
    external_last: 8080,
    internal_ip_address: '10.0.0.5',
    internal_first: 80,
    internal_last: 80,
  } as const;
  const rows = desiredFloatingIp({
    ...floating,
    fixed_port_id: null,
    fixed_ip_address: null,
    internal_networks: [NETWORK],
    port_forwardings: [
      forwarding,
      { ...forwarding, external_first: 9000, external_last: 9001, internal_last: 81 },
      { ...forwarding, protocol: 'udp', external_first: 1, external_last: 2 },
    ],
  });
  assert.deepEqual(
    rows.map(({ key, columns }) => [key, columns['protocol'], columns['vips']]),
    [
      [
        `pf-floatingip-${FLOATING}-tcp`,
        ['tcp'],
        {
          '172.24.4.9:8080': '10.0.0.5:80',
          '172.24.4.9:9000': '10.0.0.5:80',
          '172.24.4.9:9001': '10.0.0.5:81',
        },
      ],
      [
        `pf-floatingip-${FLOATING}-udp`,
        ['udp'],
        { '172.24.4.9:1': '10.0.0.5:80', '172.24.4.9:2': '10.0.0.5:80' },
      ],
    ],
  );
  assert.deepEqual(
    rows[0]!.parents!.map(({ table, key }) => [table, key]),
    [
      ['Logical_Router', `neutron-${ROUTER}`],
      ['Logical_Switch', `neutron-${NETWORK}`],
    ],
  );
});
