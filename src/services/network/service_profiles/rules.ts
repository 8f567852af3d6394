import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { checkAdmin } from '../flavors/rules.ts';
import type { ServiceProfileRow } from './noun.ts';

function checkContent({ driver, metainfo }: Values): void {
  if (driver !== '' || metainfo !== '') return;
  throw badRequest('Service profile needs either a driver or metainfo.', 'ServiceProfileEmpty');
}

async function create({ transaction }: Change, caller: Caller, values: Values): Promise<string> {
  checkAdmin(caller, 'create_service_profile');
  checkContent(values);
  const id = newUuid();
  const { description, driver, enabled, metainfo } = values;
  await sql`insert into network.service_profiles (id, description, driver, enabled, metainfo)
    values (${id}, ${description}, ${driver}, ${enabled}, ${metainfo})`.execute(transaction);
  return id;
}

async function update(
  change: Change,
  caller: Caller,
  row: ServiceProfileRow,
  values: Values,
): Promise<void> {
  checkAdmin(caller, 'update_service_profile');
  await checkUnused(change, row);
  const next = { ...row, ...values };
  checkContent(next);
  await sql`update network.service_profiles set description = ${next.description}, driver = ${next.driver},
    enabled = ${next.enabled}, metainfo = ${next.metainfo} where id = ${row.id}`.execute(
    change.transaction,
  );
}

async function remove(change: Change, caller: Caller, row: ServiceProfileRow): Promise<void> {
  checkAdmin(caller, 'delete_service_profile');
  await checkUnused(change, row);
  await sql`delete from network.service_profiles where id = ${row.id}`.execute(change.transaction);
}

async function checkUnused({ transaction }: Change, { id }: ServiceProfileRow): Promise<void> {
  const { rows } = await sql<{ flavor_id: string }>`select flavor_id from network.flavor_profiles
    where service_profile_id = ${id} limit 1`.execute(transaction);
  const [used] = rows;
  if (used === undefined) return;
  throw conflict(
    `Service Profile ${id} is used by flavor ${used.flavor_id}: take it away from the flavor first.`,
    'ServiceProfileInUse',
  );
}

export const serviceProfileRules: Rules<ServiceProfileRow> = { create, update, delete: remove };
