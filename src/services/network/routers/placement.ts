import { sql } from 'kysely';
import type { NetworkOptions } from '../options.ts';
import type { NetworkTransaction } from '../tables.ts';
import { eligible, type Chassis } from './chassis.ts';
import { Loads, MOST_CHASSIS, scheduleGateway, type Gateway } from './scheduling.ts';
import { physicalNetworkOf } from '../segments/place.ts';

interface PlacedGateway extends Gateway {
  readonly router_id: string;
  readonly zones: readonly string[];
  readonly physical_network: string | null;
  readonly hints: readonly string[];
  readonly ha: boolean;
  /** Hosts of the same router's other gateways, with their rank. */
  readonly siblings: readonly { readonly name: string; readonly rank: number }[];
}

/** What the choice of hosts depends on. */
export interface Placement {
  readonly chassis: () => readonly Chassis[];
  readonly options: Pick<NetworkOptions, 'ovn_l3_scheduler'>;
}

const same = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();

/**
 * Gives gateways their hosts and writes them down: these gateways, or all. Gives the ports of those that changed.
 * One transaction at a time, so that each choice sees the others.
 */
export async function placeGateways(
  transaction: NetworkTransaction,
  placement: Placement,
  portIds?: readonly string[],
): Promise<string[]> {
  const all = placement.chassis();
  // Where there is nothing to choose, nobody needs to wait for anybody.
  const loads = all.length > 1 ? await loadsOf(transaction) : new Loads();
  const which = portIds === undefined ? sql`` : sql` where g.port_id = any(${portIds}::uuid[])`;
  const { rows } = await sql<PlacedGateway>`
    select g.port_id, g.router_id, g.chassis, g.zones, r.availability_zone_hints as hints, r.ha,
      ${physicalNetworkOf('n')} as physical_network,
      (select coalesce(json_agg(json_build_object('name', c.name, 'rank', c.place - 1)), '[]')
        from network.router_gateways other, unnest(other.chassis) with ordinality as c (name, place)
        where other.router_id = g.router_id and other.port_id <> g.port_id) as siblings
    from network.router_gateways g join network.routers r on r.id = g.router_id
    join network.ports p on p.id = g.port_id join network.networks n on n.id = p.network_id${which}
    order by p.created_at, g.position, g.port_id`.execute(transaction);
  const changed: string[] = [];
  /** Router → hosts that its gateways got just now. */
  const taken = new Map<string, (readonly string[])[]>();
  for (const row of rows) {
    const chassis = scheduleGateway(row, {
      scheduler: placement.options.ovn_l3_scheduler,
      candidates: eligible(all, row.physical_network, row.hints),
      loads,
      most: row.ha ? MOST_CHASSIS : 1,
      siblings: siblingsOf(row, taken.get(row.router_id) ?? []),
    });
    const named = all.filter(({ name }) => chassis.includes(name));
    const zones = [...new Set(named.flatMap((one) => one.zones))].toSorted();
    // Zones of hosts that are away are not forgotten.
    const known = named.length === 0 || same(zones, row.zones);
    if (same(chassis, row.chassis) && known) continue;
    row.chassis.forEach((name, rank) => loads.add(name, rank, -1));
    chassis.forEach((name, rank) => loads.add(name, rank));
    await transaction
      .updateTable('network.router_gateways')
      .set({ chassis, ...(known ? {} : { zones }) })
      .where('port_id', '=', row.port_id)
      .execute();
    taken.set(row.router_id, [...(taken.get(row.router_id) ?? []), chassis]);
    changed.push(row.port_id);
  }
  return changed;
}

function siblingsOf(row: PlacedGateway, taken: readonly (readonly string[])[]): Loads {
  const loads = new Loads();
  for (const { name, rank } of row.siblings) loads.add(name, rank);
  for (const chassis of taken) chassis.forEach((name, rank) => loads.add(name, rank));
  return loads;
}

async function loadsOf(transaction: NetworkTransaction): Promise<Loads> {
  await sql`select pg_advisory_xact_lock(hashtextextended('network gateway placement', 0))`.execute(
    transaction,
  );
  const { rows } = await sql<{ name: string; rank: number; count: number }>`
    select c.name, (c.place - 1)::int as rank, count(*)::int as count
    from network.router_gateways, unnest(chassis) with ordinality as c (name, place)
    group by 1, 2`.execute(transaction);
  const loads = new Loads();
  for (const { name, rank, count } of rows) loads.add(name, rank, count);
  return loads;
}
