import { sql } from 'kysely';
import { badRequest, conflict } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import { standardColumns } from '../attributes/standard.ts';
import type { Values } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import type { Rules } from '../collections/operations.ts';
import { badResource, networkInUse } from '../errors.ts';
import { quotaColumns, reserve, type QuotaUse } from '../quotas/reserve.ts';
import { ensureDefaultGroup } from '../security_groups/default.ts';
import { segmentsOf } from '../segments/allocation.ts';
import { checkZones } from '../zones/zones.ts';
import { checkMtu, checkMtuOfSubnets, largestMtu } from './mtu.ts';
import type { NetworkRow } from './noun.ts';
import { moveNetwork, placeNetwork, type PlaceValues } from './place.ts';

/** What a request says about a new network. */
interface NetworkValues extends PlaceValues {
  readonly id?: string;
  readonly project_id: string;
  readonly name: string;
  readonly description: string;
  readonly admin_state_up: boolean;
  readonly shared: boolean;
  readonly 'router:external': boolean;
  readonly is_default: boolean;
  readonly port_security_enabled: boolean;
  readonly vlan_transparent: boolean | null;
  readonly mtu?: number;
  readonly availability_zone_hints: string[];
}

async function create(change: Change, _caller: Caller, raw: Values): Promise<string> {
  const values = raw as unknown as NetworkValues;
  checkZones(change, values.availability_zone_hints);
  const known = await projectContext(change, values.project_id);
  await reserve(change, 'network', values.project_id, 1, known);
  if (known.default_group === null) await ensureDefaultGroup(change, values.project_id);
  const id = values.id ?? newUuid();
  const segments = await placeNetwork(change, id, values.project_id, values);
  checkTransparency(values.vlan_transparent, segments);
  const largest = largestMtu(change, segments);
  checkMtu(values.mtu ?? 0, largest);
  const isDefault = values.is_default && values['router:external'];
  await settingDefault(
    change,
    isDefault,
    id,
    change.transaction.insertInto('network.networks').values({
      ...standardColumns(values),
      id,
      admin_state_up: values.admin_state_up,
      shared: values.shared,
      external: values['router:external'],
      is_default: isDefault,
      port_security_enabled: values.port_security_enabled,
      vlan_transparent: values.vlan_transparent,
      mtu: values.mtu || largest,
      availability_zone_hints: values.availability_zone_hints,
    }),
  );
  change.touch(`network:${id}`);
  return id;
}

/** Flat networks have no frames with tags: what is tagged on the wire is another network's. */
function checkTransparency(
  wanted: boolean | null,
  segments: readonly { readonly network_type: string }[],
): void {
  if (!wanted || !segments.some(({ network_type: type }) => type === 'flat')) return;
  throw badRequest(
    'Backend does not support VLAN Transparency: networks of type flat cannot carry it.',
    'VlanTransparencyDriverError',
  );
}

/** What of a project the making of a network must know: one question instead of two. */
async function projectContext({ transaction }: Change, projectId: string) {
  const { rows } = await sql<QuotaUse & { default_group: string | null }>`
    select ${quotaColumns('network', projectId)}, (select id from network.security_groups
      where project_id = ${projectId} and is_default) as default_group`.execute(transaction);
  return rows[0]!;
}

/** Writes a network; only one external network can be the default one (409 DefaultExternalNetworkExists). */
async function settingDefault(
  change: Change,
  isDefault: boolean,
  id: string,
  query: { execute(): Promise<unknown> },
): Promise<void> {
  if (isDefault) {
    // Those who would make one wait here, so that none sees a default that is about to go.
    await sql`select pg_advisory_xact_lock(hashtextextended('network default', 0))`.execute(
      change.transaction,
    );
    const other = await change.transaction
      .selectFrom('network.networks')
      .select('id')
      .where('is_default', '=', true)
      .where('id', '<>', id)
      .executeTakeFirst();
    if (other !== undefined) {
      throw conflict(
        `A default external network already exists: ${other.id}. Take is_default from it first.`,
        'DefaultExternalNetworkExists',
      );
    }
  }
  await query.execute();
}

async function update(
  change: Change,
  _caller: Caller,
  row: NetworkRow,
  raw: Values,
): Promise<void> {
  const values = raw as Partial<NetworkValues>;
  await moveNetwork(change, row, values);
  if (values.mtu !== undefined) {
    const largest = largestMtu(change, row.segments);
    checkMtu(values.mtu, largest);
    await checkMtuOfSubnets(change, row.id, values.mtu || largest);
  }
  if (values.shared === false && row.shared) await checkUnshared(change, row);
  if (values['router:external'] === false && row.external) await checkInternal(change, row);
  const external = values['router:external'] ?? row.external;
  const isDefault = external && (values.is_default ?? row.is_default);
  const { name, description, admin_state_up, shared, port_security_enabled } = values;
  const mtu = values.mtu === 0 ? largestMtu(change, row.segments) : values.mtu;
  await settingDefault(
    change,
    isDefault && !row.is_default,
    row.id,
    change.transaction
      .updateTable('network.networks')
      .set({
        // What is undefined stays as it is.
        name,
        description,
        admin_state_up,
        shared,
        port_security_enabled,
        mtu,
        external,
        is_default: isDefault,
        revision_number: sql`revision_number + 1`,
        updated_at: sql`now()`,
      })
      .where('id', '=', row.id),
  );
  change.touch(`network:${row.id}`, ...row.subnets.map((id) => `subnet:${id}`));
}

/** A network may stop being shared with all when no other project uses it, but those it is shared with by name. */
async function checkUnshared(change: Change, row: NetworkRow): Promise<void> {
  const other = await change.transaction
    .selectFrom('network.ports')
    .select('project_id')
    .where('network_id', '=', row.id)
    .where('project_id', 'not in', [row.project_id, '', ...(row.shared_with ?? [])])
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
  await removeUnusedFloatingIps(change, row.id);
  const ports = await transaction
    .selectFrom('network.ports')
    .select(['id', 'device_owner'])
    .where('network_id', '=', row.id)
    .execute();
  const others = ports.filter(({ device_owner }) => !AUTOMATIC_OWNERS.includes(device_owner));
  if (others.length > 0) throw networkInUse(row.id, others.length);
  await transaction.deleteFrom('network.ports').where('network_id', '=', row.id).execute();
  await transaction.deleteFrom('network.subnets').where('network_id', '=', row.id).execute();
  const segments = await segmentsOf(transaction, row.id);
  await transaction.deleteFrom('network.networks').where('id', '=', row.id).execute();
  change.touch(
    `network:${row.id}`,
    ...segments.map(({ id }) => `segment:${id}`),
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

/** Floating IPs that lead nowhere go with their external network; one in use keeps it. */
async function removeUnusedFloatingIps(change: Change, networkId: string): Promise<void> {
  const gone = await sql<{ id: string; floating_port_id: string }>`delete from network.floatingips
    where floating_network_id = ${networkId} and fixed_port_id is null
    returning id, floating_port_id`.execute(change.transaction);
  if (gone.rows.length === 0) return;
  const ports = gone.rows.map(({ floating_port_id }) => floating_port_id);
  await change.transaction.deleteFrom('network.ports').where('id', 'in', ports).execute();
  change.touch(
    ...gone.rows.map(({ id }) => `floatingip:${id}`),
    ...ports.map((id) => `port:${id}`),
  );
}

export const networkRules: Rules<NetworkRow> = { create, update, delete: remove };
