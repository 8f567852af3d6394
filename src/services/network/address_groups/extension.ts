import type { Extension } from '../drivers/extension.ts';
import { identifiedRows, textOf } from '../northbound/rows.ts';
import { addressGroupOperations } from './api.ts';
import { addressGroupNoun } from './noun.ts';
import { addressGroupOwner } from './owner.ts';
import { addressGroupRules } from './rules.ts';

/** Lists of addresses that rules name. */
export const addressGroups: Extension = {
  name: 'address groups',
  aliases: [
    { alias: 'address-group', name: 'Address group', description: 'Lists of addresses' },
    {
      alias: 'security-groups-remote-address-group',
      name: 'Remote address group id field for security group rules',
      description: 'Rules that let in what comes from an address group',
    },
  ],
  nouns: [[addressGroupNoun, addressGroupRules]],
  operations: addressGroupOperations,
  owners: [addressGroupOwner],
  rows: [
    identifiedRows('Address_Set', 'address_group', 'neutron:address_group_id', (_id, row) =>
      textOf(row, 'name'),
    ),
  ],
};
