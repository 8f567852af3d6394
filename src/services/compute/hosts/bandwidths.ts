import { namedUuid } from '../../../core/ids.ts';
import type { ChassisBandwidths } from '../../network/index.ts';
import type { NestedOffer } from '../../placement/index.ts';

/** Neutron's namespace of the providers of OVN's hosts, so that ids are the same as there. */
const NAMESPACE = '5533233b-800c-11eb-b1f4-000056b2f5b8';
const AGENT = 'OVN Controller agent';

/** A host, as far as its bandwidth is concerned. */
export interface BandwidthHost {
  /** Of its root provider. */
  readonly id: string;
  readonly name: string;
  readonly chassis: string;
}

/**
 * What placement is told of each host's bandwidth, by the id of its root provider: the agent's provider and below it one
 * of each bridge. Pure. A bridge is the host's that its chassis names for it, else the one that is called as the chassis
 * is, else the first on that chassis. Hosts on a chassis that is not there at present are left out: nothing is known.
 */
export function bandwidthOffers(
  hosts: readonly BandwidthHost[],
  chassis: readonly ChassisBandwidths[],
): { offers: Map<string, NestedOffer>; faults: string[] } {
  const faults = chassis.flatMap((one) =>
    one.faults.map((fault) => `chassis ${one.chassis}: ${fault}`),
  );
  const bridges = chassis.flatMap((one) => {
    const there = hosts.filter((host) => host.chassis === one.chassis);
    const own = there.find(({ name }) => name === one.hostname || name === one.chassis) ?? there[0];
    return one.bridges.flatMap((bridge) => {
      const host =
        bridge.hypervisor === undefined
          ? own
          : hosts.find(({ name }) => name === bridge.hypervisor);
      if (host !== undefined) return [{ ...bridge, hostId: host.id }];
      if (bridge.hypervisor !== undefined)
        faults.push(
          `chassis ${one.chassis}: bridge '${bridge.bridge}' is said to be of hypervisor '${bridge.hypervisor}', and there is no such host`,
        );
      return [];
    });
  });
  const known = new Set(chassis.map((one) => one.chassis));
  const offers = new Map<string, NestedOffer>();
  for (const { id, name, chassis: its } of hosts) {
    const own = bridges.filter(({ hostId }) => hostId === id);
    if (!known.has(its) && own.length === 0) continue;
    const children = new Map(
      own.map(({ bridge, inventories, traits }) => [
        bridge,
        {
          id: namedUuid(NAMESPACE, `${name}:${bridge}`),
          name: `${name}:${AGENT}:${bridge}`,
          inventories,
          traits,
        },
      ]),
    );
    offers.set(id, {
      id: namedUuid(NAMESPACE, name),
      name: `${name}:${AGENT}`,
      traits: ['CUSTOM_VNIC_TYPE_NORMAL'],
      children: [...children.values()],
    });
  }
  return { offers, faults };
}
