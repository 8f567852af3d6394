import { sql } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import type { Change } from '../change.ts';
import { defaultStateful } from '../security_groups_default_statefulness/rules.ts';
import { applyDefaultRules } from '../default_security_group_rules/apply.ts';

/**
 * The id of the project's `default` group, which is made when first needed, with the rules that administrators
 * chose for such groups.
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
    values (${id}, ${projectId}, 'default', 'Default security group', ${defaultStateful(projectId)}, true)
    on conflict (project_id) where is_default do nothing`.execute(transaction);
  // Another request made it meanwhile, and this statement waited for its commit.
  if (result.numAffectedRows !== 1n) return (await find())!.id;
  await applyDefaultRules(change, { id, project_id: projectId, is_default: true });
  change.touch(`security_group:${id}`);
  return id;
}
