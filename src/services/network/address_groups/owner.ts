import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredAddressGroup, type AddressGroupState } from './desired.ts';

export const addressGroupOwner = ownerKind<AddressGroupState>({
  kind: 'address_group',
  query: sql`select o.id, o.revision_number, o.addresses::text[] as addresses
    from network.address_groups o`,
  desired: desiredAddressGroup,
});
