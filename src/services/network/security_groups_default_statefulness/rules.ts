import { sql, type RawBuilder } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { policyNotAuthorized } from '../errors.ts';
import type { DefaultStatefulnessRow } from './noun.ts';

/** What a new group of the project is unless the request says: the project's setting, that for all, or stateful. */
export const defaultStateful = (projectId: string): RawBuilder<boolean> =>
  sql<boolean>`coalesce((select d.stateful from network.security_groups_default_statefulness d
    where d.project_id in (${projectId}, '') order by d.project_id desc limit 1), true)`;

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const { project_id: projectId, stateful } = raw as { project_id: string; stateful: boolean };
  if (projectId === '' && !caller.isAdmin) {
    throw policyNotAuthorized(
      'create_security_groups_default_statefulness is disallowed by policy: only administrators may set what holds for all projects; name yours by project_id.',
    );
  }
  const id = newUuid();
  try {
    await sql`insert into network.security_groups_default_statefulness (id, project_id, stateful)
      values (${id}, ${projectId}, ${stateful})`.execute(change.transaction);
  } catch (error) {
    if (violatedConstraint(error) !== 'security_groups_default_statefulness_project') throw error;
    throw conflict(
      `A default statefulness of security groups already exists for ${projectId === '' ? 'all projects' : `project ${projectId}`}: change that one.`,
      'SecurityGroupsDefaultStatefulnessExists',
    );
  }
  return id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: DefaultStatefulnessRow,
  values: Values,
): Promise<void> {
  if (values['stateful'] === undefined) return;
  await sql`update network.security_groups_default_statefulness set stateful = ${values['stateful']},
    revision_number = revision_number + 1, updated_at = now() where id = ${row.id}`.execute(
    change.transaction,
  );
}

async function remove(change: Change, _caller: Caller, row: DefaultStatefulnessRow): Promise<void> {
  await sql`delete from network.security_groups_default_statefulness where id = ${row.id}`.execute(
    change.transaction,
  );
}

export const defaultStatefulnessRules: Rules<DefaultStatefulnessRow> = {
  create,
  update,
  delete: remove,
};
