import { sql } from 'kysely';
import { conflict, forbidden, type Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { invalidInput, portNotFound } from '../errors.ts';
import type { Directions, TapMirrorRow } from './noun.ts';

/** What a request says about a mirror. */
interface TapMirrorValues {
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly port_id: string;
  readonly directions: Directions;
  readonly remote_ip: string;
  readonly mirror_type: 'erspanv1' | 'gre';
}

/** Session numbers of ERSPAN have ten bits. */
const LAST_SESSION = 1023;

async function checkPort(change: Change, caller: Caller, values: TapMirrorValues): Promise<void> {
  const port = await change.transaction
    .selectFrom('network.ports')
    .select('project_id')
    .where('id', '=', values.port_id)
    .executeTakeFirst();
  const known = port !== undefined && (caller.isAdmin || port.project_id === caller.projectId);
  if (!known) throw portNotFound(values.port_id);
  if (port.project_id === values.project_id) return;
  throw forbidden(
    `The specified port does not belong to the tenant: port ${values.port_id} is not of project ${values.project_id}.`,
    'PortDoesNotBelongToTenant',
  );
}

function checkSessions({ mirror_type: type, directions }: TapMirrorValues): void {
  const beyond = Object.values(directions).find((id) => id > LAST_SESSION);
  if (type === 'gre' || beyond === undefined) return;
  throw invalidInput(`a tunnel of ERSPAN has a number from 1 to ${LAST_SESSION}, not ${beyond}.`);
}

/** A free id: its beginning names rows. */
async function freeId(change: Change): Promise<string> {
  for (;;) {
    const id = newUuid();
    const { rows } = await sql`select 1 from network.tap_mirrors
      where left(id::text, 6) = ${id.slice(0, 6)}`.execute(change.transaction);
    if (rows.length === 0) return id;
  }
}

async function create(change: Change, caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as TapMirrorValues;
  const { transaction } = change;
  checkSessions(values);
  await checkPort(change, caller, values);
  const id = await freeId(change);
  const directions = Object.keys(values.directions);
  const tunnels = Object.values(values.directions);
  try {
    await sql`insert into network.tap_mirrors
        (id, project_id, name, description, port_id, remote_ip, mirror_type)
      values (${id}, ${values.project_id}, ${values.name}, ${values.description}, ${values.port_id},
        ${values.remote_ip}, ${values.mirror_type})`.execute(transaction);
    await sql`insert into network.tap_mirror_tunnels
        (tap_mirror_id, direction, tunnel_id, project_id, remote_ip, mirror_type)
      select ${id}, direction, tunnel_id, ${values.project_id}, ${values.remote_ip}, ${values.mirror_type}
      from unnest(${directions}::text[], ${tunnels}::bigint[]) as t (direction, tunnel_id)`.execute(
      transaction,
    );
  } catch (error) {
    throw refusalOf(error, values) ?? error;
  }
  change.touch(`tap_mirror:${id}`);
  return id;
}

function refusalOf(error: unknown, values: TapMirrorValues): Fault | undefined {
  switch (violatedConstraint(error)) {
    case 'tap_mirrors_port':
      return portNotFound(values.port_id);
    case 'tap_mirror_tunnels_project':
    case 'tap_mirror_tunnels_remote':
      return conflict(
        `Tap Mirror with tunnel_id ${Object.values(values.directions).join(' or ')} already exists: choose another number.`,
        'TapMirrorTunnelConflict',
      );
    default:
      return undefined;
  }
}

async function update(
  change: Change,
  _caller: Caller,
  row: TapMirrorRow,
  raw: Values,
): Promise<void> {
  const { name = row.name, description = row.description } = raw as Partial<TapMirrorValues>;
  await sql`update network.tap_mirrors set name = ${name}, description = ${description},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${row.id}`.execute(change.transaction);
}

async function remove(change: Change, _caller: Caller, row: TapMirrorRow): Promise<void> {
  await sql`delete from network.tap_mirrors where id = ${row.id}`.execute(change.transaction);
  change.touch(`tap_mirror:${row.id}`);
}

export const tapMirrorRules: Rules<TapMirrorRow> = { create, update, delete: remove };
