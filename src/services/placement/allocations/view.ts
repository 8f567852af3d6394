import type { Microversion } from '../../operation.ts';
import { has } from '../microversions.ts';
import type { Provider } from '../providers/model.ts';
import type { Allocation } from './model.ts';

/** How a type that was never said is shown. */
export const UNKNOWN_TYPE = 'unknown';

/** `GET /allocations/{consumer}` */
export function consumerView(rows: readonly Allocation[], version: Microversion): object {
  const allocations: Record<string, { generation: number; resources: Record<string, number> }> = {};
  for (const row of rows) {
    const entry = (allocations[row.providerId] ??= {
      generation: row.providerGeneration,
      resources: {},
    });
    entry.resources[row.resourceClass] = row.used;
  }
  const [first] = rows;
  if (!first) return { allocations };
  return {
    allocations,
    // With the form by provider came the owner into this document.
    ...(has(version, 'allocationsByProvider')
      ? { project_id: first.projectId, user_id: first.userId }
      : {}),
    ...(has(version, 'consumerGeneration')
      ? { consumer_generation: first.consumerGeneration }
      : {}),
    ...(has(version, 'consumerType') ? { consumer_type: first.consumerType ?? UNKNOWN_TYPE } : {}),
  };
}

/** `GET /resource_providers/{uuid}/allocations` */
export function providerAllocationsView(
  provider: Provider,
  rows: readonly Allocation[],
  version: Microversion,
): object {
  const allocations: Record<
    string,
    { resources: Record<string, number>; consumer_generation?: number }
  > = {};
  for (const row of rows) {
    const entry = (allocations[row.consumerId] ??= {
      resources: {},
      ...(has(version, 'consumerGeneration')
        ? { consumer_generation: row.consumerGeneration }
        : {}),
    });
    entry.resources[row.resourceClass] = row.used;
  }
  return { resource_provider_generation: provider.generation, allocations };
}
