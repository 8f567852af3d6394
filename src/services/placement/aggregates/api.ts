import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { transact, type Database } from '../../../database/database.ts';
import { operation, type Operation } from '../../operation.ts';
import { cached } from '../links.ts';
import { has, since } from '../microversions.ts';
import { claimGeneration, requireProvider } from '../providers/model.ts';
import { normalUuid } from '../uuids.ts';
import { replaceAggregates } from './model.ts';

const Ids = Type.Array(Type.String({ maxLength: 45 }), { uniqueItems: true, maxItems: 10_000 });

/** https://docs.openstack.org/api-ref/placement/#resource-provider-aggregates */
export function aggregateOperations(database: Database): Operation[] {
  const common = {
    role: 'admin',
    projectScope: false,
    path: '/resource_providers/{uuid}/aggregates',
    success: 200,
    since: since('aggregates'),
  } as const;
  return [
    operation({
      ...common,
      name: 'list_resource_provider_aggregates',
      method: 'GET',
      summary: 'The aggregates a provider is in',
      async handle(request) {
        const provider = await requireProvider(database, request.params['uuid']!);
        return {
          body: {
            aggregates: [...provider.aggregates],
            ...(has(request.microversion, 'aggregateGenerations')
              ? { resource_provider_generation: provider.generation }
              : {}),
          },
          headers: cached(request),
        };
      },
    }),
    operation({
      ...common,
      name: 'update_resource_provider_aggregates',
      method: 'PUT',
      summary: 'Replace the aggregates a provider is in',
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
        const wrapped = has(request.microversion, 'aggregateGenerations');
        if (wrapped === Array.isArray(body))
          throw badRequest(
            wrapped
              ? "JSON does not validate: a list is not of type 'object': from 1.19 on the body has aggregates and resource_provider_generation."
              : "JSON does not validate: an object is not of type 'array': before 1.19 the body is a list of aggregates' ids.",
          );
        const given = Array.isArray(body) ? body : body.aggregates;
        const ids = given.map((text) => {
          const id = normalUuid(text);
          if (id === undefined)
            throw badRequest(`JSON does not validate: '${text}' is not a 'uuid'`);
          return id;
        });
        const generation = await transact(database, async (transaction) => {
          // Before 1.19 the generation neither guards aggregates nor counts them.
          const claimed = Array.isArray(body)
            ? provider.generation
            : await claimGeneration(transaction, provider.id, body.resource_provider_generation);
          await replaceAggregates(transaction, provider.id, ids);
          return claimed;
        });
        return {
          body: {
            aggregates: ids,
            ...(wrapped ? { resource_provider_generation: generation } : {}),
          },
          headers: cached(request),
        };
      },
    }),
  ];
}
