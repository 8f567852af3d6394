import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Change } from '../change.ts';
import { find } from '../collections/noun.ts';
import { badResource } from '../errors.ts';
import { alreadyAssociated, routerBetween } from '../floatingips/association.ts';
import type { FloatingIpRow } from '../floatingips/noun.ts';
import { RESERVED_OWNERS } from '../ports/create.ts';
import { portNoun, type PortRow } from '../ports/noun.ts';
import { external, internal, type PortForwardingRow } from './noun.ts';
import { setRouter } from './removal.ts';
import { formatRange, lengthOf, rangesMeet, type PortRange } from './ranges.ts';

/** What a request says about a port forwarding. */
export interface PortForwardingValues {
  readonly description?: string;
  readonly protocol?: 'tcp' | 'udp';
  readonly external_port?: number | null;
  readonly external_port_range?: PortRange | null;
  readonly internal_port?: number | null;
  readonly internal_port_range?: PortRange | null;
  readonly internal_ip_address?: string | null;
  readonly internal_port_id?: string;
}

/** Most ports of one floating IP that are forwarded; each is an entry of OVN's load balancer. */
const MOST_PORTS = 4096;

const bad = (sentence: string) => badResource('port_forwarding', sentence);

/** The columns of a forwarding. */
interface Plan {
  readonly protocol: 'tcp' | 'udp';
  readonly external: PortRange;
  readonly internal: PortRange;
  readonly internal_port_id: string;
  readonly internal_ip_address: string;
}

/** The range that a request means by one port, by a range, or (in an update) by silence. */
function rangeOf(
  side: 'external' | 'internal',
  port: number | null | undefined,
  range: PortRange | null | undefined,
  present: PortRange | undefined,
): PortRange {
  const single = port === null || port === undefined ? undefined : { first: port, last: port };
  if (single !== undefined && range && formatRange(single) !== formatRange(range)) {
    throw bad(`${side}_port and ${side}_port_range say different things: send one of them.`);
  }
  const wanted = range ?? single ?? present;
  if (wanted === undefined) throw bad(`${side}_port or ${side}_port_range must be specified.`);
  return wanted;
}

/** The port inside and the address of it that is meant; undefined `address`: its first IPv4 address. */
function addressOf(port: PortRow, address: string | undefined): string {
  const own = port.fixed_ips.map(({ ip_address }) => ip_address).filter((ip) => !ip.includes(':'));
  if (own.length === 0) {
    throw bad(`Requested internal port ${port.id} must allocate an IPv4 address at least.`);
  }
  const found = address === undefined ? own[0] : own.find((ip) => ip === address);
  if (found !== undefined) return found;
  throw bad(
    `Requested internal IP address ${address} is not suitable for internal neutron port ${port.id}, as its fixed_ips are ${own.join(', ')}.`,
  );
}

/**
 * What the forwarding will be, after every check. Both floating IP and port are locked, so that two requests cannot
 * take the same port of one of them. Gives the router between them too.
 */
async function plan(
  change: Change,
  caller: Caller,
  floating: FloatingIpRow,
  values: PortForwardingValues,
  present: PortForwardingRow | undefined,
): Promise<{ planned: Plan; routerId: string }> {
  const { transaction } = change;
  if (floating.fixed_port_id !== null) {
    throw alreadyAssociated(floating, floating.fixed_port_id, floating.fixed_ip_address ?? '');
  }
  const portId = values.internal_port_id ?? present!.internal_port_id;
  await sql`select 1 from network.ports where id = ${portId} for no key update`.execute(
    transaction,
  );
  const port = await find(transaction, portNoun, caller, portId);
  if (port.router_id !== null || RESERVED_OWNERS.includes(port.device_owner)) {
    throw bad(`Port ${port.id} belongs to ${port.device_owner}: nothing is forwarded to it.`);
  }
  // Another port is asked for its own address, the same port keeps the one it has.
  const moved = present === undefined || port.id !== present.internal_port_id;
  const address = addressOf(
    port,
    values.internal_ip_address ?? (moved ? undefined : present.internal_ip_address),
  );
  await checkNoFloatingIp(change, floating, port.id, address);
  const planned: Plan = {
    protocol: values.protocol ?? present!.protocol,
    external: rangeOf(
      'external',
      values.external_port,
      values.external_port_range,
      present && external(present),
    ),
    internal: rangeOf(
      'internal',
      values.internal_port,
      values.internal_port_range,
      present && internal(present),
    ),
    internal_port_id: port.id,
    internal_ip_address: address,
  };
  checkLengths(planned);
  const { subnet_id: subnetId } = port.fixed_ips.find(({ ip_address }) => ip_address === address)!;
  const routerId = await routerBetween(transaction, subnetId, floating.floating_network_id);
  if (routerId === undefined) {
    throw bad(
      `External network ${floating.floating_network_id} is not reachable from subnet ${subnetId}. Cannot set Port forwarding for port ${port.id} with Floating IP ${floating.id}: add the subnet to a router with a gateway on that network.`,
    );
  }
  await checkOthers(change, floating, planned, routerId, present?.id);
  return { planned, routerId };
}

