import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { checkUnused } from '../rbac/rules.ts';
import { defaultExists, policyInUse } from './errors.ts';
import type { QosPolicyRow } from './noun.ts';
import { usersOf } from './users.ts';

/** What a request says about a policy. */
interface PolicyValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly shared: boolean;
  readonly is_default: boolean;
}

/** A project has one default policy. */
async function writing(projectId: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (violatedConstraint(error) !== 'qos_policies_default') throw error;
    throw defaultExists(projectId);
  }
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as PolicyValues;
  const id = idOf(values);
  await writing(
    values.project_id,
    change.transaction
      .insertInto('network.qos_policies')
      .values({
        ...standardColumns(values),
        id,
        shared: values.shared,
        is_default: values.is_default,
      })
      .execute(),
  );
  return id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: QosPolicyRow,
  raw: Values,
): Promise<void> {
  const values = raw as Partial<PolicyValues>;
  if (values.shared === false && row.shared) {
    const wildcard = { object_type: 'qos_policy', action: 'access_as_shared' } as const;
    await checkUnused(change, { ...wildcard, object_id: row.id, target_project: '*' }, row);
  }
  await writing(
    row.project_id,
    change.transaction
      .updateTable('network.qos_policies')
      .set({
        ...values,
        revision_number: sql`revision_number + 1`,
        updated_at: sql`now()`,
      })
      .where('id', '=', row.id)
      .execute(),
  );
}

async function remove(change: Change, _caller: Caller, row: QosPolicyRow): Promise<void> {
  const { transaction } = change;
  // Nothing can be given the policy meanwhile: its foreign key waits for this lock.
  await sql`select 1 from network.qos_policies where id = ${row.id} for update`.execute(
    transaction,
  );
  const [user] = await usersOf(transaction, row.id);
  if (user !== undefined) throw policyInUse(row.id, user.kind, user.id);
  await transaction.deleteFrom('network.qos_policies').where('id', '=', row.id).execute();
}

export const qosPolicyRules: Rules<QosPolicyRow> = { create, update, delete: remove };
