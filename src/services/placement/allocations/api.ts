import { Type, type Static } from 'typebox';
import { badRequest, Fault, notFound } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { transact, type Database, type Transaction } from '../../../database/database.ts';
import { atLeast, operation, type Operation, type OperationRequest } from '../../operation.ts';
import { checkClasses } from '../classes/model.ts';
import { cached } from '../links.ts';
import { requireProvider } from '../providers/model.ts';
import {
  listAllocations,
  releaseAllocations,
  replaceAllocations,
  type Resources,
} from './model.ts';

const Amounts = Type.Record(
  Type.String({ pattern: '^[A-Z0-9_]+$' }),
  Type.Integer({ minimum: 1 }),
  {
    minProperties: 1,
  },
);
const AsList = Type.Array(
  Type.Object(
    {
      resource_provider: Type.Object({ uuid: Type.String({ format: 'uuid' }) }),
      resources: Amounts,
    },
    { additionalProperties: false },
  ),
);
const AsMap = Type.Record(
  Type.String(),
  Type.Object(
    { resources: Amounts, generation: Type.Optional(Type.Integer()) },
    { additionalProperties: false },
  ),
);
const ConsumerId = Type.String({ minLength: 1, maxLength: 255 });
const consumerMembers = {
  project_id: Type.Optional(ConsumerId),
  user_id: Type.Optional(ConsumerId),
  consumer_generation: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Null()])),
};
const PutBody = Type.Object(
  { allocations: Type.Union([AsList, AsMap]), ...consumerMembers },
  { additionalProperties: false },
);
const PostBody = Type.Record(
  Type.String(),
  Type.Object({ allocations: AsMap, ...consumerMembers }, { additionalProperties: false }),
);

/** Placement's own words for what a caller before 1.8 did not have to say. */
const UNKNOWN = '00000000-0000-0000-0000-000000000000';

const invalid = (what: string) => badRequest(`JSON does not validate: ${what}`);

/** Checks what the version asks of the body beyond its schema, and gives provider → amounts. */
function wantedOf(
  body: Static<typeof PutBody>,
  request: OperationRequest,
): Record<string, Resources> {
  const { allocations } = body;
  const asMap = atLeast(request.microversion, 12);
  if (asMap === Array.isArray(allocations))
    throw invalid(
      `allocations must be ${asMap ? 'an object keyed by resource provider' : 'an array'}.`,
    );
  for (const name of ['project_id', 'user_id'] as const)
    if (atLeast(request.microversion, 8) !== (body[name] !== undefined))
      throw invalid(
        atLeast(request.microversion, 8)
          ? `'${name}' is a required property`
          : `Additional properties are not allowed ('${name}' was unexpected)`,
      );
  if (atLeast(request.microversion, 28) !== (body.consumer_generation !== undefined))
    throw invalid(
      atLeast(request.microversion, 28)
        ? "'consumer_generation' is a required property"
        : "Additional properties are not allowed ('consumer_generation' was unexpected)",
    );
  const pairs = Array.isArray(allocations)
    ? allocations.map(
        ({ resource_provider, resources }) => [resource_provider.uuid, resources] as const,
      )
    : Object.entries(allocations).map(([id, { resources }]) => [id, resources] as const);
  if (pairs.length === 0 && !atLeast(request.microversion, 28))
    throw invalid('allocations is empty.');
  const wrong = pairs.find(([id]) => !isUuid(id));
  if (wrong) throw invalid(`'${wrong[0]}' is not the UUID of a resource provider.`);
  return Object.fromEntries(pairs);
}

/** Writes one consumer's allocations, or says what did not fit. */
async function put(
  transaction: Transaction,
  consumerId: string,
  body: Static<typeof PutBody>,
  request: OperationRequest,
): Promise<void> {
  if (!isUuid(consumerId)) throw badRequest(`Malformed consumer uuid: ${consumerId}`);
  const wanted = wantedOf(body, request);
  await checkClasses(
    transaction,
    Object.values(wanted).flatMap((resources) => Object.keys(resources)),
  );
  const result = await replaceAllocations(
    transaction,
    {
      id: consumerId,
      projectId: body.project_id ?? UNKNOWN,
      userId: body.user_id ?? UNKNOWN,
      expectedGeneration: body.consumer_generation,
    },
    wanted,
  );
  if (result.fits) return;
  const [shortage] = result.shortages;
  const detail = `Unable to allocate inventory: Unable to create allocation for '${shortage!.resourceClass}' on resource provider '${shortage!.providerId}': ${shortage!.reason}.`;
  throw shortage!.reason.startsWith('there is no such')
    ? badRequest(`Allocation for resource provider '${shortage!.providerId}' that does not exist.`)
    : new Fault('conflict', detail);
}

