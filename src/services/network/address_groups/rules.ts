import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { conflict } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import type { AddressGroupRow } from './noun.ts';

/** What a request says about an address group. */
interface AddressGroupValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly addresses: readonly string[];
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as AddressGroupValues;
  const id = idOf(values);
  await sql`insert into network.address_groups (id, project_id, name, description, addresses)
    values (${id}, ${values.project_id}, ${values.name}, ${values.description},
      ${values.addresses}::cidr[])`.execute(change.transaction);
  change.touch(`address_group:${id}`);
  return id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: AddressGroupRow,
  raw: Values,
): Promise<void> {
  const { name = row.name, description = row.description } = raw as Partial<AddressGroupValues>;
  await sql`update network.address_groups set name = ${name}, description = ${description},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${row.id}`.execute(change.transaction);
  change.touch(`address_group:${row.id}`);
}

/** Gives the group these addresses and no others. */
export async function setAddresses(
  change: Change,
  id: string,
  addresses: readonly string[],
): Promise<void> {
  await sql`update network.address_groups set addresses = ${addresses}::cidr[],
      revision_number = revision_number + 1, updated_at = now()
    where id = ${id}`.execute(change.transaction);
  change.touch(`address_group:${id}`);
}

async function remove(change: Change, _caller: Caller, row: AddressGroupRow): Promise<void> {
  try {
    await sql`delete from network.address_groups where id = ${row.id}`.execute(change.transaction);
  } catch (error) {
    if (violatedConstraint(error) === undefined) throw error;
    throw conflict(
      `Address group ${row.id} is in use on one or more security group rules: delete them first.`,
      'AddressGroupInUse',
    );
  }
  change.touch(`address_group:${row.id}`);
}

export const addressGroupRules: Rules<AddressGroupRow> = { create, update, delete: remove };
