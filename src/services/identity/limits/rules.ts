import { forbidden } from '../../../core/errors.ts';
import type { Tables } from '../context.ts';
import { limitsBelow, selectLimits, type StoredLimit } from './model.ts';

/** How the limits of projects and of their domains go together: option `unified_limit.enforcement_model`. */
export const MODELS = {
  flat: 'Limit enforcement and validation does not take project hierarchy into consideration.',
  strict_two_level: 'This model requires project hierarchy never exceeds a depth of two',
} as const;

/** -1 is no limit: more than every other. */
const size = (limit: number): number => (limit < 0 ? Infinity : limit);

/**
 * Fails when the limit does not fit the model: with `strict_two_level` a project has at most what its domain has,
 * and a domain at least what each of its projects has.
 */
export async function checkHierarchy(
  tables: Tables,
  model: keyof typeof MODELS,
  limit: StoredLimit,
): Promise<void> {
  if (model === 'flat') return;
  const wrong = forbidden(
    `Invalid resource limit: The resource limit (${limit.is_domain ? 'domain_id' : 'project_id'}: ${limit.project_id}, resource_name: ${limit.resource_name}, resource_limit: ${limit.resource_limit}, service_id: ${limit.service_id}, region_id: ${limit.region_id}) doesn't satisfy current hierarchy model: a project has at most what its domain has.`,
  );
  if (limit.is_domain) {
    const below = await limitsBelow(tables, limit.project_id, limit.registered_limit_id);
    if (below.some((other) => size(other.resource_limit) > size(limit.resource_limit))) throw wrong;
    return;
  }
  const above = await selectLimits(tables)
    .where('l.project_id', '=', limit.parent_id ?? '')
    .where('l.registered_limit_id', '=', limit.registered_limit_id)
    .executeTakeFirst();
  const most = above?.resource_limit ?? limit.default_limit;
  if (size(limit.resource_limit) > size(most)) throw wrong;
}