function checkLengths({ external: outside, internal: inside }: Plan): void {
  if (lengthOf(outside) > MOST_PORTS) {
    throw bad(
      `external_port_range has ${lengthOf(outside)} ports, ${MOST_PORTS} can be forwarded.`,
    );
  }
  if (lengthOf(inside) === 1 || lengthOf(inside) === lengthOf(outside)) return;
  throw bad(
    'Invalid ranges of internal and/or external ports. The relation between internal and external ports must be N-N or 1-N.',
  );
}

async function checkNoFloatingIp(
  change: Change,
  floating: FloatingIpRow,
  portId: string,
  address: string,
): Promise<void> {
  const other = await change.transaction
    .selectFrom('network.floatingips')
    .select(['id', 'floating_ip_address'])
    .where('fixed_port_id', '=', portId)
    .executeTakeFirst();
  if (other === undefined) return;
  throw conflict(
    `Cannot create port forwarding to floating IP ${floating.floating_ip_address} (${floating.id}) with port ${portId} using fixed IP ${address}, as that port already has a binding floating IP ${other.floating_ip_address}.`,
    'PortHasBindingFloatingIP',
  );
}

/** Collisions with other forwardings, outside and inside, and whether all can lead through one router. */
async function checkOthers(
  change: Change,
  floating: FloatingIpRow,
  planned: Plan,
  routerId: string,
  ownId: string | undefined,
): Promise<void> {
  const { rows } = await sql<PortForwardingRow>`select * from network.port_forwardings
    where (floatingip_id = ${floating.id} or internal_port_id = ${planned.internal_port_id})`.execute(
    change.transaction,
  );
  const others = rows.filter(({ id }) => id !== ownId);
  const collide = (key: string, a: PortRange, b: PortRange) =>
    bad(
      `There is a port collision with the ${key}. The following ranges collide: ${formatRange(a)} and ${formatRange(b)}.`,
    );
  const ofFloating = others.filter(({ floatingip_id }) => floatingip_id === floating.id);
  for (const other of others.filter(({ protocol }) => protocol === planned.protocol)) {
    const outside = external(other);
    if (other.floatingip_id === floating.id && rangesMeet(outside, planned.external)) {
      throw collide('external_port_range', outside, planned.external);
    }
    const inside = internal(other);
    const sameAddress =
      other.internal_port_id === planned.internal_port_id &&
      other.internal_ip_address === planned.internal_ip_address;
    if (sameAddress && rangesMeet(inside, planned.internal)) {
      throw collide('internal_port_range', inside, planned.internal);
    }
  }
  if (ofFloating.length > 0 && floating.router_id !== routerId) {
    throw bad(
      `The Floating IP ${floating.id} had been set on router ${floating.router_id}, the internal Neutron port ${planned.internal_port_id} can not reach it.`,
    );
  }
  const ports = ofFloating.reduce((sum, other) => sum + lengthOf(external(other)), 0);
  if (ports + lengthOf(planned.external) > MOST_PORTS) {
    throw bad(`Floating IP ${floating.id} forwards ${ports} ports already, ${MOST_PORTS} can be.`);
  }
}

const columnsOf = (planned: Plan) => ({
  protocol: planned.protocol,
  external_first: planned.external.first,
  external_last: planned.external.last,
  internal_port_id: planned.internal_port_id,
  internal_ip_address: planned.internal_ip_address,
  internal_first: planned.internal.first,
  internal_last: planned.internal.last,
});

/** Creates a forwarding of the floating IP, which is locked. Gives the id. */
export async function createPortForwarding(
  change: Change,
  caller: Caller,
  floating: FloatingIpRow,
  values: PortForwardingValues,
): Promise<string> {
  const { planned, routerId } = await plan(change, caller, floating, values, undefined);
  const id = newUuid();
  await change.transaction
    .insertInto('network.port_forwardings')
    .values({
      id,
      project_id: floating.project_id,
      description: values.description ?? '',
      floatingip_id: floating.id,
      ...columnsOf(planned),
    })
    .execute();
  await setRouter(change, floating.id, routerId);
  return id;
}

/** Changes a forwarding of the floating IP, which is locked. */
export async function updatePortForwarding(
  change: Change,
  caller: Caller,
  floating: FloatingIpRow,
  row: PortForwardingRow,
  values: PortForwardingValues,
): Promise<void> {
  const { description, ...rest } = values;
  const moves = Object.keys(rest).length > 0;
  const next = moves ? await plan(change, caller, floating, values, row) : undefined;
  await change.transaction
    .updateTable('network.port_forwardings')
    .set({
      ...(description === undefined ? {} : { description }),
      ...(next && columnsOf(next.planned)),
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute();
  if (next !== undefined) await setRouter(change, floating.id, next.routerId);
}
