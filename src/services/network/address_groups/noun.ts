import { sql } from 'kysely';
import { formatCidr, parseCidr } from '../addresses/cidr.ts';
import { Invalid, type Attributes, type AttributeType } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, cidr, listOf, shown } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import {
  ownedOrShared,
  sharedFilter,
  sharedView,
  sharedWithColumn,
  type SharedRow,
} from '../rbac/access.ts';

/** A list of prefixes that rules of security groups name as their remote. */
export interface AddressGroupRow extends StandardRow, SharedRow {
  readonly addresses: string[];
}

/** Most addresses that a group has. */
export const ADDRESS_LIMIT = 10_000;

/** A prefix; what is behind it is cut off. */
const prefix = (needsLength: boolean): AttributeType => ({
  ...cidr,
  convert(value) {
    const range =
      typeof value === 'string' && (!needsLength || value.includes('/'))
        ? parseCidr(value)
        : undefined;
    if (range === undefined) {
      throw new Invalid(
        `${shown(value)} is not a valid IP subnet such as 10.0.0.0/24 or 10.0.0.5/32`,
      );
    }
    return formatCidr(range);
  },
});

/** Prefixes, each once however often it is sent. */
const prefixes = (one: AttributeType): AttributeType => ({
  ...listOf(one, ADDRESS_LIMIT),
  convert(value) {
    if (value === null) return [];
    if (!Array.isArray(value)) throw new Invalid(`${shown(value)} is not a list`);
    if (value.length > ADDRESS_LIMIT) {
      throw new Invalid(`the list has ${value.length} elements, the maximum is ${ADDRESS_LIMIT}`);
    }
    return [...new Set(value.map((address: unknown) => one.convert(address)))];
  },
});

/** Addresses to add or to remove: one without a length is a prefix of full length. */
export const addressList = prefixes(prefix(false));

const { tags: _tags, ...standard } = standardAttributes;

const attributes = {
  ...standard,
  // A new group's have their length, as Neutron wants it.
  addresses: { type: prefixes(prefix(true)), post: true, initial: [] },
  shared: { type: boolean, filter: sharedFilter },
} satisfies Attributes;

export const addressGroupNoun: Noun<AddressGroupRow> = {
  singular: 'address_group',
  plural: 'address_groups',
  title: 'Address group',
  missing: 'AddressGroupNotFound',
  path: '/v2.0/address-groups',
  parameter: 'address_group_id',
  table: 'network.address_groups',
  attributes,
  columns: sql`o.*, ${sharedWithColumn}, o.addresses::text[] as addresses`,
  visible: ownedOrShared,
  missingForOthers: true,
  personal: sharedView,
  view(row) {
    const { tags: _tagsOfRow, ...view } = standardView(row);
    return { ...view, addresses: row.addresses };
  },
};
