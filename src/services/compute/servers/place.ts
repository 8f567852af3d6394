import { badRequest } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import type { Caller } from '../../identity/caller.ts';
import type { ProviderUsage, Resources } from '../../placement/index.ts';
import type { ComputeContext } from '../context.ts';
import { explain, type Explanation } from '../scheduler/explain.ts';
import { resourcesOf } from '../scheduler/resources.ts';
import { chooseHosts, type Refusal } from '../scheduler/schedule.ts';
import { loadCloud, type Cloud, type Need } from '../scheduler/state.ts';
import { findServerGroup, type ServerGroup } from '../server_groups/model.ts';
import { claim, groupsOf, type PortAllocations, type PortRequests } from './claim.ts';
import type { ServerWish } from './wish.ts';

/** A new server and where it goes; without a host it says why. */
export interface Placed {
  readonly id: string;
  readonly name: string;
  readonly host: string | null;
  /** Of the host; without one the zone that was asked for. */
  readonly zone: string | null;
  readonly failure: Explanation | undefined;
  readonly allocations: PortAllocations;
}

/** Finds a host for each server and takes the resources there, also those that its ports request; what hosts lack is remembered. */
export async function place(
  context: ComputeContext,
  transaction: Transaction,
  caller: Caller,
  wish: ServerWish,
  servers: readonly { id: string; name: string }[],
  requests: PortRequests = new Map(),
): Promise<Placed[]> {
  const { placement, log } = context;
  const { sameHost, differentHost } = wish.hints;
  const group = wish.hints.group && (await claimGroup(transaction, caller, wish.hints.group.id));
  const need: Need = {
    ...wish,
    projectId: caller.projectId ?? '',
    group,
    sameHost,
    differentHost,
    groups: groupsOf(requests),
  };
  const together =
    servers.length > 1 && requests.size === 0
      ? await placeTogether(context, transaction, caller, need, servers)
      : undefined;
  if (together) return together;
  const placed: Placed[] = [];
  /** Where members of the group went in this very request: they have no rows yet. */
  const siblings: string[] = [];
  for (const server of servers) {
    // Read again for each: those before have taken their share.
    const cloud = withSiblings(await loadCloud(context, transaction, need), siblings);
    const { choices, refusals } = chooseHosts(cloud, need);
    let choice: (typeof choices)[number] | undefined;
    let allocations: PortAllocations = new Map();
    const lost: Refusal[] = [];
    for (const candidate of choices) {
      const resources = resourcesOf(wish.flavor);
      const claimed = await claim(
        placement,
        transaction,
        candidate.host.id,
        resources,
        requests,
        wish.flavor.extraSpecs['group_policy'] === 'isolate',
        (allocations) =>
          placement.allocate(
            transaction,
            {
              id: server.id,
              projectId: caller.projectId ?? '',
              userId: caller.userId,
              type: 'INSTANCE',
            },
            allocations,
          ),
      );
      if (claimed.fits) {
        choice = candidate;
        allocations = claimed.ports;
        break;
      }
      lost.push({
        host: candidate.host.name,
        filter: 'Placement',
        reason: claimed.reason,
        short: 'have not enough resources',
      });
    }
    if (choice) siblings.push(choice.host.name);
    const failure = choice ? undefined : explain([...refusals, ...lost]);
    if (failure) log.info({ server: server.id, reason: failure.details }, 'no valid host');
    placed.push({
      ...server,
      host: choice?.host.name ?? null,
      zone: choice?.zone ?? wish.zone ?? null,
      failure,
      allocations,
    });
  }
  return placed;
}

/**
 * The same for servers that all fit: hosts are read once, each choice is counted beside what they have, and all is
 * taken at once. Undefined, and nothing taken, when one fits nowhere or somebody else was faster.
 */
async function placeTogether(
  context: ComputeContext,
  transaction: Transaction,
  caller: Caller,
  need: Need,
  servers: readonly { id: string; name: string }[],
): Promise<Placed[] | undefined> {
  const resources = resourcesOf(need.flavor);
  let cloud = await loadCloud(context, transaction, need);
  const chosen: (Placed & { readonly provider: string })[] = [];
  for (const server of servers) {
    const [choice] = chooseHosts(cloud, need).choices;
    if (choice === undefined) return undefined;
    const { host, zone } = choice;
    chosen.push({
      ...server,
      host: host.name,
      zone,
      failure: undefined,
      allocations: new Map(),
      provider: host.id,
    });
    cloud = withOneMore(cloud, host.name, resources);
  }
  const result = await context.placement.allocateAll(
    transaction,
    chosen.map(({ id, provider }) => ({
      consumer: {
        id,
        projectId: caller.projectId ?? '',
        userId: caller.userId,
        type: 'INSTANCE',
      },
      wanted: { [provider]: resources },
    })),
  );
  return result.fits ? chosen.map(({ provider: _taken, ...placed }) => placed) : undefined;
}

/** As the cloud is with one more such server on a host. */
function withOneMore(cloud: Cloud, name: string, resources: Resources): Cloud {
  const counted = withSiblings(cloud, [name]);
  return {
    ...counted,
    states: counted.states.map((state) =>
      state.host.name === name && state.provider
        ? { ...state, provider: withTaken(state.provider, resources) }
        : state,
    ),
  };
}

const withTaken = (provider: ProviderUsage, resources: Resources): ProviderUsage => ({
  ...provider,
  inventories: Object.fromEntries(
    Object.entries(provider.inventories).map(([name, inventory]) => [
      name,
      { ...inventory, used: inventory.used + (resources[name] ?? 0) },
    ]),
  ),
});

/** The group, to which nobody else adds members until the transaction ends; it may have gone since it was asked for. */
async function claimGroup(
  transaction: Transaction,
  caller: Caller,
  id: string,
): Promise<ServerGroup> {
  const group = await findServerGroup(transaction, caller, id, { lock: true });
  if (!group) throw badRequest(`Instance group ${id} could not be found.`);
  return group;
}

/** Adds the servers that this request has placed already. */
function withSiblings(cloud: Cloud, siblings: readonly string[]): Cloud {
  if (siblings.length === 0) return cloud;
  const here = (name: string) => siblings.filter((sibling) => sibling === name).length;
  return {
    ...cloud,
    states: cloud.states.map((state) => ({
      ...state,
      servers: state.servers + here(state.host.name),
      members: state.members + here(state.host.name),
    })),
    groupHosts: new Set([...cloud.groupHosts, ...siblings]),
  };
}
