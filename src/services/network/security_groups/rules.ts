import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { METERS_OWNER } from '../logs/coverage.ts';
import { reserve } from '../quotas/reserve.ts';
import { applyDefaultRules } from '../default_security_group_rules/apply.ts';
import { defaultStateful } from '../security_groups_default_statefulness/rules.ts';
import { ensureDefaultGroup } from './default.ts';
import type { SecurityGroupRow } from './noun.ts';
import { prepareDefaultGroup } from './prepare.ts';

/** What a request says about a group. */
interface GroupValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly stateful?: boolean;
}

const defaultExists = () =>
  conflict(
    'Default security group already exists: a project has one of its own.',
    'SecurityGroupDefaultAlreadyExists',
  );

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as GroupValues;
  const { transaction } = change;
  if (values.name.toLowerCase() === 'default') {
    throw defaultExists();
  }
  await ensureDefaultGroup(change, values.project_id);
  await reserve(change, 'security_group', values.project_id);
  const id = idOf(values);
  await transaction
    .insertInto('network.security_groups')
    .values({
      ...standardColumns(values),
      id,
      stateful: values.stateful ?? defaultStateful(values.project_id),
      is_default: false,
    })
    .execute();
  await applyDefaultRules(change, { id, project_id: values.project_id, is_default: false });
  // Counts those that were just made.
  await reserve(change, 'security_group_rule', values.project_id, 0);
  change.touch(`security_group:${id}`);
  return id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: SecurityGroupRow,
  raw: Values,
): Promise<void> {
  const values = raw as Partial<GroupValues>;
  const { transaction } = change;
  if (values.name !== undefined && row.is_default) {
    throw conflict(
      'Updating default security group not allowed: its name is the same in every project.',
      'SecurityGroupCannotUpdateDefault',
    );
  }
  if (values.name?.toLowerCase() === 'default') throw defaultExists();
  if (values.stateful !== undefined && values.stateful !== row.stateful) {
    await checkUnused(change, row, 'update its stateful attribute');
  }
  await transaction
    .updateTable('network.security_groups')
    .set({ ...values, revision_number: sql`revision_number + 1`, updated_at: sql`now()` })
    .where('id', '=', row.id)
    .execute();
  change.touch(
    `security_group:${row.id}`,
    ...row.rules.map(({ id }) => `security_group_rule:${id}`),
  );
}

async function checkUnused(change: Change, row: SecurityGroupRow, action: string): Promise<void> {
  const user = await change.transaction
    .selectFrom('network.port_security_groups')
    .select('port_id')
    .where('security_group_id', '=', row.id)
    .limit(1)
    .executeTakeFirst();
  if (user !== undefined) throw inUse(row.id, `cannot ${action}: port ${user.port_id} uses it`);
}

const inUse = (id: string, reason: string) =>
  conflict(`Security Group ${id} in use: ${reason}.`, 'SecurityGroupInUse');

async function remove(change: Change, caller: Caller, row: SecurityGroupRow): Promise<void> {
  const { transaction } = change;
  if (row.is_default && !caller.isAdmin) {
    throw conflict(
      'Insufficient rights for removing default security group.',
      'SecurityGroupCannotRemoveDefault',
    );
  }
  await checkUnused(change, row, 'be deleted');
  // Rules of other groups that admit this one's members go with it.
  const rules = await sql<{ id: string; security_group_id: string }>`
    select id, security_group_id from network.security_group_rules
    where security_group_id = ${row.id} or remote_group_id = ${row.id}`.execute(transaction);
  try {
    await transaction.deleteFrom('network.security_groups').where('id', '=', row.id).execute();
  } catch (error) {
    if (violatedConstraint(error) !== 'port_security_groups_group') throw error;
    throw inUse(row.id, 'a port began to use it');
  }
  change.touch(
    `security_group:${row.id}`,
    // Its logs went with it.
    METERS_OWNER,
    ...rules.rows.map(({ id }) => `security_group_rule:${id}`),
  );
}

export const securityGroupRules: Rules<SecurityGroupRow> = {
  create,
  update,
  delete: remove,
  prepare: prepareDefaultGroup,
};
