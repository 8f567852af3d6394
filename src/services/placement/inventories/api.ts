import { Type, type Static } from 'typebox';
import { badRequest, conflict, Fault, notFound } from '../../../core/errors.ts';
import { transact, type Database, type Transaction } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { checkClasses } from '../classes/model.ts';
import { cached, addressOf } from '../links.ts';
import { has } from '../microversions.ts';
import {
  claimGeneration,
  loadProviders,
  requireProvider,
  type Provider,
} from '../providers/model.ts';
import {
  completeInventory,
  deleteInventory,
  MAXIMUM,
  putInventories,
  replaceInventories,
  type Inventory,
} from './model.ts';

const Unit = Type.Optional(Type.Integer({ minimum: 1, maximum: MAXIMUM }));
const inventoryMembers = {
  total: Type.Integer({ minimum: 1, maximum: MAXIMUM }),
  reserved: Type.Optional(Type.Integer({ minimum: 0, maximum: MAXIMUM })),
  min_unit: Unit,
  max_unit: Unit,
  step_size: Unit,
  allocation_ratio: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 3.40282e38 })),
};
const generation = { resource_provider_generation: Type.Integer() };
const maybeGeneration = { resource_provider_generation: Type.Optional(Type.Integer()) };
const InventoryBody = Type.Object(
  { ...maybeGeneration, ...inventoryMembers },
  { additionalProperties: false },
);
const Single = Type.Object({ ...generation, ...inventoryMembers }, { additionalProperties: false });
/** What replaces all that a provider has. */
export const ProviderInventories = Type.Object(
  {
    ...generation,
    inventories: Type.Record(Type.String({ maxLength: 255 }), InventoryBody),
  },
  { additionalProperties: false },
);
const Created = Type.Object(
  {
    ...maybeGeneration,
    resource_class: Type.String({ pattern: '^[A-Z0-9_]+$', maxLength: 255 }),
    ...inventoryMembers,
  },
  { additionalProperties: false },
);

const view = ({ total, reserved, min_unit, max_unit, step_size, allocation_ratio }: Inventory) => ({
  total,
  reserved,
  min_unit,
  max_unit,
  step_size,
  allocation_ratio,
});

const allView = (provider: Provider) => ({
  resource_provider_generation: provider.generation,
  inventories: Object.fromEntries(
    Object.entries(provider.inventories).map(([name, inventory]) => [name, view(inventory)]),
  ),
});

const complete = (request: OperationRequest, name: string, given: Static<typeof InventoryBody>) =>
  completeInventory(name, given, has(request.microversion, 'fullyReserved'));

const single = (provider: Provider, name: string) => {
  const inventory = provider.inventories[name];
  if (!inventory) throw notFound(`No inventory of class ${name.slice(0, 255)} for ${provider.id}`);
  return { resource_provider_generation: provider.generation, ...view(inventory) };
};

