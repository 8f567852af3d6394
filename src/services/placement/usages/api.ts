import { Type } from 'typebox';
import { badRequest, forbidden } from '../../../core/errors.ts';
import type { Database } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { usageOf, type UsageRow } from '../allocations/model.ts';
import { UNKNOWN_TYPE } from '../allocations/view.ts';
import { cached } from '../links.ts';
import { checkParameters, has, since } from '../microversions.ts';
import { requireProvider } from '../providers/model.ts';

const PARAMETERS = {
  project_id: 'always',
  user_id: 'always',
  consumer_type: 'consumerTypeFilter',
} as const;

/** The last value of a parameter, 1 to 255 characters. */
function parameter(request: OperationRequest, name: string): string | undefined {
  const text = request.query[name]?.at(-1);
  if (text !== undefined && (text === '' || text.length > 255))
    throw badRequest(
      `Invalid query string parameters: '${text.slice(0, 255)}' is too ${text === '' ? 'short' : 'long'} (${name})`,
    );
  return text;
}

/** Sums by class, whatever the type; from 1.38 on by type, with the number of its consumers. */
function usagesView(rows: readonly UsageRow[], request: OperationRequest): object {
  const byClass: Record<string, number> = {};
  if (!has(request.microversion, 'usagesByConsumerType')) {
    for (const { resourceClass, used } of rows)
      byClass[resourceClass] = (byClass[resourceClass] ?? 0) + used;
    return byClass;
  }
  const wanted = parameter(request, 'consumer_type');
  if (wanted !== undefined && !/^(?:[A-Z0-9_]+|all|unknown)$/.test(wanted))
    throw badRequest(
      `Invalid query string parameters: '${wanted}' does not match '^[A-Z0-9_]+$|^all|^unknown$'`,
    );
  const usages: Record<string, Record<string, number>> = {};
  const counted = new Set<string | null>();
  for (const { type, resourceClass, used, consumers } of rows) {
    const name = type ?? UNKNOWN_TYPE;
    if (wanted !== undefined && wanted !== 'all' && wanted !== name) continue;
    const entry = (usages[wanted === 'all' ? 'all' : name] ??= { consumer_count: 0 });
    entry[resourceClass] = (entry[resourceClass] ?? 0) + used;
    if (!counted.has(type)) entry['consumer_count'] = entry['consumer_count']! + consumers;
    counted.add(type);
  }
  return usages;
}

/** https://docs.openstack.org/api-ref/placement/#usages */
export const usageOperations = (database: Database): Operation[] => [
  operation({
    name: 'list_resource_provider_usages',
    method: 'GET',
    path: '/resource_providers/{uuid}/usages',
    summary: 'How much of a provider is taken',
    role: 'admin',
    projectScope: false,
    success: 200,
    async handle(request) {
      const provider = await requireProvider(database, request.params['uuid']!);
      return {
        body: {
          resource_provider_generation: provider.generation,
          usages: Object.fromEntries(
            Object.entries(provider.inventories).map(([name, inventory]) => [name, inventory.used]),
          ),
        },
        headers: cached(request),
      };
    },
  }),
  operation({
    name: 'list_usages',
    method: 'GET',
    path: '/usages',
    summary: 'How much a project has taken',
    role: 'reader',
    projectScope: false,
    success: 200,
    since: since('usages'),
    query: Type.Object({
      project_id: Type.Optional(Type.String()),
      user_id: Type.Optional(Type.String()),
      consumer_type: Type.Optional(Type.String()),
    }),
    async handle(request) {
      checkParameters(request, PARAMETERS);
      const projectId = parameter(request, 'project_id');
      const userId = parameter(request, 'user_id');
      if (projectId === undefined)
        throw badRequest("Invalid query string parameters: 'project_id' is a required property");
      if (!request.caller.isAdmin && request.caller.projectId !== projectId)
        throw forbidden('The usages of another project are only for administrators.');
      const rows = await usageOf(database, projectId, userId);
      return { body: { usages: usagesView(rows, request) }, headers: cached(request) };
    },
  }),
];
