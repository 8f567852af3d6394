import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { forbidden } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { portNotFound } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import type { TapServiceRow } from './noun.ts';

interface TapServiceValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly port_id: string;
}

/**
 * The caller must know of the port (PortNotFound), and it must be of this project (PortDoesNotBelongToTenant). Gives
 * its host, '' when it has none.
 */
export async function checkTapPort(
  change: Change,
  caller: Caller,
  portId: string,
  projectId: string,
): Promise<string> {
  // Held: a port that goes meanwhile takes what refers to it along, and that must see this.
  const port = await change.transaction
    .selectFrom('network.ports')
    .select(['project_id', 'binding_host_id'])
    .where('id', '=', portId)
    .forKeyShare()
    .executeTakeFirst();
  const known = port !== undefined && (caller.isAdmin || port.project_id === caller.projectId);
  if (!known) throw portNotFound(portId);
  if (port.project_id === projectId) return port.binding_host_id;
  throw forbidden(
    `The specified port does not belong to the tenant: port ${portId} is not of project ${projectId}.`,
    'PortDoesNotBelongToTenant',
  );
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as TapServiceValues;
  await checkTapPort(change, caller, values.port_id, values.project_id);
  await reserve(change, 'tap_service', values.project_id);
  const id = idOf(values);
  try {
    await sql`insert into network.tap_services (id, project_id, name, description, port_id)
      values (${id}, ${values.project_id}, ${values.name}, ${values.description}, ${values.port_id})`.execute(
      change.transaction,
    );
  } catch (error) {
    if (violatedConstraint(error) === 'tap_services_port') throw portNotFound(values.port_id);
    throw error;
  }
  return id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: TapServiceRow,
  raw: Values,
): Promise<void> {
  const { name = row.name, description = row.description } = raw as Partial<TapServiceValues>;
  await sql`update network.tap_services set name = ${name}, description = ${description},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${row.id}`.execute(change.transaction);
}

/** Its flows go with it. */
async function remove(change: Change, _caller: Caller, row: TapServiceRow): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    delete from network.tap_flows where tap_service_id = ${row.id} returning id`.execute(
    change.transaction,
  );
  change.touch(...rows.map(({ id }) => `tap_flow:${id}`));
  await sql`delete from network.tap_services where id = ${row.id}`.execute(change.transaction);
}

export const tapServiceRules: Rules<TapServiceRow> = { create, update, delete: remove };