/** https://docs.openstack.org/api-ref/placement/#resource-provider-inventories */
export function inventoryOperations(database: Database): Operation[] {
  const common = { role: 'admin', projectScope: false } as const;
  const find = (request: OperationRequest) => requireProvider(database, request.params['uuid']!);
  /** Changes a provider's inventories from the generation that the client saw, and reads it again. */
  const change = async (
    provider: Provider,
    expected: number | undefined,
    work: (transaction: Transaction) => Promise<void>,
  ): Promise<Provider> => {
    await transact(database, async (transaction) => {
      await claimGeneration(transaction, provider.id, expected);
      await work(transaction);
    });
    return requireProvider(database, provider.id);
  };
  return [
    operation({
      ...common,
      name: 'list_inventories',
      method: 'GET',
      path: '/resource_providers/{uuid}/inventories',
      summary: 'What a provider has',
      success: 200,
      async handle(request) {
        const provider = await find(request);
        return { body: allView(provider), headers: cached(request, provider.updatedAt) };
      },
    }),
    operation({
      ...common,
      name: 'create_inventory',
      method: 'POST',
      path: '/resource_providers/{uuid}/inventories',
      summary: 'Add one resource class to a provider',
      success: 201,
      body: Created,
      async handle(request) {
        const provider = await find(request);
        const {
          resource_class: name,
          resource_provider_generation: expected,
          ...given
        } = request.body;
        const inventory = complete(request, name, given);
        const changed = await change(provider, expected, async (transaction) => {
          await checkClasses(
            transaction,
            [name],
            `Unable to create inventory for resource provider ${provider.id}`,
          );
          const [present] = await loadProviders(transaction, [provider.id]);
          if (present?.inventories[name])
            throw conflict(
              `Update conflict: inventory of class ${name} exists on ${provider.id}; change it with PUT.`,
              'placement.concurrent_update',
            );
          await putInventories(transaction, provider.id, { [name]: inventory });
        });
        return {
          body: single(changed, name),
          headers: {
            location: addressOf(request, `/resource_providers/${provider.id}/inventories/${name}`),
            ...cached(request, changed.updatedAt),
          },
        };
      },
    }),
    operation({
      ...common,
      name: 'replace_inventories',
      method: 'PUT',
      path: '/resource_providers/{uuid}/inventories',
      summary: 'Replace all that a provider has',
      success: 200,
      body: ProviderInventories,
      async handle(request) {
        const provider = await find(request);
        const inventories = Object.fromEntries(
          Object.entries(request.body.inventories).map(([name, given]) => [
            name,
            complete(request, name, given),
          ]),
        );
        const changed = await change(
          provider,
          request.body.resource_provider_generation,
          async (transaction) => {
            await checkClasses(
              transaction,
              Object.keys(inventories),
              `Unknown resource class in inventory for resource provider ${provider.id}`,
            );
            await replaceInventories(transaction, provider.id, inventories);
          },
        );
        return { body: allView(changed), headers: cached(request, changed.updatedAt) };
      },
    }),
    operation({
      ...common,
      name: 'delete_inventories',
      method: 'DELETE',
      path: '/resource_providers/{uuid}/inventories',
      summary: 'Remove all that a provider has',
      success: 204,
      async handle(request) {
        if (!has(request.microversion, 'deleteInventories'))
          throw new Fault('methodNotAllowed', 'Inventories are deleted together from 1.5 on.');
        const provider = await find(request);
        await change(provider, undefined, (transaction) =>
          replaceInventories(transaction, provider.id, {}),
        );
        return {};
      },
    }),
    operation({
      ...common,
      name: 'show_inventory',
      method: 'GET',
      path: '/resource_providers/{uuid}/inventories/{resource_class}',
      summary: 'How much a provider has of one class',
      success: 200,
      async handle(request) {
        const provider = await find(request);
        return {
          body: single(provider, request.params['resource_class']!),
          headers: cached(request, provider.updatedAt),
        };
      },
    }),
    operation({
      ...common,
      name: 'update_inventory',
      method: 'PUT',
      path: '/resource_providers/{uuid}/inventories/{resource_class}',
      summary: 'Change how much a provider has of one class',
      success: 200,
      body: Single,
      async handle(request) {
        const provider = await find(request);
        const name = request.params['resource_class']!;
        const { resource_provider_generation: expected, ...given } = request.body;
        const inventory = complete(request, name, given);
        const changed = await change(provider, expected, async (transaction) => {
          const [present] = await loadProviders(transaction, [provider.id]);
          if (!present?.inventories[name])
            throw badRequest(
              `No inventory record with resource class for resource provider ${provider.id}: there is no ${name.slice(0, 255)}, make it with POST.`,
            );
          await putInventories(transaction, provider.id, { [name]: inventory });
        });
        return { body: single(changed, name), headers: cached(request, changed.updatedAt) };
      },
    }),
    operation({
      ...common,
      name: 'delete_inventory',
      method: 'DELETE',
      path: '/resource_providers/{uuid}/inventories/{resource_class}',
      summary: 'Remove one class from a provider',
      success: 204,
      async handle(request) {
        const provider = await find(request);
        await change(provider, undefined, (transaction) =>
          deleteInventory(transaction, provider.id, request.params['resource_class']!),
        );
        return {};
      },
    }),
  ];
}
