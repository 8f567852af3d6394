import { sql } from 'kysely';
import type { Caller } from '../../identity/caller.ts';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import {
  boolean,
  computed,
  integer,
  listOf,
  oneOf,
  orNull,
  text,
  uuid,
} from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** A network as it is read. */
export interface NetworkRow extends StandardRow {
  readonly admin_state_up: boolean;
  readonly shared: boolean;
  readonly external: boolean;
  readonly is_default: boolean;
  readonly port_security_enabled: boolean;
  readonly mtu: number;
  readonly network_type: 'geneve' | 'flat' | 'vlan';
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
  readonly dns_domain: string;
  readonly availability_zone_hints: string[];
  readonly ipv4_address_scope: string | null;
  readonly ipv6_address_scope: string | null;
  /** Ids, oldest first. */
  readonly subnets: string[];
}

/** The address scope of the pool that the network's subnets are from. */
const scopeOf = (version: 4 | 6) => sql`(select sp.address_scope_id from network.subnets s
  join network.subnetpools sp on sp.id = s.subnetpool_id
  where s.network_id = o.id and s.ip_version = ${sql.lit(version)} limit 1)`;

const admin = { post: true, put: true, adminSets: true } as const;

const attributes = {
  ...standardAttributes,
  admin_state_up: { type: boolean, post: true, put: true, initial: true, column: 'admin_state_up' },
  status: {
    type: computed('ACTIVE'),
    filter: (values) => sql<boolean>`${values.includes('ACTIVE')}`,
  },
  shared: { ...admin, type: boolean, initial: false, column: 'shared' },
  'router:external': { ...admin, type: boolean, initial: false, column: 'external' },
  is_default: { ...admin, type: boolean, initial: false, column: 'is_default' },
  port_security_enabled: {
    type: boolean,
    post: true,
    put: true,
    initial: true,
    column: 'port_security_enabled',
  },
  mtu: { type: integer(68, 65_535), post: true, put: true, column: 'mtu' },
  dns_domain: { type: text(255), post: true, put: true, initial: '', column: 'dns_domain' },
  availability_zone_hints: { type: listOf(text(255), 10), post: true, initial: [] },
  availability_zones: { type: computed('names of zones') },
  ipv4_address_scope: { type: computed('of its IPv4 subnet pool') },
  ipv6_address_scope: { type: computed('of its IPv6 subnet pool') },
  subnets: {
    type: computed('ids of its subnets'),
    filter: (values) =>
      sql<boolean>`exists (select 1 from network.subnets s where s.network_id = o.id and s.id::text = any(${values}))`,
  },
  'provider:network_type': {
    type: oneOf('geneve', 'flat', 'vlan'),
    post: true,
    adminSets: true,
    adminSees: true,
    column: 'network_type',
  },
  'provider:physical_network': {
    type: orNull(text(64)),
    post: true,
    adminSets: true,
    adminSees: true,
    column: 'physical_network',
  },
  'provider:segmentation_id': {
    type: orNull(integer(1, 16_777_215)),
    post: true,
    adminSets: true,
    adminSees: true,
    column: 'segmentation_id',
  },
} satisfies Attributes;

export const networkNoun: Noun<NetworkRow> = {
  singular: 'network',
  plural: 'networks',
  title: 'Network',
  path: '/v2.0/networks',
  parameter: 'network_id',
  table: 'network.networks',
  attributes: { ...attributes, id: { type: uuid, column: 'id' } },
  columns: sql`o.*, array(select s.id from network.subnets s where s.network_id = o.id
    order by s.created_at, s.id) as subnets, ${scopeOf(4)} as ipv4_address_scope,
    ${scopeOf(6)} as ipv6_address_scope`,
  visible: (caller: Caller) =>
    sql<boolean>`(o.project_id = ${caller.projectId ?? ''} or o.shared or o.external)`,
  view: (row) => ({
    ...standardView(row),
    admin_state_up: row.admin_state_up,
    status: 'ACTIVE',
    shared: row.shared,
    'router:external': row.external,
    is_default: row.is_default,
    port_security_enabled: row.port_security_enabled,
    mtu: row.mtu,
    dns_domain: row.dns_domain,
    availability_zone_hints: row.availability_zone_hints,
    availability_zones: ['nova'],
    ipv4_address_scope: row.ipv4_address_scope,
    ipv6_address_scope: row.ipv6_address_scope,
    subnets: row.subnets,
    'provider:network_type': row.network_type,
    'provider:physical_network': row.physical_network,
    'provider:segmentation_id': row.segmentation_id,
  }),
};
