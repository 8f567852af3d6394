import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredRow, LiveRow } from '../../../ovn/desired.ts';
import { desiredAddressGroup } from '../address_groups/desired.ts';
import { desiredNames } from '../dns/desired.ts';
import { desiredFloatingIp } from '../floatingips/desired.ts';
import { METERS_OWNER } from '../logs/coverage.ts';
import { desiredLogMeters } from '../logs/desired.ts';
import { desiredNetwork } from '../networks/desired.ts';
import { desiredRouterPort } from '../routers/desired-port.ts';
import { desiredRouter } from '../routers/desired.ts';
import { desiredDropGroup, desiredSecurityGroup } from '../security_groups/desired.ts';
import { desiredSegment } from '../segments/desired.ts';
import { desiredTapMirror } from '../tap_mirrors/desired.ts';
import { desiredSubnet } from '../subnets/desired.ts';
import {
  NETWORK,
  SUBNET,
  PORT,
  ROUTER,
  GROUP,
  FLOATING,
  network,
  subnet,
  port,
  router,
  floating,
  rowsOfPort,
} from './examples.ts';
import { assemble } from '../drivers/assembly.ts';
import { BUILTIN } from '../extensions/builtin.ts';

const northboundProjection = assemble(BUILTIN).projection;

/** What a live row would show of a desired one. */
const live = ({ columns }: DesiredRow): LiveRow => ({ _uuid: 'u', external_ids: {}, ...columns });

test('every row is recognised by its key and its owner', () => {
  const cases: [string, DesiredRow[]][] = [
    [`network:${NETWORK}`, desiredNetwork(network)],
    [
      `segment:${SUBNET}`,
      desiredSegment({
        id: SUBNET,
        network_id: NETWORK,
        physical_network: 'public',
        segmentation_id: null,
      }),
    ],
    [`subnet:${SUBNET}`, desiredSubnet(subnet)],
    [
      `dns:${PORT}`,
      desiredNames(
        {
          id: PORT,
          network_id: NETWORK,
          network_domain: '',
          ports: [{ id: PORT, dns_name: 'web', dns_domain: '', addresses: ['10.0.0.5'] }],
        },
        'example',
      ),
    ],
    [
      `port:${PORT}`,
      rowsOfPort({
        ...port,
        subnets: [subnet],
        extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '9', ip_version: 4 }],
      }),
    ],
    [
      `port:${PORT}`,
      desiredRouterPort({
        ...port,
        router_id: ROUTER,
        device_owner: 'network:router_gateway',
        network_type: 'flat',
        gateway_chassis: ['h'],
        internal_types: [],
        distributed: false,
      }),
    ],
    [`router:${ROUTER}`, desiredRouter({ ...router, enable_default_route_bfd: true })],
    [`floatingip:${FLOATING}`, desiredFloatingIp(floating)],
    [
      `floatingip:${FLOATING}`,
      desiredFloatingIp({
        ...floating,
        fixed_port_id: null,
        internal_networks: [NETWORK],
        port_forwardings: [
          {
            protocol: 'udp',
            external_first: 1,
            external_last: 3,
            internal_ip_address: '10.0.0.5',
            internal_first: 1,
            internal_last: 3,
          },
        ],
      }),
    ],
    [`security_group:${GROUP}`, desiredSecurityGroup({ id: GROUP, log_id: FLOATING })],
    ['drop', desiredDropGroup()],
    [
      `address_group:${GROUP}`,
      desiredAddressGroup({ id: GROUP, revision_number: 0, addresses: ['10.0.0.0/8', 'fd00::/8'] }),
    ],
    [
      `tap_mirror:${FLOATING}`,
      desiredTapMirror({
        id: FLOATING,
        port_id: PORT,
        directions: { IN: 1, OUT: 2 },
        remote_ip: '192.0.2.1',
        mirror_type: 'gre',
      }),
    ],
    [METERS_OWNER, desiredLogMeters({ rate_limit: 100, burst_limit: 25 })],
  ];
  for (const [owner, rows] of cases) {
    for (const row of rows) {
      const projection = northboundProjection.tables[row.table]!;
      assert.equal(projection.owner(live(row)), owner, row.key);
      assert.equal(projection.key(live(row)), row.key);
      for (const { table, column } of row.parents ?? []) {
        assert.ok(
          northboundProjection.memberships.some(
            (m) => m.table === table && m.column === column && m.child === row.table,
          ),
        );
      }
    }
  }
  // What others made in the same database is left alone.
  for (const [table, row] of [
    ['Logical_Switch', { name: 'by-hand' }],
    ['ACL', { action: 'drop', match: 'ip4', external_ids: {} }],
    ['NAT', { external_ids: {}, logical_ip: '10.0.0.0/8' }],
    ['Port_Group', { name: 'pg_mine', external_ids: {} }],
  ] as const) {
    assert.equal(northboundProjection.tables[table]!.owner({ _uuid: 'u', ...row }), undefined);
    assert.equal(northboundProjection.tables[table]!.key({ _uuid: 'u', ...row }), undefined);
  }
});
