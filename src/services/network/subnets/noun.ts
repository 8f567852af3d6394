import { sql } from 'kysely';
import type { AllocationPool } from '../addresses/pools.ts';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import {
  boolean,
  booleanOf,
  cidr,
  hostRoute,
  integer,
  ipAddress,
  listOf,
  oneOf,
  orNull,
  record,
  text,
  uuid,
} from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import { sharedWith } from '../rbac/access.ts';
import type { HostRouteJson } from '../tables.ts';

/** A subnet as it is read. */
export interface SubnetRow extends StandardRow {
  readonly network_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly allocation_pools: AllocationPool[];
  readonly dns_nameservers: string[];
  readonly host_routes: HostRouteJson[];
  readonly ipv6_ra_mode: Ipv6Mode | null;
  readonly ipv6_address_mode: Ipv6Mode | null;
  readonly service_types: string[];
  readonly subnetpool_id: string | null;
  readonly segment_id: string | null;
  readonly dns_publish_fixed_ip: boolean;
}

export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

const mode = orNull(oneOf('slaac', 'dhcpv6-stateful', 'dhcpv6-stateless'));
const pool = record({
  start: { type: ipAddress, required: true },
  end: { type: ipAddress, required: true },
});

const sharedIs = (
  values: readonly string[],
) => sql<boolean>`exists (select 1 from network.networks n
  where n.id = o.network_id and n.shared = any(${values.map(booleanOf).filter((value) => value !== undefined)}::boolean[]))`;

const attributes = {
  ...standardAttributes,
  network_id: { type: uuid, post: true, required: true, column: 'network_id' },
  ip_version: { type: integer(4, 6), post: true, column: 'ip_version' },
  cidr: { type: orNull(cidr), post: true, column: 'cidr' },
  // Missing means the first address of the range, null means none.
  gateway_ip: { type: orNull(ipAddress), post: true, put: true, column: 'gateway_ip' },
  enable_dhcp: { type: boolean, post: true, put: true, initial: true, column: 'enable_dhcp' },
  allocation_pools: {
    type: listOf(pool, 100),
    post: true,
    put: true,
  },
  dns_nameservers: { type: listOf(ipAddress, 100), post: true, put: true, initial: [] },
  host_routes: { type: listOf(hostRoute, 100), post: true, put: true, initial: [] },
  ipv6_ra_mode: { type: mode, post: true, initial: null, column: 'ipv6_ra_mode' },
  ipv6_address_mode: { type: mode, post: true, initial: null, column: 'ipv6_address_mode' },
  // Seen in no document: a subnet is shared when its network is.
  shared: { type: boolean, filter: sharedIs },
  service_types: { type: listOf(text(255), 50), post: true, put: true, initial: [] },
  dns_publish_fixed_ip: {
    type: boolean,
    post: true,
    put: true,
    initial: false,
    column: 'dns_publish_fixed_ip',
  },
  subnetpool_id: { type: orNull(uuid), post: true, initial: null, column: 'subnetpool_id' },
  // The piece of the network that its addresses are on; null: the network is one.
  segment_id: {
    type: orNull(uuid),
    post: true,
    put: true,
    initial: null,
    adminSets: true,
    adminSees: true,
    column: 'segment_id',
  },
  use_default_subnetpool: { type: boolean, post: true, initial: false },
  // How long the prefix from the pool shall be; default the pool's.
  prefixlen: { type: integer(1, 128), post: true },
} satisfies Attributes;

export const subnetNoun: Noun<SubnetRow> = {
  singular: 'subnet',
  plural: 'subnets',
  title: 'Subnet',
  path: '/v2.0/subnets',
  parameter: 'subnet_id',
  table: 'network.subnets',
  attributes,
  columns: sql`o.*`,
  visible: (
    caller,
  ) => sql<boolean>`(o.project_id = ${caller.projectId ?? ''} or ${sharedWith(sql`o.network_id`, caller.projectId ?? '', 'access_as_shared')}
    or o.network_id in (select n.id from network.networks n where n.project_id = ${caller.projectId ?? ''}))`,
  view: (row) => ({
    ...standardView(row),
    network_id: row.network_id,
    ip_version: row.ip_version,
    cidr: row.cidr,
    gateway_ip: row.gateway_ip,
    enable_dhcp: row.enable_dhcp,
    allocation_pools: row.allocation_pools,
    dns_nameservers: row.dns_nameservers,
    host_routes: row.host_routes,
    ipv6_ra_mode: row.ipv6_ra_mode,
    ipv6_address_mode: row.ipv6_address_mode,
    service_types: row.service_types,
    dns_publish_fixed_ip: row.dns_publish_fixed_ip,
    subnetpool_id: row.subnetpool_id,
    segment_id: row.segment_id,
  }),
};
