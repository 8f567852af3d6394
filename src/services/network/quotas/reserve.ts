import { sql } from 'kysely';
import type { Change } from '../change.ts';
import { overQuota } from '../errors.ts';
import type { NetworkDatabase } from '../tables.ts';

/** Resources with a quota: table, and how many a project may have when nothing else was set (Neutron's defaults). */
export const QUOTAS = {
  network: { table: 'network.networks', initial: 100 },
  subnet: { table: 'network.subnets', initial: 100 },
  port: { table: 'network.ports', initial: 500 },
  router: { table: 'network.routers', initial: 10 },
  floatingip: { table: 'network.floatingips', initial: 50 },
  security_group: { table: 'network.security_groups', initial: 10 },
  security_group_rule: { table: 'network.security_group_rules', initial: 100 },
} as const;

export type QuotaResource = keyof typeof QUOTAS;

/**
 * Nearer than this to its limit a project's creations go one after the other. Farther away they need not: all
 * that can be under way at once, at most `UNLOCKED` in each connection's transaction, stay below it.
 */
const NEAR = 200;
const UNLOCKED = 10;

async function usage(
  database: NetworkDatabase,
  resource: QuotaResource,
  projectId: string,
): Promise<{ used: number; maximum: number }> {
  const { table, initial } = QUOTAS[resource];
  const result = await sql<{ used: number; maximum: number | null }>`
    select (select count(*) from ${sql.table(table)} where project_id = ${projectId}) as used,
      (select maximum from network.quotas where project_id = ${projectId} and resource = ${resource})
    `.execute(database);
  const { used, maximum } = result.rows[0]!;
  return { used, maximum: maximum ?? initial };
}

/** Fails with OverQuota when the project may not have so many more; -1 is no limit. */
export async function reserve(
  change: Change,
  resource: QuotaResource,
  projectId: string,
  count = 1,
): Promise<void> {
  // Ports that belong to the cloud have no project.
  if (projectId === '') return;
  change.reserved += count;
  let { used, maximum } = await usage(change.transaction, resource, projectId);
  if (maximum < 0 || (used + count + NEAR <= maximum && change.reserved <= UNLOCKED)) return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`network quota ${resource} ${projectId}`}, 0))`.execute(
    change.transaction,
  );
  ({ used, maximum } = await usage(change.transaction, resource, projectId));
  if (maximum >= 0 && used + count > maximum) throw overQuota(resource, used, maximum);
}
