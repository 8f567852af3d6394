import { Type } from 'typebox';
import type { Database } from '../../../database/database.ts';
import { atLeast, operation, type Operation } from '../../operation.ts';
import { checkClasses } from '../classes/model.ts';
import { capacityOf } from '../inventories/model.ts';
import { cached } from '../links.ts';
import { loadProviders } from '../providers/model.ts';
import { checkTraits } from '../traits/model.ts';
import { candidatesOf, parseCandidateRequest } from './rules.ts';

/** https://docs.openstack.org/api-ref/placement/#allocation-candidates */
export const candidateOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_allocation_candidates',
    method: 'GET',
    path: '/allocation_candidates',
    summary: 'Providers that could serve a request, and the allocations it would take',
    role: 'admin',
    projectScope: false,
    success: 200,
    since: '1.10',
    query: Type.Object({
      resources: Type.Optional(Type.String()),
      required: Type.Optional(Type.String()),
      member_of: Type.Optional(Type.String()),
      limit: Type.Optional(Type.String()),
      group_policy: Type.Optional(Type.String()),
    }),
    async handle(request) {
      const wanted = parseCandidateRequest(request);
      await checkClasses(database, Object.keys(wanted.resources));
      await checkTraits(
        database,
        wanted.traits.flatMap(({ required, forbidden }) => [...required, ...forbidden]),
      );
      const found = candidatesOf(await loadProviders(database), wanted);
      const { resources } = wanted;
      // From 1.27 on the summaries name every class of a provider, before only those that were asked for.
      const allClasses = atLeast(request.microversion, 27);
      return {
        body: {
          allocation_requests: found.map((provider) => ({
            allocations: atLeast(request.microversion, 12)
              ? { [provider.id]: { resources } }
              : [{ resource_provider: { uuid: provider.id }, resources }],
          })),
          provider_summaries: Object.fromEntries(
            found.map((provider) => [
              provider.id,
              {
                resources: Object.fromEntries(
                  Object.entries(provider.inventories)
                    .filter(([name]) => allClasses || name in resources)
                    .map(([name, inventory]) => [
                      name,
                      { capacity: capacityOf(inventory), used: inventory.used },
                    ]),
                ),
                ...(atLeast(request.microversion, 17)
                  ? { traits: [...provider.traits].toSorted() }
                  : {}),
              },
            ]),
          ),
        },
        headers: cached(request),
      };
    },
  }),
];