/** https://docs.openstack.org/api-ref/placement/#allocations */
export const allocationOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_resource_provider_allocations',
    method: 'GET',
    path: '/resource_providers/{uuid}/allocations',
    summary: 'Who has taken something of a provider',
    role: 'admin',
    projectScope: false,
    success: 200,
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      const allocations: Record<
        string,
        { resources: Record<string, number>; consumer_generation?: number }
      > = {};
      for (const row of await listAllocations(database, { providerId: provider.id })) {
        const entry = (allocations[row.consumerId] ??= {
          resources: {},
          ...(atLeast(request.microversion, 28)
            ? { consumer_generation: row.consumerGeneration }
            : {}),
        });
        entry.resources[row.resourceClass] = row.used;
      }
      return {
        body: { resource_provider_generation: provider.generation, allocations },
        headers: cached(request, provider.updatedAt),
      };
    },
  }),
  operation({
    name: 'show_allocations',
    method: 'GET',
    path: '/allocations/{consumer_uuid}',
    summary: 'What a consumer has taken',
    role: 'admin',
    projectScope: false,
    success: 200,
    async handle(request) {
      const id = request.params['consumer_uuid']!;
      const rows = isUuid(id) ? await listAllocations(database, { consumerId: id }) : [];
      const allocations: Record<string, { generation: number; resources: Record<string, number> }> =
        {};
      for (const row of rows) {
        const entry = (allocations[row.providerId] ??= {
          generation: row.providerGeneration,
          resources: {},
        });
        entry.resources[row.resourceClass] = row.used;
      }
      const [first] = rows;
      return {
        body: {
          allocations,
          ...(first && atLeast(request.microversion, 12)
            ? { project_id: first.projectId, user_id: first.userId }
            : {}),
          ...(first && atLeast(request.microversion, 28)
            ? { consumer_generation: first.consumerGeneration }
            : {}),
        },
        headers: cached(request, first?.updatedAt),
      };
    },
  }),
  operation({
    name: 'update_allocations',
    method: 'PUT',
    path: '/allocations/{consumer_uuid}',
    summary: 'Replace what a consumer has taken',
    role: 'admin',
    projectScope: false,
    success: 204,
    body: PutBody,
    async handle(request) {
      await transact(database, (transaction) =>
        put(transaction, request.params['consumer_uuid']!, request.body, request),
      );
      return {};
    },
  }),
  operation({
    name: 'manage_allocations',
    method: 'POST',
    path: '/allocations',
    summary: 'Replace what several consumers have taken, all or none',
    role: 'admin',
    projectScope: false,
    success: 204,
    since: '1.13',
    body: PostBody,
    async handle(request) {
      await transact(database, async (transaction) => {
        // One order for everybody, so that two such requests cannot wait for each other.
        for (const [id, body] of Object.entries(request.body).toSorted(([a], [b]) =>
          a < b ? -1 : 1,
        )) {
          // Here an empty set of allocations always meant "none", also before 1.28.
          if (Object.keys(body.allocations).length === 0) await releaseAllocations(transaction, id);
          else await put(transaction, id, body, request);
        }
      });
      return {};
    },
  }),
  operation({
    name: 'delete_allocations',
    method: 'DELETE',
    path: '/allocations/{consumer_uuid}',
    summary: 'Take back all that a consumer has',
    role: 'admin',
    projectScope: false,
    success: 204,
    async handle(request) {
      const id = request.params['consumer_uuid']!;
      const found =
        isUuid(id) &&
        (await transact(database, (transaction) => releaseAllocations(transaction, id)));
      if (!found) throw notFound(`No allocations for consumer '${id}'`);
      return {};
    },
  }),
];
