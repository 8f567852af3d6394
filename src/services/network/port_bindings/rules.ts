import { sql } from 'kysely';
import { badRequest, conflict, notFound, type Fault } from '../../../core/errors.ts';
import type { Change } from '../change.ts';
import { invalidInput, portNotFound } from '../errors.ts';
import type { PortRow } from '../ports/noun.ts';
import type { Chassis } from '../routers/chassis.ts';
import type { NetworkDatabase, NetworkTransaction } from '../tables.ts';

/** A binding of a port to a host, active or not. */
export interface Binding {
  readonly host: string;
  readonly vnic_type: string;
  readonly profile: Record<string, unknown>;
}

/**
 * Whether no host could take the port: the host has no living ovn-controller, or it would need hardware that
 * Ovenbird's hosts do not offer. A cloud of which no host is known (drivers that make no packets) refuses nothing.
 */
export function cannotBind(
  chassis: readonly Chassis[],
  { host, vnic_type }: Pick<Binding, 'host' | 'vnic_type'>,
): boolean {
  if (host === '') return false;
  if (vnic_type !== 'normal') return true;
  // Hosts of which nothing but the name is known stand for any.
  if (chassis.every(({ physicalNetworks }) => physicalNetworks === undefined)) return false;
  return !chassis.some(({ name, alive }) => name === host && alive);
}

/** What ML2/OVN checks of a binding's profile: where it names a parent it must name a tag as well, and both must be. */
export async function checkProfile(
  transaction: NetworkTransaction,
  profile: Record<string, unknown>,
): Promise<void> {
  const { capabilities, parent_name: parent, tag } = profile;
  if (capabilities !== undefined && !Array.isArray(capabilities)) {
    throw invalidInput('Invalid binding:profile. capabilities must be of type list.');
  }
  if (parent === undefined && tag === undefined) return;
  if (typeof parent !== 'string' || typeof tag !== 'number' || !Number.isInteger(tag)) {
    throw invalidInput(
      'Invalid binding:profile. parent_name (the id of a port) and tag (a number) are all required.',
    );
  }
  if (tag < 0 || tag > 4095) {
    throw invalidInput(
      `Invalid binding:profile. tag "${tag}" must be an integer between 0 and 4095, inclusive.`,
    );
  }
  const found = await sql`select 1 from network.ports where id::text = ${parent}`.execute(
    transaction,
  );
  if (found.rows.length === 0) throw portNotFound(parent);
}

/** Only what moves from host to host has more than one binding. */
export function checkMovable(port: PortRow): void {
  if (/^(compute|manila):/.test(port.device_owner)) return;
  throw badRequest(
    `Bad port request: Invalid port ${port.id}. Operation only valid on compute and shared filesystem ports.`,
    'BadRequest',
  );
}

export const bindingNotFound = (portId: string, host: string): Fault =>
  notFound(
    `Binding for port ${portId} for host ${host.slice(0, 255)} could not be found.`,
    'PortBindingNotFound',
  );

/** Fails when no host could take the port: such a binding is not kept. */
function checkBindable(change: Change, port: PortRow, binding: Binding): void {
  if (!cannotBind(change.settings.chassis(), binding)) return;
  throw conflict(
    `Binding for port ${port.id} on host ${binding.host} could not be created or updated: the host has no living ovn-controller, or cannot do vnic_type ${binding.vnic_type}.`,
    'PortBindingError',
  );
}

/** All bindings of the port that wait. */
async function inactiveBindings(database: NetworkDatabase, portId: string): Promise<Binding[]> {
  const { rows } = await sql<Binding>`select host, vnic_type, profile from network.port_bindings
    where port_id = ${portId} order by created_at, host`.execute(database);
  return rows;
}

const activeOf = (port: PortRow): Binding | undefined =>
  port.binding_host_id === ''
    ? undefined
    : {
        host: port.binding_host_id,
        vnic_type: port.binding_vnic_type,
        profile: port.binding_profile,
      };

/** All bindings of the port, the active one first. */
export async function bindingsOf(
  database: NetworkDatabase,
  port: PortRow,
): Promise<(Binding & { readonly active: boolean })[]> {
  const active = activeOf(port);
  return [
    ...(active === undefined ? [] : [{ ...active, active: true }]),
    ...(await inactiveBindings(database, port.id)).map((one) => ({ ...one, active: false })),
  ];
}

/** Adds a binding: the active one of a port that has none, else one that waits. The port is locked. */
export async function addBinding(change: Change, port: PortRow, binding: Binding): Promise<void> {
  const present = await bindingsOf(change.transaction, port);
  if (present.some(({ host }) => host === binding.host)) {
    throw conflict(
      `Binding for port ${port.id} on host ${binding.host} already exists.`,
      'PortBindingAlreadyExists',
    );
  }
  await checkProfile(change.transaction, binding.profile);
  checkBindable(change, port, binding);
  if (activeOf(port) === undefined) await setActive(change, port, binding);
  else await putInactive(change.transaction, port.id, binding);
}

/** Changes the binding to this host. The port is locked. */
export async function changeBinding(
  change: Change,
  port: PortRow,
  host: string,
  values: Partial<Binding>,
): Promise<void> {
  const present = (await bindingsOf(change.transaction, port)).find((one) => one.host === host);
  if (present === undefined) throw bindingNotFound(port.id, host);
  const binding = { ...present, ...values };
  await checkProfile(change.transaction, binding.profile);
  checkBindable(change, port, binding);
  if (present.active) await setActive(change, port, binding);
  else {
    await dropInactive(change.transaction, port.id, host);
    await putInactive(change.transaction, port.id, binding);
  }
}

/** Makes the binding to this host the active one; the one that was active waits. The port is locked. */
export async function activateBinding(change: Change, port: PortRow, host: string): Promise<void> {
  const active = activeOf(port);
  if (active?.host === host) {
    throw conflict(
      `Binding for port ${port.id} on host ${host} is already active.`,
      'PortBindingAlreadyActive',
    );
  }
  const waiting = await inactiveBindings(change.transaction, port.id);
  const binding = waiting.find((one) => one.host === host);
  if (binding === undefined) throw bindingNotFound(port.id, host);
  await dropInactive(change.transaction, port.id, host);
  if (active !== undefined) await putInactive(change.transaction, port.id, active);
  await setActive(change, port, binding);
}

/** Removes the binding to this host. The port is locked. */
export async function removeBinding(change: Change, port: PortRow, host: string): Promise<void> {
  if (activeOf(port)?.host === host) {
    await setActive(change, port, { host: '', vnic_type: port.binding_vnic_type, profile: {} });
    return;
  }
  await dropInactive(change.transaction, port.id, host);
}

async function setActive(change: Change, port: PortRow, binding: Binding): Promise<void> {
  await sql`update network.ports set binding_host_id = ${binding.host}, binding_failed = false,
      binding_vnic_type = ${binding.vnic_type}, binding_profile = ${JSON.stringify(binding.profile)},
      revision_number = revision_number + 1, updated_at = now()
    where id = ${port.id}`.execute(change.transaction);
  change.touch(`port:${port.id}`);
}

const putInactive = (transaction: NetworkTransaction, portId: string, binding: Binding) =>
  transaction
    .insertInto('network.port_bindings')
    .values({
      port_id: portId,
      host: binding.host,
      vnic_type: binding.vnic_type,
      profile: JSON.stringify(binding.profile),
    })
    .execute();

const dropInactive = (transaction: NetworkTransaction, portId: string, host: string) =>
  transaction
    .deleteFrom('network.port_bindings')
    .where('port_id', '=', portId)
    .where('host', '=', host)
    .execute();
