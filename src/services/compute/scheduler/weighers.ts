import type { HostState, Need } from './state.ts';

/** One reason to prefer a host. Pure. */
export interface Weigher {
  readonly name: string;
  /** What an aggregate's metadata calls the multiplier of its hosts (Nova's names). */
  readonly option: string;
  readonly multiplier: number;
  /** More is better; the values of all hosts are brought between 0 and 1 before they are multiplied. */
  weigh(state: HostState, need: Need): number;
}

/** What is free of a class, in its own unit. */
function freeOf({ provider }: HostState, name: string): number {
  const inventory = provider?.inventories[name];
  if (!inventory) return 0;
  return (inventory.total - inventory.reserved) * inventory.allocation_ratio - inventory.used;
}

/** Nova's weighers with Nova's multipliers: servers spread, and members of soft groups come together or keep apart. */
export const WEIGHERS: readonly Weigher[] = [
  {
    // A raw image may be a root file system or a disk: containers first.
    name: 'ContainersFirst',
    option: 'containers_first_weight_multiplier',
    multiplier: 1000,
    weigh: ({ host }) => (host.live?.driver === 'qemu' ? 0 : 1),
  },
  {
    name: 'RAMWeigher',
    option: 'ram_weight_multiplier',
    multiplier: 1,
    weigh: (state) => freeOf(state, 'MEMORY_MB'),
  },
  {
    name: 'CPUWeigher',
    option: 'cpu_weight_multiplier',
    multiplier: 1,
    weigh: (state) => freeOf(state, 'VCPU'),
  },
  {
    name: 'DiskWeigher',
    option: 'disk_weight_multiplier',
    multiplier: 1,
    weigh: (state) => freeOf(state, 'DISK_GB'),
  },
  {
    name: 'NumInstancesWeigher',
    option: 'num_instances_weight_multiplier',
    multiplier: 0,
    weigh: ({ servers }) => servers,
  },
  {
    name: 'ServerGroupSoftAffinityWeigher',
    option: 'soft_affinity_weight_multiplier',
    multiplier: 10,
    weigh: ({ members }, { group }) => (group?.policy === 'soft-affinity' ? members : 0),
  },
  {
    name: 'ServerGroupSoftAntiAffinityWeigher',
    option: 'soft_anti_affinity_weight_multiplier',
    multiplier: 10,
    weigh: ({ members }, { group }) => (group?.policy === 'soft-anti-affinity' ? -members : 0),
  },
];

/** The multiplier for a host: the smallest that its aggregates name, else the weigher's own. */
function multiplierOf({ option, multiplier }: Weigher, { aggregates }: HostState): number {
  const named = aggregates
    .map(({ metadata }) => Number(metadata[option] ?? Number.NaN))
    .filter(Number.isFinite);
  return named.length > 0 ? Math.min(...named) : multiplier;
}

/** The sum of all weights of each host, in the hosts' order. */
export function weightsOf(states: readonly HostState[], need: Need): number[] {
  const sums = states.map(() => 0);
  for (const weigher of WEIGHERS) {
    const values = states.map((state) => weigher.weigh(state, need));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    if (least === most) continue;
    for (const [index, state] of states.entries())
      sums[index]! += (multiplierOf(weigher, state) * (values[index]! - least)) / (most - least);
  }
  return sums;
}
