import { createHash, randomInt } from 'node:crypto';
import type { NetworkOptions } from '../options.ts';
import type { Chassis } from './chassis.ts';

/** Most hosts that a gateway may be on; one has it, the others stand by (ML2/OVN's MAX_GW_CHASSIS). */
export const MOST_CHASSIS = 5;

/** How many gateways each host has at each rank: 0 is the host that has it, others stand by. */
export class Loads {
  readonly #ranks = new Map<string, number[]>();

  add(chassis: string, rank: number, count = 1): void {
    let ranks = this.#ranks.get(chassis);
    if (ranks === undefined) {
      ranks = Array.from({ length: MOST_CHASSIS }, () => 0);
      this.#ranks.set(chassis, ranks);
    }
    ranks[rank] = (ranks[rank] ?? 0) + count;
  }

  at(chassis: string, rank: number): number {
    return this.#ranks.get(chassis)?.[rank] ?? 0;
  }

  /** From this rank on downwards. */
  from(chassis: string, rank: number): number {
    const lower = this.#ranks.get(chassis)?.slice(rank) ?? [];
    return lower.reduce((sum, count) => sum + count, 0);
  }
}

/** A gateway that is to have hosts. */
export interface Gateway {
  readonly port_id: string;
  /** Those it has, the preferred first. */
  readonly chassis: readonly string[];
}

/** What else there is. */
export interface Surroundings {
  readonly scheduler: NetworkOptions['ovn_l3_scheduler'];
  readonly candidates: readonly Chassis[];
  /** Hosts that it may have; MOST_CHASSIS when it is not said. */
  readonly most?: number;
  /** Of all gateways. */
  readonly loads: Loads;
  /** Of the same router's other gateways. */
  readonly siblings: Loads;
}

/**
 * The hosts of one gateway, the preferred first. Those it has and that are still eligible stay in their order; to
 * them come others until there are as many as it may have. When no host is eligible, all stay: they may come back, and nothing better
 * is known.
 */
export function scheduleGateway(gateway: Gateway, around: Surroundings): string[] {
  const { candidates, most = MOST_CHASSIS } = around;
  if (candidates.length === 0) return gateway.chassis.slice(0, most);
  const kept = gateway.chassis
    .filter((name) => candidates.some((chassis) => chassis.name === name))
    .slice(0, most);
  // Who is not heard of is only taken when nobody else is there.
  const heard = candidates.filter(({ alive }) => alive);
  const free = (heard.length > 0 || kept.length > 0 ? heard : candidates).filter(
    ({ name }) => !kept.includes(name),
  );
  const wanted = Math.min(most - kept.length, free.length);
  if (wanted <= 0) return kept;
  const chosen =
    around.scheduler === 'chance'
      ? shuffled(free).slice(0, wanted)
      : leastLoaded(gateway, free, around, kept.length, wanted);
  return [...kept, ...(kept.length === 0 ? acrossZones(chosen) : chosen).map(({ name }) => name)];
}

function shuffled<T>(items: readonly T[]): T[] {
  const result = [...items];
  for (let index = result.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [result[index], result[other]] = [result[other]!, result[index]!];
  }
  return result;
}

/**
 * For each rank the host that fewest gateways have at that rank, but rather one where no other gateway of the same
 * router is. Among equals the one with more at lower ranks (which leaves those to others), then by a hash that
 * differs from gateway to gateway.
 */
function leastLoaded(
  gateway: Gateway,
  free: readonly Chassis[],
  { loads, siblings }: Surroundings,
  first: number,
  wanted: number,
): Chassis[] {
  const left = new Set(free);
  const chosen: Chassis[] = [];
  for (let rank = first; chosen.length < wanted; rank++) {
    const weigh = ({ name }: Chassis): (number | string)[] => [
      siblings.at(name, rank),
      siblings.from(name, 0),
      loads.at(name, rank),
      -loads.from(name, rank + 1),
      createHash('sha1').update(`${gateway.port_id} ${rank} ${name}`).digest('hex'),
    ];
    const [best] = [...left]
      .map((chassis) => ({ chassis, weight: weigh(chassis) }))
      .toSorted((a, b) => compare(a.weight, b.weight));
    chosen.push(best!.chassis);
    left.delete(best!.chassis);
  }
  return chosen;
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! < b[at]! ? -1 : 1;
}

/** Hosts whose zone was not yet named come first, so that a zone that fails does not take all of the best. */
function acrossZones(chosen: readonly Chassis[]): Chassis[] {
  const seen = new Set<string>();
  const front: Chassis[] = [];
  const back: Chassis[] = [];
  for (const chassis of chosen) {
    const isNew = chassis.zones.some((zone) => !seen.has(zone));
    for (const zone of chassis.zones) seen.add(zone);
    (isNew ? front : back).push(chassis);
  }
  return [...front, ...back];
}
