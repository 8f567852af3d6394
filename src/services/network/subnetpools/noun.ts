import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, cidr, integer, listOf, orNull, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import {
  ownedOrShared,
  sharedFilter,
  sharedView,
  sharedWithColumn,
  type SharedRow,
} from '../rbac/access.ts';

/** Ranges that subnets are cut out of. */
export interface SubnetPoolRow extends StandardRow, SharedRow {
  readonly ip_version: 4 | 6;
  readonly prefixes: string[];
  readonly default_prefixlen: number;
  readonly min_prefixlen: number;
  readonly max_prefixlen: number;
  /** How much one project may take: IPv4 addresses, or IPv6 prefixes of 64 bits; null: all there is. */
  readonly default_quota: number | null;
  readonly address_scope_id: string | null;
  readonly shared: boolean;
  readonly is_default: boolean;
}

const length = { type: integer(0, 128), post: true, put: true } as const;
const admin = { type: boolean, post: true, initial: false, adminSets: true } as const;

const attributes = {
  ...standardAttributes,
  ip_version: { type: integer(4, 6), column: 'ip_version' },
  prefixes: { type: listOf(cidr, 200), post: true, put: true, required: true },
  default_prefixlen: { ...length, column: 'default_prefixlen' },
  min_prefixlen: { ...length, column: 'min_prefixlen' },
  max_prefixlen: { ...length, column: 'max_prefixlen' },
  default_quota: {
    type: orNull(integer(0, 2 ** 31 - 1)),
    post: true,
    put: true,
    initial: null,
    column: 'default_quota',
  },
  address_scope_id: {
    type: orNull(uuid),
    post: true,
    put: true,
    initial: null,
    column: 'address_scope_id',
  },
  shared: { ...admin, column: 'shared', filter: sharedFilter },
  is_default: { ...admin, put: true, column: 'is_default' },
} satisfies Attributes;

export const subnetPoolNoun: Noun<SubnetPoolRow> = {
  singular: 'subnetpool',
  plural: 'subnetpools',
  title: 'Subnet Pool',
  path: '/v2.0/subnetpools',
  parameter: 'subnetpool_id',
  table: 'network.subnetpools',
  attributes,
  columns: sql`o.*, ${sharedWithColumn}`,
  visible: ownedOrShared,
  personal: sharedView,
  view: (row) => ({
    ...standardView(row),
    ip_version: row.ip_version,
    prefixes: row.prefixes,
    // Neutron's API has these as strings.
    default_prefixlen: String(row.default_prefixlen),
    min_prefixlen: String(row.min_prefixlen),
    max_prefixlen: String(row.max_prefixlen),
    default_quota: row.default_quota,
    address_scope_id: row.address_scope_id,
    shared: row.shared,
    is_default: row.is_default,
  }),
};
