import { isUuid } from '../../../core/ids.ts';
import { badRequest } from '../../../core/errors.ts';
import { atLeast, type OperationRequest } from '../../operation.ts';
import { parseResources } from '../classes/rules.ts';
import { badQuery } from '../errors.ts';
import { capacityOf, type Inventory } from '../inventories/model.ts';
import { parseRequired, type TraitFilter } from '../traits/rules.ts';
import type { Provider } from './model.ts';

/** Why an amount of one class does not fit into an inventory; undefined when it does. */
export function shortageOf(
  inventory: (Inventory & { readonly used: number }) | undefined,
  amount: number,
): string | undefined {
  if (!inventory) return 'there is none';
  if (amount < inventory.min_unit) return `at least ${inventory.min_unit} must be taken at once`;
  if (amount > inventory.max_unit) return `at most ${inventory.max_unit} may be taken at once`;
  if (amount % inventory.step_size !== 0)
    return `only multiples of ${inventory.step_size} are given`;
  const free = capacityOf(inventory) - inventory.used;
  if (amount > free)
    return `${amount} wanted, ${Math.max(free, 0)} free (${inventory.used} of ${capacityOf(inventory)} used)`;
  return undefined;
}

/** Whether the provider could give all these amounts at once. */
export const hasRoom = (provider: Provider, resources: Readonly<Record<string, number>>): boolean =>
  Object.entries(resources).every(
    ([name, amount]) => shortageOf(provider.inventories[name], amount) === undefined,
  );

export const hasTraits = (provider: Provider, { required, forbidden }: TraitFilter): boolean =>
  required.every((trait) => provider.traits.has(trait)) &&
  !forbidden.some((trait) => provider.traits.has(trait));

/** `member_of` of a query: every element must be met; each is a list of aggregates of which one suffices. */
export function parseMemberOf(request: OperationRequest): string[][] {
  const values = request.query['member_of'] ?? [];
  if (values.length > 1 && !atLeast(request.microversion, 24))
    throw badQuery('The member_of parameter may be given only once before microversion 1.24.');
  return values.map((value) => {
    const ids = value.startsWith('in:') ? value.slice(3).split(',') : [value];
    const wrong = ids.find((id) => !isUuid(id));
    if (wrong !== undefined)
      throw badRequest(
        `Invalid query string parameters: Expected 'member_of' parameter to contain valid UUID(s). Got: ${wrong}`,
      );
    return ids;
  });
}

export const isMember = (provider: Provider, memberOf: readonly (readonly string[])[]): boolean =>
  memberOf.every((choice) => choice.some((id) => provider.aggregates.has(id)));

/** Query parameters of the provider list, with the version each appeared in. */
const PARAMETERS: Readonly<Record<string, number>> = {
  name: 0,
  uuid: 0,
  member_of: 3,
  resources: 4,
  in_tree: 14,
  required: 18,
};

/** The test that the query of a provider list describes; unknown parameters are a 400 as in placement. */
export function providerFilter(
  request: OperationRequest,
): (provider: Provider, all: readonly Provider[]) => boolean {
  for (const name of Object.keys(request.query)) {
    const since = PARAMETERS[name];
    if (since === undefined || !atLeast(request.microversion, since))
      throw badRequest(
        `Invalid query string parameters: Additional properties are not allowed ('${name}' was unexpected)`,
      );
  }
  const first = (name: string) => request.query[name]?.[0];
  const [name, uuid, tree] = [first('name'), first('uuid'), first('in_tree')];
  for (const id of [uuid, tree])
    if (id !== undefined && !isUuid(id))
      throw badRequest(`Invalid query string parameters: Invalid uuid value: ${id}`);
  const memberOf = parseMemberOf(request);
  const resources = first('resources');
  const amounts = resources === undefined ? {} : parseResources(resources);
  const required = first('required');
  const traits =
    required === undefined ? undefined : parseRequired(required, atLeast(request.microversion, 22));
  return (provider, all) =>
    (name === undefined || provider.name === name) &&
    (uuid === undefined || provider.id === uuid) &&
    (tree === undefined || provider.rootId === all.find((other) => other.id === tree)?.rootId) &&
    isMember(provider, memberOf) &&
    (traits === undefined || hasTraits(provider, traits)) &&
    hasRoom(provider, amounts);
}
