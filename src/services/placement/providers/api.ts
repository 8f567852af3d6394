import { Type } from 'typebox';
import { badRequest, Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { transact, violatedConstraint, type Database } from '../../../database/database.ts';
import { operation, type Operation } from '../../operation.ts';
import { checkClasses } from '../classes/model.ts';
import { providerNameTaken, providerNotFound } from '../errors.ts';
import { cached, newest, addressOf } from '../links.ts';
import { checkMembers, has } from '../microversions.ts';
import { checkTraits } from '../traits/model.ts';
import { normalUuid } from '../uuids.ts';
import {
  claimGeneration,
  deleteProvider,
  insertProvider,
  loadProviders,
  lockTrees,
  requireProvider,
  updateProvider,
} from './model.ts';
import { parseProviderQuery } from './query.ts';
import { placeUnder } from './rules.ts';
import { providerView } from './view.ts';

const Name = Type.String({ minLength: 1, maxLength: 200 });
const Id = Type.String({ minLength: 32, maxLength: 45 });
const Parent = Type.Optional(Type.Union([Id, Type.Null()]));
const MEMBERS = { parent_provider_uuid: { feature: 'trees', optional: true } } as const;

const uuidOf = (text: string, member: string): string => {
  const id = normalUuid(text);
  if (id === undefined)
    throw badRequest(`JSON does not validate: '${text}' is not a 'uuid' (${member})`);
  return id;
};

/** A name or id that is taken already. */
const taken = (id: string, name: string) => (error: unknown) => {
  const constraint = violatedConstraint(error);
  if (constraint === 'resource_providers_name_unique') throw providerNameTaken(`name: ${name}`);
  if (constraint === 'resource_providers_pkey') throw providerNameTaken(`uuid: ${id}`);
  throw error;
};

/** https://docs.openstack.org/api-ref/placement/#resource-providers */
export function providerOperations(database: Database): Operation[] {
  const common = { role: 'admin', projectScope: false } as const;
  return [
    operation({
      ...common,
      name: 'list_resource_providers',
      method: 'GET',
      path: '/resource_providers',
      summary: 'Resource providers, filtered',
      success: 200,
      query: Type.Object({
        name: Type.Optional(Type.String()),
        uuid: Type.Optional(Type.String()),
        member_of: Type.Optional(Type.String()),
        resources: Type.Optional(Type.String()),
        in_tree: Type.Optional(Type.String()),
        required: Type.Optional(Type.String()),
      }),
      async handle(request) {
        const query = parseProviderQuery(request);
        await checkClasses(
          database,
          query.classes,
          'Invalid resource class in resources parameter',
        );
        await checkTraits(database, query.traits, 'Invalid trait(s) in "required" parameter');
        const all = await loadProviders(database, undefined, query.classes.length > 0);
        const roots = new Map(all.map(({ id, rootId }) => [id, rootId]));
        const found = all.filter((provider) => query.matches(provider, (id) => roots.get(id)));
        return {
          body: { resource_providers: found.map((provider) => providerView(provider, request)) },
          headers: cached(request, newest(found.map(({ updatedAt }) => updatedAt))),
        };
      },
    }),
    operation({
      ...common,
      name: 'create_resource_provider',
      method: 'POST',
      path: '/resource_providers',
      summary: 'Make a resource provider',
      success: 201,
      body: Type.Object(
        { name: Name, uuid: Type.Optional(Id), parent_provider_uuid: Parent },
        { additionalProperties: false },
      ),
      async handle(request) {
        const { name, uuid, parent_provider_uuid: given } = request.body;
        checkMembers(request.microversion, request.body, MEMBERS);
        const id = uuid === undefined ? newUuid() : uuidOf(uuid, 'uuid');
        const parentId = typeof given === 'string' ? uuidOf(given, 'parent_provider_uuid') : null;
        await transact(database, async (transaction) => {
          const tree = parentId === null ? new Map() : await lockTrees(transaction, [parentId]);
          await insertProvider(transaction, {
            id,
            name,
            ...placeUnder(undefined, id, parentId, tree, false),
          });
        }).catch(taken(id, name));
        const headers = { location: addressOf(request, `/resource_providers/${id}`) };
        if (!has(request.microversion, 'providerReply')) return { headers };
        const provider = await requireProvider(database, id);
        return {
          status: 200,
          body: providerView(provider, request),
          headers: { ...headers, ...cached(request, provider.updatedAt) },
        };
      },
    }),
    operation({
      ...common,
      name: 'show_resource_provider',
      method: 'GET',
      path: '/resource_providers/{uuid}',
      summary: 'One resource provider',
      success: 200,
      async handle(request) {
        const provider = await requireProvider(database, request.params['uuid']!);
        return {
          body: providerView(provider, request),
          headers: cached(request, provider.updatedAt),
        };
      },
    }),
    operation({
      ...common,
      name: 'update_resource_provider',
      method: 'PUT',
      path: '/resource_providers/{uuid}',
      summary: 'Rename a resource provider, or give it a parent',
      success: 200,
      body: Type.Object(
        { name: Name, parent_provider_uuid: Parent },
        { additionalProperties: false },
      ),
      async handle(request) {
        const { name, parent_provider_uuid: given } = request.body;
        const { id } = await requireProvider(database, request.params['uuid']!);
        checkMembers(request.microversion, request.body, MEMBERS);
        const wanted =
          typeof given === 'string' ? uuidOf(given, 'parent_provider_uuid') : (given ?? null);
        await transact(database, async (transaction) => {
          const tree = await lockTrees(transaction, wanted === null ? [id] : [id, wanted]);
          const provider = tree.get(id);
          if (!provider) throw providerNotFound(id);
          const place =
            given === undefined
              ? provider
              : placeUnder(provider, id, wanted, tree, has(request.microversion, 'reparenting'));
          await updateProvider(transaction, id, {
            name,
            parentId: place.parentId,
            rootId: place.rootId,
          });
        }).catch(taken(id, name));
        const changed = await requireProvider(database, id);
        return {
          body: providerView(changed, request),
          headers: cached(request, changed.updatedAt),
        };
      },
    }),
    operation({
      ...common,
      name: 'delete_resource_provider',
      method: 'DELETE',
      path: '/resource_providers/{uuid}',
      summary: 'Delete a resource provider that nobody uses',
      success: 204,
      async handle(request) {
        const { id } = await requireProvider(database, request.params['uuid']!);
        await transact(database, async (transaction) => {
          await claimGeneration(transaction, id);
          await deleteProvider(transaction, id);
        }).catch((error: unknown) => {
          const constraint = violatedConstraint(error);
          if (constraint === 'resource_providers_parent_id_fkey')
            throw new Fault(
              'conflict',
              `Unable to delete parent resource provider ${id}: It has child resource providers.`,
              { type: 'placement.resource_provider.cannot_delete_parent' },
            );
          if (constraint === 'allocations_inventory_fkey')
            throw new Fault(
              'conflict',
              `Unable to delete resource provider ${id}: Resource provider has allocations.`,
              { type: 'placement.resource_provider.inuse' },
            );
          throw error;
        });
        return {};
      },
    }),
  ];
}
