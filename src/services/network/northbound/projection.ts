import type { LiveRow, Projection, TableProjection } from '../../../ovn/desired.ts';
import { DROP_GROUP, DROP_OWNER } from './names.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

const text = (row: LiveRow, column: string): string => String(row[column] ?? '');
const id = (row: LiveRow, name: string): string | undefined =>
  (row['external_ids'] as Readonly<Record<string, string>> | undefined)?.[name];

/** A table whose rows are known by their names: `owners` are [pattern with the object's id, kind of owner]. */
function named(...owners: readonly (readonly [RegExp, string])[]): TableProjection {
  const owner = (row: LiveRow): string | undefined => {
    for (const [pattern, kind] of owners) {
      const match = pattern.exec(text(row, 'name'));
      if (match) return `${kind}:${match[1]}`;
    }
    return undefined;
  };
  return { key: (row) => (owner(row) === undefined ? undefined : text(row, 'name')), owner };
}

const pattern = (before: string, after = '$') => new RegExp(`^${before}(${UUID})${after}`);

/** A port group's name holds the id with underscores. */
function groupOwner(row: LiveRow): string | undefined {
  const name = text(row, 'name');
  if (name === DROP_GROUP) return DROP_OWNER;
  const found = id(row, 'neutron:security_group_id');
  return name.startsWith('pg_') && found !== undefined ? `security_group:${found}` : undefined;
}

/** Keys of rows that have no name of their own. */
export const keys = {
  dhcpOptions: (subnetId: string, portId?: string) =>
    portId === undefined ? subnetId : `${subnetId} ${portId}`,
  floatingNat: (floatingIpId: string) => floatingIpId,
  sourceNat: (routerId: string, logicalIp: string) => `${routerId} ${logicalIp}`,
  route: (routerId: string, prefix: string, nexthop: string) => `${routerId} ${prefix} ${nexthop}`,
  drop: (direction: string) => `${DROP_GROUP} ${direction}`,
};

/** How the rows of Northbound that networks are made of are told apart. */
export const northboundProjection: Projection = {
  database: 'OVN_Northbound',
  tables: {
    Logical_Switch: named([pattern('neutron-'), 'network']),
    Logical_Switch_Port: named([pattern(''), 'port'], [pattern('provnet-'), 'network']),
    Logical_Router: named([pattern('neutron-'), 'router']),
    Logical_Router_Port: named([pattern('lrp-'), 'port']),
    Gateway_Chassis: named([pattern('lrp-', '_'), 'port']),
    Logical_Router_Static_Route: {
      key: (row) => {
        const router = id(row, 'neutron:router_id');
        return router && keys.route(router, text(row, 'ip_prefix'), text(row, 'nexthop'));
      },
      owner: (row) => owned('router', id(row, 'neutron:router_id')),
    },
    NAT: {
      key: (row) => {
        const floating = id(row, 'neutron:fip_id');
        if (floating !== undefined) return keys.floatingNat(floating);
        const router = id(row, 'neutron:router_id');
        return router && keys.sourceNat(router, text(row, 'logical_ip'));
      },
      owner: (row) =>
        owned('floatingip', id(row, 'neutron:fip_id')) ??
        owned('router', id(row, 'neutron:router_id')),
    },
    Port_Group: {
      key: (row) => (groupOwner(row) === undefined ? undefined : text(row, 'name')),
      owner: groupOwner,
    },
    ACL: {
      key: (row) =>
        id(row, 'neutron:security_group_rule_id') ??
        (isDrop(row) ? keys.drop(text(row, 'direction')) : undefined),
      owner: (row) =>
        owned('security_group_rule', id(row, 'neutron:security_group_rule_id')) ??
        (isDrop(row) ? DROP_OWNER : undefined),
    },
    DHCP_Options: {
      key: (row) => {
        const subnet = id(row, 'subnet_id');
        return subnet && keys.dhcpOptions(subnet, id(row, 'port_id'));
      },
      owner: (row) => owned('port', id(row, 'port_id')) ?? owned('subnet', id(row, 'subnet_id')),
    },
  },
  memberships: [
    { table: 'Logical_Switch', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Logical_Router', column: 'ports', child: 'Logical_Router_Port' },
    { table: 'Logical_Router', column: 'static_routes', child: 'Logical_Router_Static_Route' },
    { table: 'Logical_Router', column: 'nat', child: 'NAT' },
    { table: 'Logical_Router_Port', column: 'gateway_chassis', child: 'Gateway_Chassis' },
    { table: 'Port_Group', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Port_Group', column: 'acls', child: 'ACL' },
  ],
};

const owned = (kind: string, found: string | undefined): string | undefined =>
  found === undefined ? undefined : `${kind}:${found}`;

const isDrop = (row: LiveRow): boolean =>
  text(row, 'action') === 'drop' && text(row, 'match').includes(`@${DROP_GROUP} `);
