import type { DesiredRow } from '../../../ovn/desired.ts';
import { addressSetName } from '../northbound/names.ts';

/** What an address group's rows are made of. */
export interface AddressGroupState {
  readonly id: string;
  readonly revision_number: number;
  /** Prefixes of both IP versions. */
  readonly addresses: readonly string[];
}

/** An address group is a set of addresses for each IP version; one without addresses is there and empty. */
export function desiredAddressGroup(group: AddressGroupState): DesiredRow[] {
  return ([4, 6] as const).map((version) => {
    const name = addressSetName(group.id, version);
    return {
      table: 'Address_Set',
      key: name,
      columns: {
        name,
        addresses: group.addresses.filter((address) => address.includes(':') === (version === 6)),
        external_ids: {
          'neutron:address_group_id': group.id,
          'neutron:revision_number': String(group.revision_number),
        },
      },
    };
  });
}
