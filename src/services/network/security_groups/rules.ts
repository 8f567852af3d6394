import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Room, Rules } from '../collections/operations.ts';
import { reserve } from '../quotas/reserve.ts';
import { ensureDefaultGroup } from './default.ts';
import type { SecurityGroupRow } from './noun.ts';

/** What a request says about a group. */
interface GroupValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly stateful: boolean;
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as GroupValues;
  const { transaction } = change;
  if (values.name.toLowerCase() === 'default') {
    throw conflict(
      'Default security group already exists: a project has one of its own.',
      'SecurityGroupDefaultAlreadyExists',
    );
  }
  await ensureDefaultGroup(change, values.project_id);
  await reserve(change, 'security_group', values.project_id);
  const id = newUuid();
  await transaction
    .insertInto('network.security_groups')
    .values({ ...standardColumns(values), id, stateful: values.stateful, is_default: false })
    .execute();
  // Everything may leave, nothing may enter.
  const rules = (['IPv4', 'IPv6'] as const).map((ethertype) => ({
    id: newUuid(),
    project_id: values.project_id,
    security_group_id: id,
    direction: 'egress',
    ethertype,
    protocol: null,
    protocol_number: null,
    port_range_min: null,
    port_range_max: null,
    remote_ip_prefix: null,
    remote_group_id: null,
  }));
  await transaction.insertInto('network.security_group_rules').values(rules).execute();
  change.touch(`security_group:${id}`, ...rules.map((rule) => `security_group_rule:${rule.id}`));
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
  if (values.name !== undefined && values.name !== row.name) {
    if (row.is_default || values.name.toLowerCase() === 'default') {
      throw badRequest(
        row.is_default
          ? 'Updating the name of the default security group is not allowed.'
          : 'The name default is kept for the group that every project has.',
        'SecurityGroupCannotUpdateDefault',
      );
    }
  }
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
    ...rules.rows.map(({ id }) => `security_group_rule:${id}`),
  );
}

/** At first sight of its groups a project has its default one. */
async function prepare(room: Room, caller: Caller): Promise<void> {
  const { projectId } = caller;
  if (projectId === undefined) return;
  const present = await room.database
    .selectFrom('network.security_groups')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', true)
    .executeTakeFirst();
  if (present === undefined) await room.commit((change) => ensureDefaultGroup(change, projectId));
}

export const securityGroupRules: Rules<SecurityGroupRow> = {
  create,
  update,
  delete: remove,
  prepare,
};
