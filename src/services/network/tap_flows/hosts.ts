import { sql } from 'kysely';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { TapFlowDescription, TapFlowListener } from '../contract.ts';
import type { MechanismDriver } from '../drivers/mechanism.ts';
import type { NetworkDatabase } from '../tables.ts';
import type { Direction } from './noun.ts';
import { vlansOf } from './vlans.ts';

/*
 * Tap flows for those who tell hosts: OVN 23.03 cannot mirror to a port, so a host's agent does.
 */

interface Raw {
  readonly id: string;
  readonly host: string;
  readonly tapPortId: string;
  readonly sourcePortId: string;
  readonly parentPortId: string | null;
  readonly parentVlan: number | null;
  readonly direction: Direction;
  readonly vlanFilter: string | null;
}

/**
 * What a subport sends and receives goes through its parent's interface with the subport's VLAN: nothing of what
 * it carries itself has a VLAN, so a filter leaves all (it names 0) or nothing.
 */
function described(row: Raw): TapFlowDescription | undefined {
  const { id, host, tapPortId, direction, parentPortId, parentVlan } = row;
  const filter = row.vlanFilter === null ? [] : vlansOf(row.vlanFilter);
  const common = { id, host, tapPortId, direction };
  if (parentPortId === null || parentVlan === null)
    return { ...common, sourcePortId: row.sourcePortId, vlans: filter };
  if (filter.length > 0 && !filter.includes(0)) return undefined;
  return { ...common, sourcePortId: parentPortId, vlans: [parentVlan] };
}

/** See `NetworkService`. */
export async function tapFlows(
  database: NetworkDatabase,
  ids: readonly string[] | 'all',
): Promise<TapFlowDescription[]> {
  if (ids.length === 0) return [];
  const which = ids === 'all' ? sql`true` : sql`f.id = any(${ids}::uuid[])`;
  const { rows } = await sql<Raw>`
    select f.id, p.binding_host_id as host, s.port_id as "tapPortId", f.source_port as "sourcePortId",
      t.port_id as "parentPortId", b.segmentation_id as "parentVlan", f.direction,
      f.vlan_filter as "vlanFilter"
    from network.tap_flows f
    join network.tap_services s on s.id = f.tap_service_id
    join network.ports p on p.id = s.port_id
    left join network.trunk_subports b on b.port_id = f.source_port
    left join network.trunks t on t.id = b.trunk_id
    where p.binding_host_id <> '' and ${which} order by f.id`.execute(database);
  return rows.flatMap((row) => described(row) ?? []);
}

/** See `NetworkService`. */
export async function tapFlowsSeen(
  database: NetworkDatabase,
  seen: ReadonlyMap<string, 'ACTIVE' | 'ERROR'>,
): Promise<void> {
  await sql`
    update network.tap_flows f set status = v.status
    from network.tap_flows o
    left join unnest(${[...seen.keys()]}::uuid[], ${[...seen.values()]}::text[]) as seen (id, status)
      on seen.id = o.id
    cross join lateral (select coalesce(seen.status, 'DOWN') as status) v
    where f.id = o.id and f.status <> v.status`.execute(database);
}

/** Tells of tap flows whose hosts have something to learn: they came, went, or their tap port got another host. */
export class TapFlowNews {
  readonly #database: NetworkDatabase;
  readonly #log: Logger;
  readonly #listeners = new Set<TapFlowListener>();
  #ports = new Set<string>();
  #looking: Promise<void> | undefined;

  constructor(database: NetworkDatabase, log: Logger) {
    this.#database = database;
    this.#log = log;
  }

  /** Learns of every commit, also of compute's. */
  readonly mechanism: MechanismDriver = {
    name: 'tap flows',
    postcommit: async ({ objects }) => {
      const kind = 'tap_flow:';
      this.#tell(
        objects.flatMap((owner) => (owner.startsWith(kind) ? [owner.slice(kind.length)] : [])),
      );
    },
  };

  listen(listener: TapFlowListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The port was bound or unbound. */
  portChanged(portId: string): void {
    if (this.#listeners.size === 0) return;
    this.#ports.add(portId);
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  async stop(): Promise<void> {
    this.#ports.clear();
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (this.#ports.size > 0) {
      const ports = [...this.#ports];
      this.#ports = new Set();
      try {
        const { rows } = await sql<{ id: string }>`
          select f.id from network.tap_flows f
          join network.tap_services s on s.id = f.tap_service_id
          where s.port_id = any(${ports}::uuid[]) or f.source_port = any(${ports}::uuid[])`.execute(
          this.#database,
        );
        this.#tell(rows.map(({ id }) => id));
      } catch (error) {
        // The projector's regular comparison finds it.
        this.#log.warn({ reason: messageOf(error) }, 'hosts learn later of tap flows of ports');
      }
    }
  }

  #tell(ids: readonly string[]): void {
    if (ids.length > 0) for (const tell of this.#listeners) tell(ids);
  }
}
