import { sql } from 'kysely';
import type { Attribute, Attributes, AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import {
  boolean,
  computed,
  integer,
  listOf,
  orNull,
  record,
  severalOf,
  text,
  uuid,
} from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import {
  ownedOrShared,
  sharedFilter,
  sharedView,
  sharedWithColumn,
  type SharedRow,
} from '../rbac/access.ts';
import type { SegmentRequest } from '../drivers/type-driver.ts';
import { hasSegment } from '../segments/place.ts';

/** A network as it is read. */
export interface NetworkRow extends StandardRow, SharedRow {
  readonly admin_state_up: boolean;
  readonly shared: boolean;
  readonly external: boolean;
  readonly is_default: boolean;
  readonly port_security_enabled: boolean;
  /** Whether frames with a VLAN tag of their own pass; null: nobody said, and they do not. */
  readonly vlan_transparent: boolean | null;
  readonly mtu: number;
  /** In their order. */
  readonly segments: SegmentRequest[];
  /** None of its subnets is bound to a segment. */
  readonly l2_adjacency: boolean;
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

/** An attribute of a network's only segment. */
const provider = (
  type: AttributeType,
  column: 'network_type' | 'physical_network' | 'segmentation_id',
): Attribute => ({
  type,
  post: true,
  put: true,
  adminSets: true,
  adminSees: true,
  filter: (values) =>
    column === 'segmentation_id'
      ? hasSegment('o', column, 'integer', values.filter(isSmall).map(Number))
      : hasSegment('o', column, 'text', values),
});

const isSmall = (text: string): boolean => /^\d{1,9}$/.test(text);

const providerType = text(32);
const providerNetwork = orNull(text(64));
const providerNumber = orNull(integer(0, 2 ** 31 - 1));

const admin = { post: true, put: true, adminSets: true } as const;

const attributes = {
  ...standardAttributes,
  admin_state_up: { type: boolean, post: true, put: true, initial: true, column: 'admin_state_up' },
  status: {
    type: computed('ACTIVE'),
    filter: (values) => sql<boolean>`${values.includes('ACTIVE')}`,
  },
  shared: { ...admin, type: boolean, initial: false, column: 'shared', filter: sharedFilter },
  'router:external': { ...admin, type: boolean, initial: false, column: 'external' },
  is_default: { ...admin, type: boolean, initial: false, column: 'is_default' },
  port_security_enabled: {
    type: boolean,
    post: true,
    put: true,
    initial: true,
    column: 'port_security_enabled',
  },
  // 0 asks for the largest there can be.
  mtu: { type: integer(0, 65_535), post: true, put: true, column: 'mtu' },
  availability_zone_hints: { type: listOf(text(255), 10), post: true, initial: [] },
  availability_zones: { type: computed('names of zones') },
  ipv4_address_scope: { type: computed('of its IPv4 subnet pool') },
  ipv6_address_scope: { type: computed('of its IPv6 subnet pool') },
  subnets: {
    type: computed('ids of its subnets'),
    filter: (values) =>
      sql<boolean>`exists (select 1 from network.subnets s where s.network_id = o.id and s.id::text = any(${values}))`,
  },
  'provider:network_type': provider(providerType, 'network_type'),
  'provider:physical_network': provider(providerNetwork, 'physical_network'),
  'provider:segmentation_id': provider(providerNumber, 'segmentation_id'),
  // Instead of the three, for a network of several.
  segments: {
    type: severalOf(
      record({
        'provider:network_type': { type: providerType },
        'provider:physical_network': { type: providerNetwork },
        'provider:segmentation_id': { type: providerNumber },
      }),
      20,
    ),
    post: true,
    adminSets: true,
    adminSees: true,
  },
  vlan_transparent: {
    type: orNull(boolean),
    post: true,
    initial: null,
    column: 'vlan_transparent',
  },
  l2_adjacency: { type: computed('whether its subnets are one') },
} satisfies Attributes;

export const networkNoun: Noun<NetworkRow> = {
  singular: 'network',
  plural: 'networks',
  title: 'Network',
  path: '/v2.0/networks',
  parameter: 'network_id',
  table: 'network.networks',
  attributes: { ...attributes, id: { type: uuid, column: 'id' } },
  columns: sql`o.*, ${sharedWithColumn}, array(select s.id from network.subnets s where s.network_id = o.id
    order by s.created_at, s.id) as subnets,
    (select coalesce(json_agg(json_build_object('network_type', g.network_type,
        'physical_network', g.physical_network, 'segmentation_id', g.segmentation_id)
        order by g.segment_index), '[]') from network.segments g where g.network_id = o.id) as segments,
    not exists (select 1 from network.subnets s where s.network_id = o.id and s.segment_id is not null)
      as l2_adjacency, ${scopeOf(4)} as ipv4_address_scope,
    ${scopeOf(6)} as ipv6_address_scope`,
  visible: ownedOrShared,
  personal: sharedView,
  view: (row) => ({
    ...standardView(row),
    admin_state_up: row.admin_state_up,
    status: 'ACTIVE',
    shared: row.shared,
    'router:external': row.external,
    is_default: row.is_default,
    port_security_enabled: row.port_security_enabled,
    vlan_transparent: row.vlan_transparent,
    mtu: row.mtu,
    availability_zone_hints: row.availability_zone_hints,
    // A network is wherever its ports are; ML2/OVN tells the hints.
    availability_zones: row.availability_zone_hints,
    ipv4_address_scope: row.ipv4_address_scope,
    ipv6_address_scope: row.ipv6_address_scope,
    subnets: row.subnets,
    l2_adjacency: row.l2_adjacency,
    ...placeOf(row.segments),
  }),
};

const providerOf = (segment: SegmentRequest | undefined) => ({
  'provider:network_type': segment?.network_type ?? null,
  'provider:physical_network': segment?.physical_network ?? null,
  'provider:segmentation_id': segment?.segmentation_id ?? null,
});

/** Several segments are a list, one is attributes of the network, as Neutron shows them. */
const placeOf = (segments: readonly SegmentRequest[]): Record<string, unknown> =>
  segments.length > 1 ? { segments: segments.map(providerOf) } : providerOf(segments[0]);
