import { badRequest, type Fault } from '../../../core/errors.ts';
import type { Transaction } from '../../../database/database.ts';
import type { ResourceRequest } from '../../network/index.ts';
import type { AllocationResult, PlacementService, Resources } from '../../placement/index.ts';

/** What ports need of their server's host, by port. */
export type PortRequests = ReadonlyMap<string, ResourceRequest>;

/** Port → request group → the provider that serves it, for `binding:profile`. */
export type PortAllocations = ReadonlyMap<string, Readonly<Record<string, string>>>;

export type Claim =
  | { readonly fits: true; readonly ports: PortAllocations }
  | { readonly fits: false; readonly reason: string };

/** Others may take a provider's last between the look and the taking: so often it is looked again. */
const MOST_ATTEMPTS = 4;

export const groupsOf = (requests: PortRequests) =>
  [...requests.values()].flatMap(({ request_groups: groups }) => groups);

/**
 * Takes resources of a host, and what its ports need of the providers below it. `take` writes it in the caller's
 * transaction: a new server's `allocate`, or `adjust` for one that has something already. `isolate`: no two groups from
 * one provider (`group_policy` of the flavor).
 */
export async function claim(
  placement: Pick<PlacementService, 'findFit'>,
  transaction: Transaction,
  hostId: string,
  resources: Resources,
  requests: PortRequests,
  isolate: boolean,
  take: (allocations: Readonly<Record<string, Resources>>) => Promise<AllocationResult>,
): Promise<Claim> {
  const groups = groupsOf(requests);
  const sameSubtrees = [...requests.values()].map((request) => request.same_subtree);
  let reason = 'no provider below it can serve what the ports need';
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const fit =
      groups.length === 0
        ? { allocations: { [hostId]: resources }, mappings: {} as Record<string, string> }
        : await placement.findFit(transaction, hostId, resources, groups, {
            sameSubtrees,
            isolate,
          });
    if (fit === undefined) break;
    const result = await take(fit.allocations);
    if (result.fits)
      return {
        fits: true,
        ports: new Map(
          [...requests].map(([port, { request_groups: its }]) => [
            port,
            Object.fromEntries(its.map(({ id }) => [id, fit.mappings[id]!])),
          ]),
        ),
      };
    reason = result.shortages.map((one) => `${one.resourceClass}: ${one.reason}`).join('; ');
    if (groups.length === 0) break;
  }
  return { fits: false, reason };
}

/** The member of a port's binding, when something was taken for it. */
export function allocationOf(
  allocations: PortAllocations,
  portId: string,
): { allocation?: Readonly<Record<string, string>> } {
  const allocation = allocations.get(portId);
  return allocation === undefined ? {} : { allocation };
}

/** Nova takes ports with a minimum bandwidth, and makes none. */
export const networkWithPolicy = (networkId: string, serverId?: string): Fault =>
  badRequest(
    `Using networks with QoS policy is not supported for instance${serverId === undefined ? 's' : ` ${serverId}`}. (Network ID is ${networkId}): create a port there and name that.`,
  );
