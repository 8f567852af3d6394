import { sql } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';
import { tablesOf } from '../tables.ts';
import { DEFAULTS, RESOURCES, type Resource } from './rules.ts';

export type Limits = Record<Resource, number>;

/** Defaults, with those that an operator changed. */
export async function defaultLimits(database: Database | Transaction): Promise<Limits> {
  const rows = await tablesOf(database)
    .selectFrom('compute.quota_classes')
    .select(['resource', 'hard_limit'])
    .where('class', '=', 'default')
    .execute();
  return merge(DEFAULTS, rows);
}

/** A project's limits: its own where it has some, else the defaults. -1 is "no limit". */
export async function limitsOf(
  database: Database | Transaction,
  projectId: string,
): Promise<Limits> {
  const { rows } = await sql<{ resource: string; hard_limit: number; own: boolean }>`
    select resource, hard_limit, false as own from compute.quota_classes where class = 'default'
    union all
    select resource, hard_limit, true from compute.quotas where project_id = ${projectId}
    order by own
  `.execute(database);
  return merge(DEFAULTS, rows);
}

/** A user's limits in a project: those of the user where there are some, else the project's. */
export async function userLimitsOf(
  database: Database | Transaction,
  projectId: string,
  userId: string,
): Promise<Limits> {
  const [limits, rows] = [
    await limitsOf(database, projectId),
    await tablesOf(database)
      .selectFrom('compute.user_quotas')
      .select(['resource', 'hard_limit'])
      .where('project_id', '=', projectId)
      .where('user_id', '=', userId)
      .execute(),
  ];
  return merge(limits, rows);
}

/**
 * What servers may take of a project, and what they have: the project's limits with the use of all its servers, and
 * those of the user with the use of the user's. A request must fit into each.
 */
export async function budgetsOf(
  transaction: Transaction,
  projectId: string,
  userId: string,
): Promise<[project: Budget, user: Budget]> {
  return [
    {
      limits: await limitsOf(transaction, projectId),
      usage: await usageOf(transaction, projectId),
    },
    {
      limits: await userLimitsOf(transaction, projectId, userId),
      usage: await usageOf(transaction, projectId, userId),
    },
  ];
}

/** Limits, and what of them is taken. */
export interface Budget {
  readonly limits: Limits;
  readonly usage: Usage;
}

const merge = (
  base: Limits,
  rows: readonly { resource: string; hard_limit: number }[],
): Limits => ({
  ...base,
  ...Object.fromEntries(
    rows
      .filter((row) => (RESOURCES as readonly string[]).includes(row.resource))
      .map((row) => [row.resource, row.hard_limit]),
  ),
});

/** What a project has taken of what is counted. */
export interface Usage {
  readonly instances: number;
  readonly cores: number;
  readonly ram: number;
}

/** Sums over the project's servers, those being deleted included: they still have their containers. */
export async function usageOf(
  database: Database | Transaction,
  projectId: string,
  userId?: string,
): Promise<Usage> {
  const ofUser = userId === undefined ? sql`` : sql`and user_id = ${userId}`;
  const { rows } = await sql<Usage>`
    select count(*) as instances,
      coalesce(sum((flavor->>'vcpus')::bigint), 0)::bigint as cores,
      coalesce(sum((flavor->>'memoryMb')::bigint), 0)::bigint as ram
    from compute.servers where project_id = ${projectId} and deleted_at is null ${ofUser}
  `.execute(database);
  return rows[0]!;
}

/** Until the transaction ends, no other one makes servers in this project: what is counted stays true. */
export async function lockQuota(transaction: Transaction, projectId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('compute.quota ' || ${projectId}, 0))`.execute(
    transaction,
  );
}

/** Sets limits of a project, or of a user in it. */
export async function setLimits(
  database: Database,
  projectId: string,
  limits: Partial<Limits>,
  userId?: string,
): Promise<void> {
  const rows = Object.entries(limits).map(([resource, hard_limit]) => ({
    project_id: projectId,
    resource,
    hard_limit,
  }));
  if (rows.length === 0) return;
  if (userId === undefined)
    await tablesOf(database)
      .insertInto('compute.quotas')
      .values(rows)
      .onConflict((clash) =>
        clash
          .columns(['project_id', 'resource'])
          .doUpdateSet((excluded) => ({ hard_limit: excluded.ref('excluded.hard_limit') })),
      )
      .execute();
  else
    await tablesOf(database)
      .insertInto('compute.user_quotas')
      .values(rows.map((row) => ({ ...row, user_id: userId })))
      .onConflict((clash) =>
        clash
          .columns(['project_id', 'user_id', 'resource'])
          .doUpdateSet((excluded) => ({ hard_limit: excluded.ref('excluded.hard_limit') })),
      )
      .execute();
}

/** Back to the defaults for a project and all its users; or, for one user, to the project's. */
export async function clearLimits(
  database: Database,
  projectId: string,
  userId?: string,
): Promise<void> {
  const tables = tablesOf(database);
  const ofUsers = tables.deleteFrom('compute.user_quotas').where('project_id', '=', projectId);
  if (userId !== undefined) {
    await ofUsers.where('user_id', '=', userId).execute();
    return;
  }
  await ofUsers.execute();
  await tables.deleteFrom('compute.quotas').where('project_id', '=', projectId).execute();
}

export async function setDefaultLimits(database: Database, limits: Partial<Limits>): Promise<void> {
  const rows = Object.entries(limits).map(([resource, hard_limit]) => ({
    class: 'default',
    resource,
    hard_limit,
  }));
  if (rows.length === 0) return;
  await tablesOf(database)
    .insertInto('compute.quota_classes')
    .values(rows)
    .onConflict((clash) =>
      clash
        .columns(['class', 'resource'])
        .doUpdateSet((excluded) => ({ hard_limit: excluded.ref('excluded.hard_limit') })),
    )
    .execute();
}
