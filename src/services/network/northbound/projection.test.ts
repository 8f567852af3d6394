import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DesiredRow, LiveRow } from '../../../ovn/desired.ts';
import { desiredFloatingIp } from '../floatingips/desired.ts';
import { desiredNetwork } from '../networks/desired.ts';
import { desiredPort } from '../ports/desired.ts';
import { desiredRouter } from '../routers/desired.ts';
import { desiredDropGroup, desiredSecurityGroup } from '../security_groups/desired.ts';
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
} from './examples.ts';
import { assemble } from '../drivers/assembly.ts';
import { BUILTIN } from '../extensions/builtin.ts';

const northboundProjection = assemble(BUILTIN).projection;

/** What a live row would show of a desired one. */
const live = ({ columns }: DesiredRow): LiveRow => ({ _uuid: 'u', external_ids: {}, ...columns });

test('every row is recognised by its key and its owner', () => {
  const cases: [string, DesiredRow[]][] = [
    [
      `network:${NETWORK}`,
      desiredNetwork({ ...network, network_type: 'flat', physical_network: 'public' }),
    ],
    [`subnet:${SUBNET}`, desiredSubnet(subnet)],
    [
      `port:${PORT}`,
      desiredPort(
        {
          ...port,
          subnets: [subnet],
          extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '9', ip_version: 4 }],
        },
        [],
      ),
    ],
    [
      `port:${PORT}`,
      desiredPort({ ...port, router_id: ROUTER, device_owner: 'network:router_gateway' }, ['h']),
    ],
    [`router:${ROUTER}`, desiredRouter(router)],
    [`floatingip:${FLOATING}`, desiredFloatingIp(floating)],
    [`security_group:${GROUP}`, desiredSecurityGroup({ id: GROUP, revision_number: 0 })],
    ['drop', desiredDropGroup()],
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
