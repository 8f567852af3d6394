import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { transact, type Database } from '../../../database/database.ts';
import { atLeast, operation, type Operation } from '../../operation.ts';
import { cached } from '../links.ts';
import { claimGeneration, requireProvider } from '../providers/model.ts';
import type { PlacementTables } from '../tables.ts';

const Ids = Type.Array(Type.String({ format: 'uuid' }), { uniqueItems: true });

/** https://docs.openstack.org/api-ref/placement/#resource-provider-aggregates */
export const aggregateOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_resource_provider_aggregates',
    method: 'GET',
    path: '/resource_providers/{uuid}/aggregates',
    summary: 'The aggregates a provider is in',
    role: 'admin',
    projectScope: false,
    success: 200,
    since: '1.1',
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      return {
        body: {
          aggregates: [...provider.aggregates],
          ...(atLeast(request.microversion, 19)
            ? { resource_provider_generation: provider.generation }
            : {}),
        },
        headers: cached(request, provider.updatedAt),
      };
    },
  }),
  operation({
    name: 'update_resource_provider_aggregates',
    method: 'PUT',
    path: '/resource_providers/{uuid}/aggregates',
    summary: 'Replace the aggregates a provider is in',
    role: 'admin',
    projectScope: false,
    success: 200,
    since: '1.1',
    body: Type.Union([
      Ids,
      Type.Object(
        { aggregates: Ids, resource_provider_generation: Type.Integer() },
        { additionalProperties: false },
      ),
    ]),
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      const { body } = request;
      const wrapped = atLeast(request.microversion, 19);
      if (wrapped === Array.isArray(body))
        throw badRequest(
          wrapped
            ? 'JSON does not validate: from 1.19 on the body is an object with aggregates and resource_provider_generation.'
            : 'JSON does not validate: before 1.19 the body is an array of aggregate ids.',
        );
      const ids = [...new Set(Array.isArray(body) ? body : body.aggregates)];
      const expected = Array.isArray(body) ? undefined : body.resource_provider_generation;
      const generation = await transact(database, async (transaction) => {
        const claimed = await claimGeneration(transaction, provider.id, expected);
        const tables = transaction.withTables<PlacementTables>();
        await tables
          .deleteFrom('placement.provider_aggregates')
          .where('provider_id', '=', provider.id)
          .execute();
        if (ids.length > 0)
          await tables
            .insertInto('placement.provider_aggregates')
            .values(ids.map((id) => ({ provider_id: provider.id, aggregate_id: id })))
            .execute();
        return claimed;
      });
      return {
        body: { aggregates: ids, ...(wrapped ? { resource_provider_generation: generation } : {}) },
        headers: cached(request),
      };
    },
  }),
];
