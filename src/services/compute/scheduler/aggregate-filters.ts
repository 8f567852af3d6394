import { meets } from './extra-specs.ts';
import type { Filter } from './filter.ts';
import type { HostState } from './state.ts';

const SCOPE = 'aggregate_instance_extra_specs:';

/** All values that the host's aggregates give a key; each may be a list with commas. */
const valuesOf = ({ aggregates }: HostState, key: string): string[] =>
  aggregates.flatMap(({ metadata }) =>
    Object.hasOwn(metadata, key)
      ? [metadata[key]!, ...metadata[key]!.split(',').map((part) => part.trim())]
      : [],
  );

/** What aggregates say of their hosts. */
export const AGGREGATE_FILTERS: readonly Filter[] = [
  {
    name: 'AggregateInstanceExtraSpecsFilter',
    short: 'are in no aggregate that the flavor asks for',
    why(state, { flavor }, { aggregateKeys }) {
      for (const [spec, asked] of Object.entries(flavor.extraSpecs)) {
        const isScoped = spec.startsWith(SCOPE);
        const key = isScoped ? spec.slice(SCOPE.length) : spec;
        // Without its scope a key is meant for aggregates only if one of them speaks of it.
        if (!isScoped && (key.includes(':') || !aggregateKeys.has(key))) continue;
        if (!valuesOf(state, key).some((value) => meets(value, asked)))
          return `none of its aggregates has ${key}=${asked}, which the flavor asks for`;
      }
      return undefined;
    },
  },
  {
    name: 'AggregateImagePropertiesIsolation',
    short: 'are kept for other images',
    why(state, { imageProperties }) {
      for (const [key, value] of Object.entries(imageProperties)) {
        const allowed = valuesOf(state, key);
        if (allowed.length > 0 && !allowed.includes(value))
          return `its aggregates are for images with ${key}=${allowed[0]}, this one has ${value}`;
      }
      return undefined;
    },
  },
  {
    name: 'AggregateMultiTenancyIsolation',
    short: 'are kept for other projects',
    why(state, { projectId }) {
      const allowed = valuesOf(state, 'filter_tenant_id');
      return allowed.length > 0 && !allowed.includes(projectId)
        ? 'its aggregates are for other projects (filter_tenant_id)'
        : undefined;
    },
  },
];
