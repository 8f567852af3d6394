import type { Logger } from '../../core/log.ts';
import type { Ovenbird, OvsdbClient } from '../../ovn/index.ts';
import type { Driver, ImageSource } from '../drivers/driver.ts';
import type { Plugs } from '../ports/plugs.ts';
import type { Switch } from '../ports/switch.ts';
import type { Reporter } from '../reporter.ts';
import { reportOf, serverWish } from '../rows.ts';
import type { DriveFile, ServerWish } from '../wish.ts';
import { ServerNetwork } from './network.ts';
import type { StartRecords } from './record.ts';
import { Room, type Wake } from './room.ts';
import { Turns } from './turns.ts';

export interface RoomsOptions {
  readonly client: OvsdbClient<Ovenbird>;
  readonly host: string;
  readonly driver: Driver;
  readonly source: ImageSource;
  /** The files of a server's config drive. */
  readonly drive: (serverId: string) => Promise<readonly DriveFile[]>;
  readonly records: StartRecords;
  readonly session: string;
  readonly reporter: Reporter;
  readonly network: { readonly plugger: Plugs; readonly switch: Switch } | undefined;
  readonly flowPatience: number;
  /** How long a server stays that no row wants, in milliseconds. */
  readonly orphanPatience: number;
  /** Whether the database can be believed about what is not in it. */
  readonly trusted: () => boolean;
  readonly log: Logger;
}

/** How many engine starts run at once: more only take each other's processor. */
export const STARTS_AT_ONCE = 4;

/** Columns of a `Server` row that are orders; the others are our own reports. */
const OBSERVED = new Set(
  'state observed_generation exit_code message container_id started_at finished_at plugged _uuid'.split(
    ' ',
  ),
);

/** The rooms of this host: one for each server that a row wants or that is found here. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #turns = new Turns(STARTS_AT_ONCE);
  /** Server → what its orders looked like when its room was last woken for them. */
  readonly #orders = new Map<string, string>();
  /** Server → since when it has no row. */
  readonly #missing = new Map<string, number>();
  #closed = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#rooms.size;
  }

  /** Sums for the `Host` row. */
  usage(): Record<string, number> {
    const sums = { servers: 0, running: 0, vcpus: 0, memory_mb: 0, disk_gb: 0 };
    for (const [id, room] of this.#rooms) {
      const row = this.#row(id);
      if (row === undefined || room.last?.containerId === undefined) continue;
      sums.servers++;
      if (room.last.state === 'running') sums.running++;
      sums.vcpus += row.vcpus;
      sums.memory_mb += row.memory_mb;
      sums.disk_gb += row.disk_gb;
    }
    return sums;
  }

  /** Compares the orders of these servers (default: all rows) with those their rooms know, and wakes who has new ones. */
  ordered(ids?: Iterable<string>): void {
    const { host, client } = this.#options;
    const rows = client.mirror.table('Server').find('host', host);
    for (const id of ids ?? rows.map((row) => row.id)) {
      const row = this.#row(id);
      if (row === undefined) {
        this.#orders.delete(id);
        this.#options.reporter.forget(id);
        this.#rooms.get(id)?.wake('order');
        continue;
      }
      const orders = this.#ordersOf(row);
      if (this.#orders.get(id) === orders) continue;
      this.#orders.set(id, orders);
      if (row.power === 'deleted') this.#rooms.get(id)?.hurry();
      // Deleted and said so: the row only waits to be taken away.
      if (row.power !== 'deleted' || row.state[0] !== 'deleted') this.wake(id, 'order');
    }
  }

  /** Wakes the room of a server, and makes it if there is none. */
  wake(id: string, why: Wake): void {
    if (this.#closed) return;
    let room = this.#rooms.get(id);
    if (room === undefined) {
      room = this.#open(id);
      this.#rooms.set(id, room);
    }
    room.wake(why);
  }

  /** Everything is looked at again: something may have been missed. */
  wakeAll(): void {
    for (const room of this.#rooms.values()) room.wake('order');
  }

  has(id: string): boolean {
    return this.#rooms.has(id);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#rooms.values()].map((room) => room.close()));
  }

  #open(id: string): Room {
    const { driver, source, drive, records, session, reporter, network, flowPatience, log } =
      this.#options;
    const row = this.#row(id);
    const around = {
      driver,
      source,
      drive,
      records,
      session,
      turns: this.#turns,
      network:
        network === undefined ? undefined : new ServerNetwork(id, network.plugger, network.switch),
      flowPatience,
      wish: () => this.#wish(id),
      patience: () => this.#patience(id),
      report: (report: Parameters<Reporter['report']>[1]) => reporter.report(id, report),
      gone: () => {
        this.#rooms.delete(id);
        this.#missing.delete(id);
      },
      log,
    };
    return new Room(id, around, row === undefined ? undefined : reportOf(row));
  }

  #row(id: string): Ovenbird['Server'] | undefined {
    const row = this.#options.client.mirror.table('Server').first('id', id);
    return row?.host === this.#options.host ? row : undefined;
  }

  #wish(id: string): ServerWish | undefined {
    const row = this.#row(id);
    if (row === undefined) {
      if (!this.#missing.has(id)) this.#missing.set(id, performance.now());
      return undefined;
    }
    this.#missing.delete(id);
    return serverWish(row, this.#interfaces(row));
  }

  #interfaces(row: Ovenbird['Server']): Ovenbird['Interface'][] {
    const table = this.#options.client.mirror.table('Interface');
    return row.interfaces.flatMap((uuid) => table.get(uuid) ?? []);
  }

  #ordersOf(row: Ovenbird['Server']): string {
    const orders = Object.entries(row).filter(([name]) => !OBSERVED.has(name));
    return JSON.stringify([orders, this.#interfaces(row)]);
  }

  #patience(id: string): number {
    const { orphanPatience, trusted } = this.#options;
    const now = performance.now();
    // Time in which the database could not be believed does not count.
    if (!trusted()) this.#missing.set(id, now);
    const since = this.#missing.get(id) ?? now;
    return trusted() ? Math.max(0, orphanPatience - (now - since)) : Math.max(orphanPatience, 100);
  }
}
