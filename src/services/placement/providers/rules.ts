import { badRequest } from '../../../core/errors.ts';
import { capacityOf, type Inventory } from '../inventories/model.ts';
import type { Provider } from './model.ts';

/** What of an inventory is taken. */
export type Taken = Inventory & { readonly used: number };

/** Why an amount of one class does not fit into an inventory; undefined when it does. */
export function shortageOf(inventory: Taken | undefined, amount: number): string | undefined {
  if (!inventory) return 'there is none';
  if (amount < inventory.min_unit) return `at least ${inventory.min_unit} must be taken at once`;
  if (amount > inventory.max_unit) return `at most ${inventory.max_unit} may be taken at once`;
  if (amount % inventory.step_size !== 0)
    return `only multiples of ${inventory.step_size} are given`;
  const free = capacityOf(inventory) - inventory.used;
  if (amount > free)
    return `The requested amount would exceed the capacity: ${amount} wanted, ${Math.max(free, 0)} free (${inventory.used} of ${capacityOf(inventory)} used)`;
  return undefined;
}

/** Whether the provider could give all these amounts at once. */
export const hasRoom = (provider: Provider, resources: Readonly<Record<string, number>>): boolean =>
  Object.entries(resources).every(
    ([name, amount]) => shortageOf(provider.inventories[name], amount) === undefined,
  );

const refuse = (action: 'create' | 'save', id: string, reason: string) =>
  badRequest(`Unable to ${action} resource provider ${id}: ${reason}`);

/**
 * Where a provider comes to stand with this parent (null: nowhere, it is a root). `tree` holds all providers of the
 * parent's tree and of its own. Fails with 400 where placement does: a parent that is not there, itself, below itself,
 * or a second one before 1.37.
 */
export function placeUnder(
  provider: Pick<Provider, 'id' | 'parentId'> | undefined,
  id: string,
  parentId: string | null,
  tree: ReadonlyMap<string, Pick<Provider, 'id' | 'parentId' | 'rootId'>>,
  mayMove: boolean,
): { parentId: string | null; rootId: string } {
  const action = provider ? 'save' : 'create';
  if (parentId === null) {
    if (provider && provider.parentId !== null && !mayMove)
      throw refuse(action, id, 'un-parenting a provider is not currently allowed.');
    return { parentId, rootId: id };
  }
  if (parentId === id && !provider)
    throw refuse(
      action,
      id,
      'parent provider UUID cannot be same as UUID. Please set parent provider UUID to None if there is no parent.',
    );
  const parent = tree.get(parentId);
  if (!parent) throw refuse(action, id, 'parent provider UUID does not exist.');
  if (provider && provider.parentId !== null && provider.parentId !== parentId && !mayMove)
    throw refuse(action, id, 're-parenting a provider is not currently allowed.');
  for (
    let above: string | null | undefined = parentId;
    above;
    above = tree.get(above)?.parentId ?? null
  )
    if (above === id)
      throw refuse(action, id, 'creating loop in the provider tree is not allowed.');
  return { parentId, rootId: parent.rootId };
}
