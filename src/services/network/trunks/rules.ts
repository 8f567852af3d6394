import { sql } from 'kysely';
import { conflict, notFound } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Change } from '../change.ts';
import { findOwned, select } from '../collections/noun.ts';
import type { Rules } from '../collections/operations.ts';
import { portNotFound } from '../errors.ts';
import { vifType } from '../port_bindings/view.ts';
import { portNoun, type PortRow } from '../ports/noun.ts';
import { reserve } from '../quotas/reserve.ts';
import type { TrunkRow } from './noun.ts';
import {
  addSubports,
  checkDifferent,
  checkFree,
  parentPortInUse,
  unplug,
  type SubportWish,
} from './subports.ts';

/** What a request says about a trunk. */
interface TrunkValues {
  readonly id?: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly admin_state_up: boolean;
  readonly port_id: string;
  readonly sub_ports: SubportWish[];
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as TrunkValues;
  // What contradicts itself is refused before anything is looked for.
  checkDifferent(values.sub_ports);
  const parent = await findOwned(
    change.transaction,
    portNoun,
    caller,
    values.port_id,
    'create_trunk',
  );
  await checkFree(change, parent.id);
  // A port that is bound can become a parent: OVN needs nothing of the host for that.
  if (vifType(parent) === 'binding_failed') throw parentPortInUse(parent.id);
  await reserve(change, 'trunk', values.project_id);
  const id = values.id ?? newUuid();
  try {
    await change.transaction
      .insertInto('network.trunks')
      .values({
        ...standardColumns({ ...values, id }),
        id,
        admin_state_up: values.admin_state_up,
        port_id: parent.id,
        status: 'ACTIVE',
      })
      .execute();
  } catch (error) {
    if (violatedConstraint(error) === 'trunks_one_each') throw parentPortInUse(parent.id);
    if (violatedConstraint(error) === 'trunks_port') throw portNotFound(parent.id);
    throw error;
  }
  await addSubports(change, caller, { id, parent }, values.sub_ports);
  // Who follows ports learns that this one is a parent now.
  change.touch(`port:${parent.id}`, `trunk:${id}`);
  return id;
}

async function update(change: Change, _caller: Caller, row: TrunkRow, raw: Values): Promise<void> {
  const { name, description, admin_state_up } = raw as Partial<TrunkValues>;
  await change.transaction
    .updateTable('network.trunks')
    .set({
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(admin_state_up === undefined ? {} : { admin_state_up }),
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute();
  change.touch(`trunk:${row.id}`);
}

async function remove(change: Change, _caller: Caller, row: TrunkRow): Promise<void> {
  checkEnabled(row);
  await change.transaction.deleteFrom('network.trunks').where('id', '=', row.id).execute();
  await unplug(
    change,
    row.sub_ports.map(({ port_id }) => port_id),
  );
  change.touch(`port:${row.port_id}`, `trunk:${row.id}`);
}

function checkEnabled(row: TrunkRow): void {
  if (row.admin_state_up) return;
  throw conflict(
    `Trunk ${row.id} is currently disabled: set admin_state_up first.`,
    'TrunkDisabled',
  );
}

/** Adds subports to the trunk, all or none. It is locked. */
export async function add(
  change: Change,
  caller: Caller,
  row: TrunkRow,
  wishes: readonly SubportWish[],
): Promise<void> {
  checkEnabled(row);
  const [parent] = await select(change.transaction, portNoun, sql`o.id = ${row.port_id}`);
  await addSubports(change, caller, { id: row.id, parent: parent as PortRow }, wishes);
  await bump(change, row);
}

/** Takes subports out of the trunk, all or none. It is locked. */
export async function take(
  change: Change,
  row: TrunkRow,
  wishes: readonly Pick<SubportWish, 'port_id'>[],
): Promise<void> {
  checkEnabled(row);
  const present = new Set(row.sub_ports.map(({ port_id }) => port_id));
  const ids = wishes.map(({ port_id }) => port_id);
  const missing = ids.find((id) => !present.has(id));
  if (missing !== undefined) {
    throw notFound(`SubPort ${missing} on trunk ${row.id} could not be found.`, 'SubPortNotFound');
  }
  await change.transaction
    .deleteFrom('network.trunk_subports')
    .where('trunk_id', '=', row.id)
    .where('port_id', 'in', ids)
    .execute();
  await unplug(change, ids);
  await bump(change, row);
}

/** ML2/OVN has a trunk active once its subports are written. */
async function bump(change: Change, row: TrunkRow): Promise<void> {
  await sql`update network.trunks set status = 'ACTIVE', revision_number = revision_number + 1, updated_at = now()
    where id = ${row.id}`.execute(change.transaction);
  change.touch(`trunk:${row.id}`);
}

export const trunkRules: Rules<TrunkRow> = { create, update, delete: remove };
