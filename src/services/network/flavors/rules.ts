import { sql } from 'kysely';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { policyNotAuthorized } from '../errors.ts';
import type { FlavorRow } from './noun.ts';

/** Flavors and profiles are the administrators'. */
export function checkAdmin(caller: Caller, action: string): void {
  if (caller.isAdmin) return;
  throw policyNotAuthorized(
    `${action} is disallowed by policy: only administrators keep flavors and service profiles.`,
  );
}

async function create({ transaction }: Change, caller: Caller, values: Values): Promise<string> {
  checkAdmin(caller, 'create_flavor');
  const id = newUuid();
  const { name, description, service_type, enabled } = values;
  await sql`insert into network.flavors (id, name, description, service_type, enabled)
    values (${id}, ${name}, ${description}, ${service_type}, ${enabled})`.execute(transaction);
  return id;
}

async function update(
  { transaction }: Change,
  caller: Caller,
  row: FlavorRow,
  values: Values,
): Promise<void> {
  checkAdmin(caller, 'update_flavor');
  const { name, description, enabled } = { ...row, ...values };
  await sql`update network.flavors set name = ${name}, description = ${description}, enabled = ${enabled}
    where id = ${row.id}`.execute(transaction);
}

async function remove({ transaction }: Change, caller: Caller, row: FlavorRow): Promise<void> {
  checkAdmin(caller, 'delete_flavor');
  await sql`delete from network.flavors where id = ${row.id}`.execute(transaction);
}

export const flavorRules: Rules<FlavorRow> = { create, update, delete: remove };
