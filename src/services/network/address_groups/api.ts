import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { Invalid } from '../attributes/attribute.ts';
import { document, find, findOwned } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import { ADDRESS_LIMIT, addressGroupNoun, addressList, type AddressGroupRow } from './noun.ts';
import { setAddresses } from './rules.ts';

const Body = Type.Unknown({
  properties: {
    addresses: Type.Unknown({ description: `${addressList.description}; required` }),
  },
});

function addressesOf(body: unknown): string[] {
  const given = (body as { addresses?: unknown } | null)?.addresses;
  if (given === undefined || given === null) {
    throw badRequest(
      'Missing addresses in request body: send {"addresses": ["10.0.0.0/24"]}.',
      'HTTPBadRequest',
    );
  }
  try {
    return addressList.convert(given) as string[];
  } catch (error) {
    if (!(error instanceof Invalid)) throw error;
    throw badRequest(`Invalid input for addresses. Reason: ${error.message}.`, 'HTTPBadRequest');
  }
}

/** The group's addresses and these; fails when one is there already. */
function added(group: AddressGroupRow, addresses: readonly string[]): string[] {
  const known = new Set(group.addresses);
  const twice = addresses.filter((address) => known.has(address));
  if (twice.length > 0) {
    throw badRequest(
      `Addresses ${twice.slice(0, 20).join(', ')} already exist in the address group ${group.id}.`,
      'AddressesAlreadyExist',
    );
  }
  if (group.addresses.length + addresses.length > ADDRESS_LIMIT) {
    throw badRequest(
      `Address group ${group.id} cannot have more than ${ADDRESS_LIMIT} addresses: use a shorter prefix, or another group.`,
      'HTTPBadRequest',
    );
  }
  return [...group.addresses, ...addresses];
}

/** The group's addresses without these; fails when one is not there. */
function removed(group: AddressGroupRow, addresses: readonly string[]): string[] {
  const missing = addresses.filter((address) => !group.addresses.includes(address));
  if (missing.length > 0) {
    throw notFound(
      `Addresses ${missing.slice(0, 20).join(', ')} not found in the address group ${group.id}.`,
      'AddressesNotFound',
    );
  }
  const gone = new Set(addresses);
  return group.addresses.filter((address) => !gone.has(address));
}

/** `add_addresses` and `remove_addresses`: all of the request or none. */
export function addressGroupOperations(room: Room): Operation[] {
  return [
    ['add_addresses', 'Add addresses to an address group', added] as const,
    ['remove_addresses', 'Remove addresses from an address group', removed] as const,
  ].map(([name, summary, compute]) =>
    operation({
      name,
      method: 'PUT',
      path: `${addressGroupNoun.path}/{address_group_id}/${name}`,
      summary,
      role: 'member',
      success: 200,
      body: Body,
      async handle({ caller, params, body }) {
        const addresses = addressesOf(body);
        const row = await room.commit(async (change) => {
          const { transaction } = change;
          const id = params['address_group_id']!;
          const group = await findOwned(transaction, addressGroupNoun, caller, id, name);
          await setAddresses(change, group.id, compute(group, addresses));
          return find(transaction, addressGroupNoun, caller, group.id);
        });
        return { body: { address_group: document(addressGroupNoun, row, caller) } };
      },
    }),
  );
}
