import { badRequest, Fault, forbidden } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { transact, type Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { NetworkChange } from '../../network/index.ts';
import type { OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { DEFAULT_ZONE } from '../hosts/rules.ts';
import { recordActions } from '../instance_actions/model.ts';
import { budgetsOf, lockQuota } from '../quotas/model.ts';
import { quotaFault, roomFor } from '../quotas/rules.ts';
import { tablesOf, type ServerFlavor } from '../tables.ts';
import { has } from '../microversions.ts';
import { allocationOf, networkWithPolicy, type PortRequests } from './claim.ts';
import { place, type Placed } from './place.ts';
import { ownersOf } from './projection.ts';
import { checkMetadata, dnsNameOf, hostnameOf, newReservationId } from './rules.ts';
import { faultOf } from './settle.ts';
import type { ServerWish } from './wish.ts';

/** Of Nova's owners of ports: the zone is part of the name. */
export const deviceOwner = (zone: string | null): string => `compute:${zone ?? DEFAULT_ZONE}`;

interface CreatedPort {
  readonly server_id: string;
  readonly port_id: string;
  readonly network_id: string;
  readonly position: number;
  readonly owned: boolean;
  readonly tag: string | null;
}

export interface CreatedServers {
  readonly servers: readonly { readonly id: string; readonly name: string }[];
  readonly reservationId: string;
}

/**
 * Makes servers in one transaction: quota, hosts and their resources, rows, ports. A server that fits nowhere is
 * made all the same and is in ERROR with the reason of each host, as Nova's clients expect; everything else that
 * is wrong makes nothing at all.
 */
export async function createServers(
  context: ComputeContext,
  request: OperationRequest,
  wish: ServerWish,
): Promise<CreatedServers> {
  const { database, hosts, network, projector } = context;
  const { caller, requestId } = request;
  const projectId = caller.projectId ?? '';
  const reservationId = newReservationId();
  const { placed, ports, change } = await transact(database, async (transaction) => {
    await lockQuota(transaction, projectId);
    const count = await countWithin(transaction, caller, wish);
    const names = namesOf(wish.name, count);
    const intended = names.length === 1 ? request.intendedId : undefined;
    const servers = names.map((name) => ({ id: intended ?? newUuid(), name }));
    const requests = await requestsOf(context, transaction, request, wish);
    const result = await place(context, transaction, caller, wish, servers, requests);
    await insertServers(transaction, caller, wish, result, reservationId);
    const changes = network.change(transaction);
    const made = await makePorts(hosts, changes, caller, wish, result).catch(asNova);
    if (made.length > 0)
      await tablesOf(transaction).insertInto('compute.server_ports').values(made).execute();
    for (const failed of [true, false]) {
      const group = result.filter(({ failure }) => (failure !== undefined) === failed);
      await recordActions(transaction, caller, requestId, group, 'create', {
        name: failed
          ? 'conductor_schedule_and_build_instances'
          : 'compute__do_build_and_run_instance',
        ...(failed && group[0]?.failure ? { failure: group[0].failure.details } : {}),
      });
    }
    return { placed: result, ports: made, change: changes };
  });
  change.mark();
  projector.mark(
    ...placed.flatMap((server) =>
      ownersOf(
        server,
        ports.filter(({ server_id: id }) => id === server.id),
        hosts,
      ),
    ),
  );
  return { servers: placed, reservationId };
}

/** How many of the servers the quota lets through; fewer than the minimum is a 403. */
async function countWithin(
  transaction: Transaction,
  { projectId = '', userId }: Caller,
  wish: ServerWish,
): Promise<number> {
  const budgets = await budgetsOf(transaction, projectId, userId);
  const [{ limits }] = budgets;
  checkMetadata(wish.metadata, limits.metadata_items, 'server.metadata');
  const one = { instances: 1, cores: wish.flavor.vcpus, ram: wish.flavor.memoryMb };
  const rooms = budgets.map((budget) => roomFor(budget.usage, budget.limits, one));
  const count = Math.min(wish.maximum, ...rooms);
  const members = wish.hints.group?.members.length ?? 0;
  const most = limits.server_group_members;
  if (wish.hints.group && most >= 0 && members + count > most)
    throw forbidden('Quota exceeded, too many servers in group');
  if (count >= wish.minimum) return count;
  const short = budgets[rooms[0]! < wish.minimum ? 0 : 1];
  throw quotaFault(short.usage, short.limits, {
    instances: wish.minimum,
    cores: one.cores * wish.minimum,
    ram: one.ram * wish.minimum,
  });
}

/** `web-1`, `web-2`, … when there are several. */
const namesOf = (name: string, count: number): string[] =>
  count === 1
    ? [name]
    : Array.from({ length: count }, (_, index) => `${name.slice(0, 250)}-${index + 1}`);

/** What a server keeps of a flavor. */
export const serverFlavor = (flavor: ServerFlavor): ServerFlavor => ({
  id: flavor.id,
  name: flavor.name,
  vcpus: flavor.vcpus,
  memoryMb: flavor.memoryMb,
  rootGb: flavor.rootGb,
  ephemeralGb: flavor.ephemeralGb,
  swapMb: flavor.swapMb,
  extraSpecs: flavor.extraSpecs,
});

async function insertServers(
  transaction: Transaction,
  caller: Caller,
  wish: ServerWish,
  placed: readonly Placed[],
  reservationId: string,
): Promise<void> {
  await tablesOf(transaction)
    .insertInto('compute.servers')
    .values(
      placed.map(({ id, name, host, zone, failure }, index) => ({
        id,
        name,
        host,
        project_id: caller.projectId ?? '',
        user_id: caller.userId,
        description: wish.description,
        hostname: wish.hostname ?? hostnameOf(name, id),
        vm_state: failure === undefined ? ('building' as const) : ('error' as const),
        task_state: failure === undefined ? 'spawning' : null,
        power: 'running' as const,
        availability_zone: zone,
        pinned_zone: wish.zone ?? null,
        flavor: JSON.stringify(serverFlavor(wish.flavor)),
        flavor_id: wish.flavor.id,
        image_id: wish.imageId,
        image: JSON.stringify(wish.image),
        key_name: wish.keypair?.name ?? null,
        key_type: wish.keypair?.type ?? null,
        key_data: wish.keypair?.public_key ?? null,
        user_data: wish.userData,
        config_drive: wish.configDrive,
        password_hash: wish.passwordHash,
        metadata: JSON.stringify(wish.metadata),
        tags: [...wish.tags],
        locked_by: null,
        locked_reason: null,
        access_ip_v4: wish.accessIpV4,
        access_ip_v6: wish.accessIpV6,
        disk_config: wish.diskConfig,
        reservation_id: reservationId,
        launch_index: index,
        fault:
          failure === undefined ? null : faultOf('scheduler', failure.message, failure.details),
        server_group_id: wish.hints.group?.id ?? null,
        launched_at: null,
        terminated_at: null,
        deleted_at: null,
      })),
    )
    .execute();
}

/** Makes or takes the ports of those servers that have a host. */
async function makePorts(
  hosts: Pick<HostDirectory, 'chassisOf'>,
  change: NetworkChange,
  caller: Caller,
  wish: ServerWish,
  placed: readonly Placed[],
): Promise<CreatedPort[]> {
  const dnsNameFor = ({ id, name }: Placed) => dnsNameOf(wish.hostname ?? hostnameOf(name, id));
  const wanted = placed.flatMap((server) =>
    server.host === null
      ? []
      : wish.interfaces.map((one, position) => ({
          ...one,
          server,
          position,
          host: hosts.chassisOf(server.host!),
        })),
  );
  const own = await change.createPorts(
    caller,
    wanted.flatMap((one) =>
      one.portId === undefined
        ? [
            {
              networkId: one.networkId,
              ...(one.fixedIp === undefined ? {} : { fixedIps: [{ ipAddress: one.fixedIp }] }),
              ...(wish.securityGroups === undefined ? {} : { securityGroups: wish.securityGroups }),
              deviceId: one.server.id,
              deviceOwner: deviceOwner(one.server.zone),
              host: one.host,
              dnsName: dnsNameFor(one.server),
            },
          ]
        : [],
    ),
  );
  const made: CreatedPort[] = [];
  for (const { server, position, portId, networkId, tag, host } of wanted) {
    const given =
      portId &&
      (await change.bindPort(caller, portId, {
        host,
        deviceId: server.id,
        deviceOwner: deviceOwner(server.zone),
        dnsName: dnsNameFor(server),
        ...allocationOf(server.allocations, portId),
      }));
    made.push({
      server_id: server.id,
      port_id: given ? given.id : own.shift()!,
      network_id: given ? given.networkId : networkId,
      position,
      owned: !given,
      tag,
    });
  }
  return made;
}

/** What the ports need of the host; networks that promise a bandwidth to new ports are refused, as in Nova. */
async function requestsOf(
  { network }: ComputeContext,
  transaction: Transaction,
  { microversion }: OperationRequest,
  { interfaces }: ServerWish,
): Promise<PortRequests> {
  const portIds = interfaces.flatMap(({ portId }) => portId ?? []);
  const networkIds = interfaces.flatMap(({ portId, networkId }) =>
    portId === undefined ? [networkId] : [],
  );
  const [minimum] = await network.networksWithMinimum(transaction, networkIds);
  if (minimum !== undefined) throw networkWithPolicy(minimum);
  const requests = await network.resourceRequests(transaction, portIds);
  if (requests.size > 0 && !has(microversion, 'portResourceRequests'))
    throw badRequest(
      'Creating servers with ports having resource requests, like a port with a QoS minimum bandwidth policy, is not supported until microversion 2.72.',
    );
  return requests;
}

/** Neutron's refusals as Nova's clients know them. */
export function asNova(error: unknown): never {
  if (!(error instanceof Fault)) throw error;
  if (error.type === 'OverQuota')
    throw new Fault('forbidden', `Maximum number of ports exceeded: ${error.message}`, {
      cause: error,
    });
  if (error.type === 'IpAddressInUse' || error.type === 'IpAddressAlreadyAllocated')
    throw new Fault('badRequest', `Fixed IP address is already in use: ${error.message}`, {
      cause: error,
    });
  if (error.type === 'IpAddressGenerationFailure' || error.kind === 'notFound')
    throw new Fault('badRequest', error.message, { cause: error });
  throw error;
}
