import { sql } from 'kysely';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { boolean, integer } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';
import {
  ownedOrShared,
  sharedFilter,
  sharedView,
  sharedWithColumn,
  type SharedRow,
} from '../rbac/access.ts';

/** A room of addresses in which no two subnet pools overlap. */
export interface AddressScopeRow extends StandardRow, SharedRow {
  readonly ip_version: 4 | 6;
  readonly shared: boolean;
}

const attributes = {
  ...standardAttributes,
  ip_version: { type: integer(4, 6), post: true, required: true, column: 'ip_version' },
  shared: {
    type: boolean,
    post: true,
    put: true,
    initial: false,
    adminSets: true,
    column: 'shared',
    filter: sharedFilter,
  },
} satisfies Attributes;

export const addressScopeNoun: Noun<AddressScopeRow> = {
  singular: 'address_scope',
  plural: 'address_scopes',
  title: 'Address Scope',
  path: '/v2.0/address-scopes',
  parameter: 'address_scope_id',
  table: 'network.address_scopes',
  attributes,
  columns: sql`o.*, ${sharedWithColumn}`,
  visible: ownedOrShared,
  personal: sharedView,
  view: (row) => ({ ...standardView(row), ip_version: row.ip_version, shared: row.shared }),
};
