import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { violatedConstraint } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { badResource, invalidInput, networkInUse } from '../errors.ts';
import { reserve } from '../quotas/reserve.ts';
import { ensureDefaultGroup } from '../security_groups/default.ts';
import type { NetworkRow } from './noun.ts';

/** What a request says about a new network. */
interface NetworkValues {
  readonly id?: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly admin_state_up: boolean;
  readonly shared: boolean;
  readonly 'router:external': boolean;
  readonly is_default: boolean;
  readonly port_security_enabled: boolean;
  readonly mtu?: number;
  readonly dns_domain: string;
  readonly availability_zone_hints: string[];
  readonly 'provider:network_type'?: 'geneve' | 'flat' | 'vlan';
  readonly 'provider:physical_network'?: string | null;
  readonly 'provider:segmentation_id'?: number | null;
}

interface Segment {
  readonly network_type: 'geneve' | 'flat' | 'vlan';
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
}

/** Where the network's packets travel, as asked for; a tenant network's number comes from the database. */
function segmentOf(values: NetworkValues, physicalNetworks: ReadonlyMap<string, number>): Segment {
  const type = values['provider:network_type'] ?? 'geneve';
  const physical = values['provider:physical_network'] ?? null;
  const number = values['provider:segmentation_id'] ?? null;
  if (type === 'geneve') {
    if (physical !== null) {
      throw invalidInput('provider:physical_network specified for geneve network.');
    }
    return { network_type: type, physical_network: null, segmentation_id: number };
  }
  if (physical === null) {
    throw invalidInput(`provider:physical_network is required for ${type} networks.`);
  }
  if (!physicalNetworks.has(physical)) {
    throw invalidInput(
      `physical_network '${physical}' unknown for ${type} provider network: there are ${[...physicalNetworks.keys()].join(', ') || 'none'}.`,
    );
  }
  if (type === 'flat' && number !== null) {
    throw invalidInput('provider:segmentation_id specified for flat network.');
  }
  if (type === 'vlan' && (number === null || number > 4094)) {
    throw invalidInput('provider:segmentation_id of a vlan network must be from 1 to 4094.');
  }
  return { network_type: type, physical_network: physical, segmentation_id: number };
}

function checkMtu(mtu: number, maximum: number): void {
  if (mtu > maximum) {
    throw invalidInput(
      `Requested MTU is too big, maximum is ${maximum}: what the network below carries less the tunnel header.`,
    );
  }
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as NetworkValues;
  await reserve(change, 'network', values.project_id);
  const segment = segmentOf(values, change.settings.physicalNetworks);
  const largest = mtuLimit(change, segment.physical_network);
  const mtu = values.mtu ?? largest;
  checkMtu(mtu, largest);
  await ensureDefaultGroup(change, values.project_id);
  const id = values.id ?? newUuid();
  const number =
    segment.network_type === 'geneve' && segment.segmentation_id === null
      ? sql<number>`nextval('network.segmentation_ids')`
      : sql<number | null>`${segment.segmentation_id}::integer`;
  try {
    await change.transaction
      .insertInto('network.networks')
      .values({
        ...standardColumns(values),
        id,
        admin_state_up: values.admin_state_up,
        shared: values.shared,
        external: values['router:external'],
        is_default: values.is_default,
        port_security_enabled: values.port_security_enabled,
        mtu,
        network_type: segment.network_type,
        physical_network: segment.physical_network,
        segmentation_id: number,
        dns_domain: values.dns_domain,
        availability_zone_hints: values.availability_zone_hints,
      })
      .execute();
  } catch (error) {
    if (violatedConstraint(error) !== 'networks_segment') throw error;
    throw segmentInUse(segment);
  }
  change.touch(`network:${id}`);
  return id;
}

function segmentInUse({ network_type, physical_network, segmentation_id }: Segment) {
  if (network_type === 'flat') {
    return conflict(
      `Unable to create the flat network. Physical network ${physical_network} is in use.`,
      'FlatNetworkInUse',
    );
  }
  return conflict(
    `Unable to create the network. The ${network_type} number ${segmentation_id}${
      physical_network === null ? '' : ` on physical network ${physical_network}`
    } is in use.`,
    network_type === 'vlan' ? 'VlanIdInUse' : 'TunnelIdInUse',
  );
}

