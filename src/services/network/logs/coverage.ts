import { sql, type RawBuilder } from 'kysely';
import type { Change } from '../change.ts';

/** What of a log says which packets it tells of. */
export interface Coverage {
  readonly id: string;
  readonly project_id: string;
  /** A security group. */
  readonly resource_id: string | null;
  /** A port; its groups are logged. */
  readonly target_id: string | null;
}

/**
 * Whether the log `l` tells of the security group `g`: it is the one that is named, or one of the named port, or, when
 * nothing is named, one of the log's project.
 */
const covers = sql<boolean>`(case
  when l.resource_id is not null then l.resource_id = g.id
  when l.target_id is null then l.project_id = g.project_id
  else exists (select 1 from network.port_security_groups m
    where m.port_id = l.target_id and m.security_group_id = g.id) end)`;

/** The id of the log that the group `g` writes such events to, or null: an ACL writes to one, the oldest. */
export const coveringLog = (event: 'ACCEPT' | 'DROP'): RawBuilder<string | null> =>
  sql<string | null>`(select l.id from network.logs l
    where l.enabled and l.event in (${event}, 'ALL') and ${covers} order by l.created_at, l.id limit 1)`;

/** The rows of everything that such a log covers may have to change. */
export async function touchCovered(change: Change, log: Coverage): Promise<void> {
  await touchGroups(
    change,
    sql`g.id in (select g.id from network.security_groups g,
      (select ${log.project_id}::text as project_id, ${log.resource_id}::uuid as resource_id,
        ${log.target_id}::uuid as target_id) l where ${covers})`,
  );
  change.touch(METERS_OWNER);
}

/** A port that may be logged has other groups now, or will be gone: its groups are logged or no longer. */
export async function touchLoggedPort(
  change: Change,
  portId: string,
  groupIds: readonly string[] = [],
): Promise<void> {
  const { rows } =
    await sql`select 1 from network.logs where target_id = ${portId} limit 1`.execute(
      change.transaction,
    );
  if (rows.length === 0) return;
  change.touch(METERS_OWNER);
  await touchGroups(
    change,
    sql`g.id = any(${groupIds}::uuid[]) or g.id in (
      select m.security_group_id from network.port_security_groups m where m.port_id = ${portId})`,
  );
}

async function touchGroups(change: Change, where: RawBuilder<unknown>): Promise<void> {
  const { rows } = await sql<{ id: string; rules: string[] }>`
    select g.id, array(select r.id from network.security_group_rules r where r.security_group_id = g.id) as rules
    from network.security_groups g where ${where}`.execute(change.transaction);
  for (const { id, rules } of rows) {
    change.touch(`security_group:${id}`, ...rules.map((rule) => `security_group_rule:${rule}`));
  }
}

/** Owner of the meters, which are there while there is a log. */
const METERS_ID = '00000000-0000-4000-8000-000000000000';
export const METERS_KIND = 'log_meters';
export const METERS_OWNER = `${METERS_KIND}:${METERS_ID}`;
/** For the state of that owner. */
export const metersExist = sql`select o.id from (
  select ${METERS_ID}::uuid as id where exists (select 1 from network.logs)) o`;
