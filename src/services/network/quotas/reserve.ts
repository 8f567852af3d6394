import { sql, type RawBuilder } from 'kysely';
import type { Change } from '../change.ts';
import { overQuota } from '../errors.ts';
import type { NetworkDatabase } from '../tables.ts';

/** Resources with a quota: table, and how many a project may have when nothing else was set (Neutron's defaults). */
export const QUOTAS = {
  network: { table: 'network.networks', initial: 100 },
  subnet: { table: 'network.subnets', initial: 100 },
  subnetpool: { table: 'network.subnetpools', initial: -1 },
  port: { table: 'network.ports', initial: 500 },
  router: { table: 'network.routers', initial: 10 },
  floatingip: { table: 'network.floatingips', initial: 50 },
  security_group: { table: 'network.security_groups', initial: 10 },
  security_group_rule: { table: 'network.security_group_rules', initial: 100 },
  rbac_policy: { table: 'network.rbac_policies', initial: 10 },
  trunk: { table: 'network.trunks', initial: -1 },
  tap_service: { table: 'network.tap_services', initial: -1 },
  tap_flow: { table: 'network.tap_flows', initial: -1 },
} as const;

export type QuotaResource = keyof typeof QUOTAS;

/**
 * Nearer than this to its limit a project's creations go one after the other. Farther away they need not: all
 * that can be under way at once, at most `UNLOCKED` in each connection's transaction, stay below it.
 */
const NEAR = 200;
const UNLOCKED = 10;

/** How much of a resource a project has, and may have; null: as much as every project. */
export interface QuotaUse {
  readonly used: number;
  readonly maximum: number | null;
}

/** Expressions that give a `QuotaUse`. */
export const quotaColumns = (
  resource: QuotaResource,
  projectId: string | RawBuilder<unknown>,
): RawBuilder<unknown> =>
  sql`(select count(*) from ${sql.table(QUOTAS[resource].table)} where project_id = ${projectId}) as used,
    (select maximum from network.quotas
      where project_id = ${projectId} and resource = ${resource}) as maximum`;

async function usage(
  database: NetworkDatabase,
  resource: QuotaResource,
  projectId: string,
): Promise<QuotaUse> {
  const result = await sql<QuotaUse>`select ${quotaColumns(resource, projectId)}`.execute(database);
  return result.rows[0]!;
}

/**
 * Fails with OverQuota when the project may not have so many more; -1 is no limit. `known` is what the transaction
 * read just now.
 */
export async function reserve(
  change: Change,
  resource: QuotaResource,
  projectId: string,
  count = 1,
  known?: QuotaUse,
): Promise<void> {
  // Ports that belong to the cloud have no project.
  if (projectId === '') return;
  change.reserved += count;
  const first = known ?? (await usage(change.transaction, resource, projectId));
  const maximum = first.maximum ?? QUOTAS[resource].initial;
  if (maximum < 0 || (first.used + count + NEAR <= maximum && change.reserved <= UNLOCKED)) return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${`network quota ${resource} ${projectId}`}, 0))`.execute(
    change.transaction,
  );
  const { used } = await usage(change.transaction, resource, projectId);
  if (used + count > maximum) throw overQuota(resource, used, maximum);
}
