import type { Configuration } from '../../../core/configuration.ts';
import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { Database, Transaction } from '../../../database/database.ts';
import type { Ovenbird, OvsdbClient } from '../../../ovn/index.ts';
import type { NetworkService } from '../../network/index.ts';
import type { PlacementService } from '../../placement/index.ts';
import type { ComputeOptions } from '../options.ts';
import { bandwidthOffers } from './bandwidths.ts';
import { ensureHostRow, listHostRows, noteChassis, type HostRecord } from './model.ts';
import { isAlive, nameUuid, offerOf, type LiveHost } from './rules.ts';

/** A host: what our tables say of it, and what it says of itself (undefined: it has never been here). */
export interface Host extends HostRecord {
  readonly live: LiveHost | undefined;
  /** Its agent follows its rows, and nobody declared it down. */
  readonly up: boolean;
}

/** The cloud's hosts, from the live mirror of `Ovenbird`; keeps placement in step with what they have. */
export interface HostDirectory {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** All hosts that were ever seen and not deleted. */
  list(database: Database | Transaction): Promise<Host[]>;
  /** What a host says of itself at present. */
  live(name: string): LiveHost | undefined;
  /**
   * OVN's chassis of a host: where its ports are bound and its metadata is answered. Its own name, but for a host that
   * shares another's.
   */
  chassisOf(name: string): string;
  /** What was known of a host that is deleted. */
  forget(name: string): void;
  /** Compares all hosts with our tables and placement again; call it when a host was enabled or disabled. */
  refresh(): Promise<void>;
}

/**
 * For so many milliseconds after a (re)connection no host is called down: it could not be heard before, and beats
 * every ten seconds only.
 */
const HEARD_AGAIN = 25_000;

export function createHostDirectory(dependencies: {
  database: Database;
  configuration: Pick<Configuration, 'id'>;
  placement: Pick<PlacementService, 'ensureProvider' | 'ensureBranch'>;
  network: Pick<NetworkService, 'bandwidths' | 'onBandwidths'>;
  ovenbird: OvsdbClient<Ovenbird>;
  log: Logger;
  readonly options?: ComputeOptions;
  /** See `HEARD_AGAIN`. */
  graceMilliseconds?: number;
}): HostDirectory {
  const { database, configuration, placement, network, ovenbird, log } = dependencies;
  const grace = dependencies.graceMilliseconds ?? HEARD_AGAIN;
  let connectedSince = Date.now();
  const table = ovenbird.mirror.table('Host');
  /** What placement was told last, so that a heartbeat costs nothing. */
  const told = new Map<string, string>();
  /** The same of bandwidths, by the id of the root provider, and the last complaints about them. */
  const toldBandwidths = new Map<string, string>();
  let complaints = '';
  /** As our tables have them, for hosts that are not to be heard at present. */
  const chassis = new Map<string, string>();
  let running: Promise<void> = Promise.resolve();
  const ends: (() => void)[] = [];

  async function sync(): Promise<void> {
    if (!ovenbird.mirror.filled) return;
    const rows = new Map((await listHostRows(database)).map((row) => [row.name, row]));
    for (const row of rows.values()) if (row.chassis !== null) chassis.set(row.name, row.chassis);
    for (const live of table.rows()) {
      // A host that was forgotten leaves its row behind: it is new again when it is heard of.
      if (!rows.has(live.name) && !isAlive(live)) continue;
      const row =
        rows.get(live.name) ??
        (await ensureHostRow(database, live.name, {
          id: nameUuid(configuration.id, 'hypervisor', live.name),
          serviceId: nameUuid(configuration.id, 'service', live.name),
        }));
      const [itsChassis] = live.chassis;
      if (itsChassis !== undefined && itsChassis !== row.chassis) {
        await noteChassis(database, live.name, itsChassis);
        chassis.set(live.name, itsChassis);
      }
      const offer = offerOf(row.id, live, row.disabled, dependencies.options);
      const text = JSON.stringify(offer);
      if (told.get(live.name) === text) continue;
      await placement.ensureProvider(database, offer);
      told.set(live.name, text);
    }
    await syncBandwidths();
  }

  async function syncBandwidths(): Promise<void> {
    const chassisNow = network.bandwidths();
    if (chassisNow === undefined) return;
    const known = (await listHostRows(database))
      .filter(({ name }) => told.has(name))
      .map((row) => ({
        id: row.id,
        name: row.name,
        chassis: table.first('name', row.name)?.chassis[0] ?? row.chassis ?? row.name,
      }));
    const { offers, faults } = bandwidthOffers(known, chassisNow);
    if (faults.join() !== complaints) {
      complaints = faults.join();
      if (faults.length > 0) log.warn({ faults }, 'bandwidths of hosts could not be understood');
    }
    for (const [id, branch] of offers) {
      const text = JSON.stringify(branch);
      if (toldBandwidths.get(id) === text) continue;
      // What is in use stays for now: the next look tries again.
      if (await placement.ensureBranch(database, id, branch)) toldBandwidths.set(id, text);
    }
  }
  /** One after the other, so that an older state never overwrites a newer one. */
  const refresh = (): Promise<void> => {
    const next = running.then(sync);
    running = next.catch((error: unknown) => {
      log.warn(
        { reason: messageOf(error) },
        'hosts could not be compared with placement; trying again',
      );
    });
    return next;
  };
  /** Whether a change says more than "still here". */
  const matters = (before: LiveHost | undefined, after: LiveHost | undefined): boolean =>
    !before ||
    !after ||
    (['vcpus', 'memory_mb', 'disk_gb', 'architecture', 'driver'] as const).some(
      (column) => before[column] !== after[column],
    ) ||
    before.chassis[0] !== after.chassis[0] ||
    // Heard again after a long while.
    !isAlive(before, after.heartbeat * 1000);

  return {
    async start() {
      ends.push(
        ovenbird.mirror.watch(
          (changes) => {
            if (changes.some(({ before, after }) => matters(before, after)))
              void refresh().catch(() => undefined);
          },
          ['Host'],
        ),
        network.onBandwidths(() => void refresh().catch(() => undefined)),
        ovenbird.watchConnection((connected) => {
          if (connected) connectedSince = Date.now();
        }),
      );
      await refresh();
    },
    async stop() {
      for (const end of ends.splice(0)) end();
      await running;
    },
    async list(connection) {
      const now = Date.now();
      const unheard = !ovenbird.state.connected || now - connectedSince < grace;
      return (await listHostRows(connection)).map((row) => {
        const live = table.first('name', row.name);
        const alive = live !== undefined && (unheard || isAlive(live, now));
        return { ...row, live, up: alive && !row.forced_down };
      });
    },
    live: (name) => table.first('name', name),
    chassisOf: (name) => table.first('name', name)?.chassis[0] ?? chassis.get(name) ?? name,
    forget(name) {
      told.delete(name);
      toldBandwidths.clear();
      chassis.delete(name);
    },
    refresh,
  };
}