const mtuLimit = (change: Change, physicalNetwork: string | null): number =>
  physicalNetwork === null
    ? change.settings.tunnelMtu
    : (change.settings.physicalNetworks.get(physicalNetwork) ?? change.settings.tunnelMtu);

async function update(
  change: Change,
  _caller: Caller,
  row: NetworkRow,
  raw: Values,
): Promise<void> {
  const values = raw as Partial<NetworkValues>;
  if (values.mtu !== undefined) checkMtu(values.mtu, mtuLimit(change, row.physical_network));
  if (values.shared === false && row.shared) await checkUnshared(change, row);
  if (values['router:external'] === false && row.external) await checkInternal(change, row);
  const { 'router:external': external, ...rest } = values;
  await change.transaction
    .updateTable('network.networks')
    .set({
      ...rest,
      ...(external === undefined ? {} : { external }),
      revision_number: sql`revision_number + 1`,
      updated_at: sql`now()`,
    })
    .where('id', '=', row.id)
    .execute();
  change.touch(`network:${row.id}`, ...row.subnets.map((id) => `subnet:${id}`));
}

/** A network may stop being shared when no other project uses it. */
async function checkUnshared(change: Change, row: NetworkRow): Promise<void> {
  const other = await change.transaction
    .selectFrom('network.ports')
    .select('project_id')
    .where('network_id', '=', row.id)
    .where('project_id', 'not in', [row.project_id, ''])
    .limit(1)
    .executeTakeFirst();
  if (other === undefined) return;
  throw conflict(
    `Unable to reconfigure sharing settings for network ${row.name || row.id}. Multiple projects are using it: project ${other.project_id} has a port there.`,
    'InvalidSharedSetting',
  );
}

/** A network may stop being external when no gateway or floating IP needs it. */
async function checkInternal(change: Change, row: NetworkRow): Promise<void> {
  const user = await change.transaction
    .selectFrom('network.ports')
    .select('id')
    .where('network_id', '=', row.id)
    .where('device_owner', 'in', ['network:router_gateway', 'network:floatingip'])
    .limit(1)
    .executeTakeFirst();
  if (user === undefined) return;
  throw conflict(
    `External network ${row.id} cannot be updated to be made non-external, since it has existing gateway ports or floating IPs.`,
    'ExternalNetworkInUse',
  );
}

/** Ports that belong to the network itself and go with it. */
export const AUTOMATIC_OWNERS: readonly string[] = ['network:distributed', 'network:dhcp'];

async function remove(change: Change, _caller: Caller, row: NetworkRow): Promise<void> {
  const { transaction } = change;
  // No port can be made meanwhile: its foreign key waits for this lock.
  await sql`select 1 from network.networks where id = ${row.id} for update`.execute(transaction);
  const ports = await transaction
    .selectFrom('network.ports')
    .select(['id', 'device_owner'])
    .where('network_id', '=', row.id)
    .execute();
  const others = ports.filter(({ device_owner }) => !AUTOMATIC_OWNERS.includes(device_owner));
  if (others.length > 0) throw networkInUse(row.id, others.length);
  await transaction.deleteFrom('network.ports').where('network_id', '=', row.id).execute();
  await transaction.deleteFrom('network.subnets').where('network_id', '=', row.id).execute();
  await transaction.deleteFrom('network.networks').where('id', '=', row.id).execute();
  change.touch(
    `network:${row.id}`,
    ...ports.map(({ id }) => `port:${id}`),
    ...row.subnets.map((id) => `subnet:${id}`),
  );
}

/** The network must be one that routers and floating IPs may reach the outside through. */
export function checkExternal(
  network: { id: string; external: boolean } | undefined,
  id: string,
  resource: string,
) {
  if (network?.external) return;
  throw badResource(resource, `Network ${id} is not a valid external network.`);
}

export const networkRules: Rules<NetworkRow> = { create, update, delete: remove };
