import { Type } from 'typebox';
import { badRequest, conflict, Fault } from '../../../core/errors.ts';
import { isUuid, newUuid } from '../../../core/ids.ts';
import { transact, violatedConstraint, type Database } from '../../../database/database.ts';
import { atLeast, operation, type Operation, type OperationRequest } from '../../operation.ts';
import { checkClasses } from '../classes/model.ts';
import { parseResources } from '../classes/rules.ts';
import { providerNameTaken } from '../errors.ts';
import { cached, pathOf } from '../links.ts';
import { checkTraits } from '../traits/model.ts';
import { parseRequired } from '../traits/rules.ts';
import {
  claimGeneration,
  deleteProvider,
  insertProvider,
  loadProviders,
  requireProvider,
  updateProvider,
} from './model.ts';
import { providerFilter } from './rules.ts';
import { providerView } from './view.ts';

const Name = Type.String({ minLength: 1, maxLength: 200 });
const Parent = Type.Optional(Type.Union([Type.String({ format: 'uuid' }), Type.Null()]));

/** Id and root of the parent that a request names; 400 when there is none, or when the version knows no parents. */
async function parentOf(
  database: Database,
  request: OperationRequest,
  parentId: string | null | undefined,
) {
  if (parentId === undefined || parentId === null) return undefined;
  if (!atLeast(request.microversion, 14))
    throw badRequest(
      "JSON does not validate: Additional properties are not allowed ('parent_provider_uuid' was unexpected)",
    );
  const [parent] = isUuid(parentId) ? await loadProviders(database, [parentId]) : [];
  if (!parent)
    throw badRequest(`Invalid parent_provider_uuid: no resource provider ${parentId} exists.`);
  return parent;
}

const nameTaken = (name: string) => (error: unknown) => {
  const constraint = violatedConstraint(error);
  if (constraint === 'resource_providers_name_unique') throw providerNameTaken(name);
  if (constraint === 'resource_providers_pkey')
    throw conflict(
      `Conflicting resource provider uuid: it already exists.`,
      'placement.duplicate_name',
    );
  throw error;
};

/** https://docs.openstack.org/api-ref/placement/#resource-providers */
export const providerOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_resource_providers',
    method: 'GET',
    path: '/resource_providers',
    summary: 'Resource providers, filtered',
    role: 'admin',
    projectScope: false,
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
      const matches = providerFilter(request);
      const resources = request.query['resources']?.[0];
      if (resources !== undefined)
        await checkClasses(database, Object.keys(parseResources(resources)));
      const required = request.query['required']?.[0];
      if (required !== undefined) {
        const traits = parseRequired(required, true);
        await checkTraits(database, [...traits.required, ...traits.forbidden]);
      }
      const all = await loadProviders(database);
      const found = all.filter((provider) => matches(provider, all));
      return {
        body: { resource_providers: found.map((provider) => providerView(provider, request)) },
        headers: cached(request),
      };
    },
  }),
  operation({
    name: 'create_resource_provider',
    method: 'POST',
    path: '/resource_providers',
    summary: 'Make a resource provider',
    role: 'admin',
    projectScope: false,
    success: 201,
    body: Type.Object(
      {
        name: Name,
        uuid: Type.Optional(Type.String({ format: 'uuid' })),
        parent_provider_uuid: Parent,
      },
      { additionalProperties: false },
    ),
    async handle(request) {
      const { name, parent_provider_uuid } = request.body;
      const id = request.body.uuid?.toLowerCase() ?? newUuid();
      if (!isUuid(id)) throw badRequest(`JSON does not validate: uuid '${id}' is not a UUID.`);
      const parent = await parentOf(database, request, parent_provider_uuid);
      await transact(database, (transaction) =>
        insertProvider(transaction, {
          id,
          name,
          parentId: parent?.id ?? null,
          rootId: parent?.rootId ?? id,
        }),
      ).catch(nameTaken(name));
      const headers = { location: pathOf(request, `/resource_providers/${id}`) };
      if (!atLeast(request.microversion, 20)) return { headers };
      const provider = await requireProvider(database, id);
      return {
        status: 200,
        body: providerView(provider, request),
        headers: { ...headers, ...cached(request, provider.updatedAt) },
      };
    },
  }),
  operation({
    name: 'show_resource_provider',
    method: 'GET',
    path: '/resource_providers/{uuid}',
    summary: 'One resource provider',
    role: 'admin',
    projectScope: false,
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
    name: 'update_resource_provider',
    method: 'PUT',
    path: '/resource_providers/{uuid}',
    summary: 'Rename a resource provider',
    role: 'admin',
    projectScope: false,
    success: 200,
    body: Type.Object(
      { name: Name, parent_provider_uuid: Parent },
      { additionalProperties: false },
    ),
    async handle(request) {
      const { name, parent_provider_uuid } = request.body;
      const provider = await requireProvider(database, request.params['uuid']!);
      const parent = await parentOf(database, request, parent_provider_uuid);
      const unchanged =
        parent_provider_uuid === undefined || parent_provider_uuid === provider.parentId;
      if (!unchanged && provider.parentId !== null)
        throw badRequest('Unable to re-parent a provider that has a parent already.');
      if (parent && parent.rootId === provider.id)
        throw badRequest('Creating loop in the provider tree is not allowed.');
      await transact(database, (transaction) =>
        updateProvider(transaction, provider.id, {
          name,
          parentId: unchanged ? provider.parentId : (parent?.id ?? null),
          rootId: unchanged ? provider.rootId : (parent?.rootId ?? provider.id),
        }),
      ).catch(nameTaken(name));
      const changed = await requireProvider(database, provider.id);
      return { body: providerView(changed, request), headers: cached(request, changed.updatedAt) };
    },
  }),
  operation({
    name: 'delete_resource_provider',
    method: 'DELETE',
    path: '/resource_providers/{uuid}',
    summary: 'Delete a resource provider that nobody uses',
    role: 'admin',
    projectScope: false,
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
            {
              type: 'placement.resource_provider.cannot_delete_parent',
            },
          );
        if (constraint === 'allocations_inventory_fkey')
          throw new Fault(
            'conflict',
            `Unable to delete resource provider ${id}: Resource provider has allocations.`,
            {
              type: 'placement.resource_provider.inuse',
            },
          );
        throw error;
      });
      return {};
    },
  }),
];
