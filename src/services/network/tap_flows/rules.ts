import { sql } from 'kysely';
import { idOf } from '../attributes/body.ts';
import { conflict, forbidden } from '../../../core/errors.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import { find, nounNotFound } from '../collections/noun.ts';
import type { Rules } from '../collections/operations.ts';
import { invalidInput, portNotFound } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import { tapServiceNoun } from '../tap_services/noun.ts';
import { checkTapPort } from '../tap_services/rules.ts';
import type { Direction, TapFlowRow } from './noun.ts';

interface TapFlowValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly tap_service_id: string;
  readonly source_port: string;
  readonly direction: Direction;
  readonly vlan_filter: string | null;
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as TapFlowValues;
  const { transaction } = change;
  const service = await find(transaction, tapServiceNoun, caller, values.tap_service_id);
  if (service.project_id !== values.project_id)
    throw forbidden(
      `Specified Tap Service does not belong to the tenant: ${service.id} is not of project ${values.project_id}.`,
      'TapServiceNotBelongToTenant',
    );
  // Neutron's plugin asks only for the port to be there; its packets are its project's secret.
  const from = await checkTapPort(change, caller, values.source_port, values.project_id);
  if (service.port_id === values.source_port)
    throw invalidInput(
      `port ${service.port_id} is the tap service's own, it cannot get copies of its own packets.`,
    );
  const to = await checkTapPort(change, caller, service.port_id, values.project_id);
  if (from !== '' && to !== '' && from !== to)
    throw conflict(
      `Packets are copied within one host only: port ${values.source_port} is on ${from}, the tap service's port ${service.port_id} on ${to}. Use a tap service on ${from}, or a tap mirror.`,
      'TapFlowHostConflict',
    );
  await reserve(change, 'tap_flow', values.project_id);
  const id = idOf(values);
  try {
    await sql`insert into network.tap_flows
        (id, project_id, name, description, tap_service_id, source_port, direction, vlan_filter)
      values (${id}, ${values.project_id}, ${values.name}, ${values.description}, ${service.id},
        ${values.source_port}, ${values.direction}, ${values.vlan_filter})`.execute(transaction);
  } catch (error) {
    switch (violatedConstraint(error)) {
      case 'tap_flows_service':
        throw nounNotFound(tapServiceNoun, service.id);
      case 'tap_flows_port':
        throw portNotFound(values.source_port);
      default:
        throw error;
    }
  }
  change.touch(`tap_flow:${id}`);
  return id;
}

async function update(
  change: Change,
  _caller: Caller,
  row: TapFlowRow,
  raw: Values,
): Promise<void> {
  const { name = row.name, description = row.description } = raw as Partial<TapFlowValues>;
  await sql`update network.tap_flows set name = ${name}, description = ${description},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${row.id}`.execute(change.transaction);
}

async function remove(change: Change, _caller: Caller, row: TapFlowRow): Promise<void> {
  await sql`delete from network.tap_flows where id = ${row.id}`.execute(change.transaction);
  change.touch(`tap_flow:${row.id}`);
}

export const tapFlowRules: Rules<TapFlowRow> = { create, update, delete: remove };

/** A port will be gone, and with it the flows from it and, through its tap services, to it. */
export async function touchTapFlows(change: Change, portId: string): Promise<void> {
  const { rows } = await sql<{ id: string }>`
    select f.id from network.tap_flows f join network.tap_services s on s.id = f.tap_service_id
    where f.source_port = ${portId} or s.port_id = ${portId}`.execute(change.transaction);
  change.touch(...rows.map(({ id }) => `tap_flow:${id}`));
}
