import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { badRequest, conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { invalidInput } from '../errors.ts';
import type { AddressScopeRow } from './noun.ts';

/** What a request says about a scope. */
interface ScopeValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly ip_version: number;
  readonly shared: boolean;
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as ScopeValues;
  if (values.ip_version === 5) throw invalidInput('ip_version must be 4 or 6.');
  const id = idOf(values);
  await change.transaction
    .insertInto('network.address_scopes')
    .values({
      ...standardColumns(values),
      id,
      ip_version: values.ip_version,
      shared: values.shared,
    })
    .execute();
  return id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: AddressScopeRow,
  raw: Values,
): Promise<void> {
  const values = raw as Partial<ScopeValues>;
  if (row.shared && values.shared === false) {
    throw badRequest(
      `Unable to update address scope ${row.id}: Shared address scope can't be unshared.`,
      'AddressScopeUpdateError',
    );
  }
  await change.transaction
    .updateTable('network.address_scopes')
    .set({ ...values, revision_number: sql`revision_number + 1`, updated_at: sql`now()` })
    .where('id', '=', row.id)
    .execute();
}

async function remove(change: Change, _caller: Caller, row: AddressScopeRow): Promise<void> {
  try {
    await change.transaction
      .deleteFrom('network.address_scopes')
      .where('id', '=', row.id)
      .execute();
  } catch (error) {
    if (violatedConstraint(error) !== 'subnetpools_scope') throw error;
    throw conflict(
      `Unable to complete operation on address scope ${row.id}. There are one or more subnet pools in use on the address scope: delete them first.`,
      'AddressScopeInUse',
    );
  }
}

export const addressScopeRules: Rules<AddressScopeRow> = { create, update, delete: remove };
