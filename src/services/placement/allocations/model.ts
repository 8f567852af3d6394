import { sql } from 'kysely';
import type { Database, Transaction } from '../../../database/database.ts';

export interface Allocation {
  readonly consumerId: string;
  readonly consumerGeneration: number;
  readonly consumerType: string | null;
  readonly projectId: string;
  readonly userId: string;
  readonly providerId: string;
  readonly providerGeneration: number;
  readonly resourceClass: string;
  readonly used: number;
  readonly updatedAt: Date;
}

/** Allocations of one consumer or on one provider. */
export async function listAllocations(
  database: Database | Transaction,
  by: { consumerId: string } | { providerId: string },
): Promise<Allocation[]> {
  const chosen =
    'consumerId' in by
      ? sql`a.consumer_id = ${by.consumerId}`
      : sql`a.provider_id = ${by.providerId}`;
  const { rows } = await sql<Allocation>`
    select a.consumer_id as "consumerId", c.generation as "consumerGeneration", c.consumer_type as "consumerType",
      c.project_id as "projectId", c.user_id as "userId", a.provider_id as "providerId",
      p.generation as "providerGeneration", a.resource_class as "resourceClass", a.used, a.updated_at as "updatedAt"
    from placement.allocations a
    join placement.consumers c on c.id = a.consumer_id
    join placement.resource_providers p on p.id = a.provider_id
    where ${chosen} order by a.consumer_id, a.provider_id, a.resource_class
  `.execute(database);
  return rows;
}

/** What the consumers of one type have taken of a class; `type` null: it was never said. */
export interface UsageRow {
  readonly type: string | null;
  readonly resourceClass: string;
  readonly used: number;
  /** How many consumers of that type the project has. */
  readonly consumers: number;
}

/** Sum of all that a project, or one user of it, has taken, by type of consumer and class. */
export async function usageOf(
  database: Database,
  projectId: string,
  userId: string | undefined,
): Promise<UsageRow[]> {
  const ofUser = userId === undefined ? sql`` : sql`and user_id = ${userId}`;
  const { rows } = await sql<UsageRow>`
    with chosen as (
      select id, consumer_type from placement.consumers where project_id = ${projectId} ${ofUser}
    ), counted as (
      select consumer_type, count(*) as consumers from chosen group by consumer_type
    )
    select c.consumer_type as type, a.resource_class as "resourceClass", sum(a.used)::bigint as used, n.consumers
    from placement.allocations a
    join chosen c on c.id = a.consumer_id
    join counted n on n.consumer_type is not distinct from c.consumer_type
    group by c.consumer_type, a.resource_class, n.consumers order by c.consumer_type, a.resource_class
  `.execute(database);
  return rows;
}
