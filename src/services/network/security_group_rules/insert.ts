import { sql } from 'kysely';
import type { Change } from '../change.ts';
import type { CheckedRule } from './check.ts';

/** A rule as it is inserted. */
export interface NewRule extends CheckedRule {
  readonly id: string;
  readonly project_id: string;
  readonly description: string;
  readonly security_group_id: string;
}

const COLUMNS = [
  'id',
  'project_id',
  'description',
  'security_group_id',
  'direction',
  'ethertype',
  'protocol',
  'protocol_number',
  'port_range_min',
  'port_range_max',
  'remote_ip_prefix',
  'remote_ip_given',
  'remote_group_id',
  'remote_address_group_id',
] as const satisfies readonly (keyof NewRule)[];

const columns = sql.join(COLUMNS.map((name) => sql.ref(name)));

/**
 * Inserts the rules that their groups do not have yet, however many with one statement; gives those ids. The revision
 * of `group` counts the change.
 */
export async function insertRules(
  change: Change,
  rules: readonly NewRule[],
  group: string | null = null,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    with made as (
      insert into network.security_group_rules (${columns})
      select ${columns} from json_populate_recordset(null::network.security_group_rules, ${JSON.stringify(rules)})
      on conflict do nothing returning id),
    counted as (
      update network.security_groups set revision_number = revision_number + 1, updated_at = now()
      where id = ${group}::uuid)
    select id from made`.execute(change.transaction);
  change.touch(...rows.map(({ id }) => `security_group_rule:${id}`));
  return new Set(rows.map(({ id }) => id));
}
