import { badRequest, type Fault } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { ComputeContext } from '../context.ts';
import { explain } from '../scheduler/explain.ts';
import { resourcesOf } from '../scheduler/resources.ts';
import { chooseHosts, type Refusal } from '../scheduler/schedule.ts';
import { loadCloud, type Need } from '../scheduler/state.ts';
import { findServerGroup } from '../server_groups/model.ts';
import { claim, groupsOf, type PortAllocations } from '../servers/claim.ts';
import { portsOfServers, type Server } from '../servers/model.ts';
import type { ServerFlavor, ServerImage } from '../tables.ts';

/** Where a server that exists already shall go. */
export interface Errand {
  readonly flavor: ServerFlavor;
  readonly image: ServerImage;
  /** Only this host will do. */
  readonly only?: string;
  /** Any but this one. */
  readonly except?: string;
  /** Where it is will do, and better than any other. */
  readonly mayStay?: true;
  /** Null: in any; absent: in the one that was asked for when it was made. */
  readonly zone?: string | null;
}

/** The host that was found, and which of its providers serve the server's ports there. */
export interface Destination {
  readonly name: string;
  readonly id: string;
  readonly zone: string;
  readonly allocations: PortAllocations;
}

/** The server as a consumer in placement. */
export const consumerOf = (server: Server) =>
  ({
    id: server.id,
    projectId: server.project_id,
    userId: server.user_id,
    type: 'INSTANCE',
  }) as const;

/**
 * Finds a host for a server that exists, and gives it the resources there in place of all that it had. Fails (400) when
 * none can take it, as a request that nothing was done for; administrators are told why of each host.
 */
export async function claimHost(
  context: ComputeContext,
  transaction: Transaction,
  caller: Caller,
  server: Server,
  errand: Errand,
): Promise<Destination> {
  const attempts = errand.mayStay
    ? [
        { ...errand, only: server.host ?? '' },
        { ...errand, except: server.host ?? '' },
      ]
    : [errand];
  const refusals: Refusal[] = [];
  for (const attempt of attempts) {
    const found = await tryHosts(context, transaction, caller, server, attempt);
    if (!Array.isArray(found)) return found;
    refusals.push(...found);
  }
  throw noValidHost(caller, refusals);
}

async function tryHosts(
  context: ComputeContext,
  transaction: Transaction,
  caller: Caller,
  server: Server,
  { flavor, image, only, except, zone, mayStay }: Errand,
): Promise<Destination | Refusal[]> {
  const ports = await portsOfServers(transaction, [server.id]);
  const requests = await context.network.resourceRequests(
    transaction,
    ports.map(({ port_id: id }) => id),
  );
  const groupId = only === server.host ? null : server.server_group_id;
  const group =
    groupId === null
      ? undefined
      : await findServerGroup(transaction, caller, groupId, { lock: true });
  const need: Need = {
    projectId: server.project_id,
    flavor,
    image,
    imageProperties: {},
    zone: (zone === undefined ? server.pinned_zone : zone) ?? undefined,
    host: only,
    isForced: false,
    group,
    sameHost: [],
    differentHost: [],
    groups: groupsOf(requests),
  };
  const cloud = await loadCloud(context, transaction, need);
  const states = cloud.states.filter(
    ({ host }) => host.name !== except && (!mayStay || except !== undefined || host.name === only),
  );
  const { choices, refusals } = chooseHosts({ ...cloud, states }, need);
  const lost: Refusal[] = [];
  for (const { host, zone: there } of choices) {
    const claimed = await claim(
      context.placement,
      transaction,
      host.id,
      resourcesOf(flavor),
      requests,
      flavor.extraSpecs['group_policy'] === 'isolate',
      (allocations) => context.placement.allocate(transaction, consumerOf(server), allocations),
    );
    if (claimed.fits)
      return { name: host.name, id: host.id, zone: there, allocations: claimed.ports };
    lost.push({
      host: host.name,
      filter: 'Placement',
      reason: claimed.reason,
      short: 'have not enough resources',
    });
  }
  return [...refusals, ...lost];
}

function noValidHost(caller: Caller, refusals: readonly Refusal[]): Fault {
  const { message, details } = explain(refusals);
  return badRequest(caller.isAdmin ? details : message);
}
