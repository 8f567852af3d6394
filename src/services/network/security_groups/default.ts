import { sql } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import type { Change } from '../change.ts';

/**
 * The id of the project's `default` group, which is made when first needed: everything may leave, and what comes
 * from members of the group may enter.
 */
export async function ensureDefaultGroup(change: Change, projectId: string): Promise<string> {
  const { transaction } = change;
  const find = () =>
    transaction
      .selectFrom('network.security_groups')
      .select('id')
      .where('project_id', '=', projectId)
      .where('is_default', '=', true)
      .executeTakeFirst();
  const present = await find();
  if (present !== undefined) return present.id;
  const id = newUuid();
  const result = await sql`
    insert into network.security_groups (id, project_id, name, description, stateful, is_default)
    values (${id}, ${projectId}, 'default', 'Default security group', true, true)
    on conflict (project_id) where is_default do nothing`.execute(transaction);
  // Another request made it meanwhile, and this statement waited for its commit.
  if (result.numAffectedRows !== 1n) return (await find())!.id;
  const rules = (['ingress', 'egress'] as const).flatMap((direction) =>
    (['IPv4', 'IPv6'] as const).map((ethertype) => ({
      id: newUuid(),
      project_id: projectId,
      security_group_id: id,
      direction,
      ethertype,
      protocol: null,
      protocol_number: null,
      port_range_min: null,
      port_range_max: null,
      remote_ip_prefix: null,
      remote_group_id: direction === 'ingress' ? id : null,
    })),
  );
  await transaction.insertInto('network.security_group_rules').values(rules).execute();
  change.touch(`security_group:${id}`, ...rules.map((rule) => `security_group_rule:${rule.id}`));
  return id;
}
