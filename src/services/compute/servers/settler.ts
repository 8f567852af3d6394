import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { transact, type Database } from '../../../database/database.ts';
import type { Ovenbird, OvsdbClient, Projector } from '../../../ovn/index.ts';
import type { NetworkService, PortSummary } from '../../network/index.ts';
import type { PlacementService } from '../../placement/index.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { finishEvents, recordEnd } from '../instance_actions/model.ts';
import { leaveHost } from '../moves/leave.ts';
import { closeMove, markMove } from '../moves/model.ts';
import { confirmUndecided } from '../moves/undecided.ts';
import {
  loadServers,
  portsOfServers,
  servedNetworks,
  serverIds,
  serversOfPorts,
  updateServerAt,
  type Server,
} from './model.ts';
import { metadataOwner, ownersOf, serverOwner } from './projection.ts';
import { removeServer } from './remove.ts';
import { settle, type Sight } from './settle.ts';

/** Servers under way are looked at again so often, whatever was or was not heard of them. */
const SWEEP_MILLISECONDS = 5000;
/** And all servers every so many sweeps. */
const FULL_SWEEP = 12;
const RETRY_MILLISECONDS = 1000;

/** Brings servers' states in line with what is seen of them. Level-triggered: a mark says only *whom* to look at. */
export interface Settler {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Something may have changed for these servers. */
  mark(...ids: string[]): void;
  /** Marks the server, and resolves true when it is deleted; false when that takes longer (milliseconds). */
  gone(id: string, timeoutMilliseconds: number): Promise<boolean>;
}

export function createSettler(dependencies: {
  database: Database;
  network: Pick<NetworkService, 'portsOfDevices' | 'onPortStatus' | 'change'>;
  placement: Pick<PlacementService, 'release'>;
  ovenbird: OvsdbClient<Ovenbird>;
  hosts: HostDirectory;
  projector: Projector;
  log: Logger;
  /** Seconds after which a resize is confirmed by itself; 0: never. */
  confirmWindow: number;
}): Settler {
  const { database, network, placement, ovenbird, hosts, projector, log } = dependencies;
  const rows = ovenbird.mirror.table('Server');
  const marked = new Set<string>();
  const markedPorts = new Set<string>();
  let running: Promise<void> | undefined;
  let stopped = true;
  let retry: NodeJS.Timeout | undefined;
  let timer: NodeJS.Timeout | undefined;
  let sweeps = 0;
  const alarms = new Map<string, NodeJS.Timeout>();
  const ends: (() => void)[] = [];
  /** Who waits for a server's end. */
  const mourners = new Map<string, Set<(gone: boolean) => void>>();

  function schedule(): void {
    if (stopped || running !== undefined || retry !== undefined) return;
    if (marked.size + markedPorts.size === 0) return;
    running = run().finally(() => {
      running = undefined;
      schedule();
    });
  }

  async function run(): Promise<void> {
    // After the present tick: one look at what was marked together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const [ids, ports] = [[...marked], [...markedPorts]];
    marked.clear();
    markedPorts.clear();
    try {
      if (ports.length > 0) ids.push(...(await serversOfPorts(database, ports)));
      await look([...new Set(ids)]);
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'servers could not be settled; trying again');
      for (const id of ids) marked.add(id);
      for (const id of ports) markedPorts.add(id);
      if (!stopped)
        retry = setTimeout(() => {
          retry = undefined;
          schedule();
        }, RETRY_MILLISECONDS);
    }
  }

  async function look(ids: readonly string[]): Promise<void> {
    const servers = await loadServers(database, ids);
    if (servers.length === 0) return;
    const waiting = servers.filter(waitsForPorts).map(({ id }) => id);
    const [ports, all] = await Promise.all([
      waiting.length > 0 ? network.portsOfDevices(database, waiting) : [],
      hosts.list(database),
    ]);
    const up = new Set(all.filter((host) => host.up).map(({ name }) => name));
    for (const server of servers) await apply(server, sightOf(server, ports, up));
  }

  function sightOf(server: Server, ports: readonly PortSummary[], up: ReadonlySet<string>): Sight {
    const missing =
      hosts.live(server.host ?? '')?.datapath === 'none'
        ? []
        : ports.filter(({ deviceId, status }) => deviceId === server.id && status !== 'ACTIVE');
    return {
      row: rows.first('id', server.id),
      portsReady: missing.length === 0,
      portsMissing: missing.map(({ id }) => id),
      hostUp: server.host !== null && up.has(server.host),
    };
  }

  async function apply(server: Server, sight: Sight): Promise<void> {
    const outcome = settle(server, sight);
    if (outcome.kind === 'wait') return later(server.id, outcome.again);
    if (outcome.kind === 'gone') {
      if (!(await removeServer(dependencies, server))) return;
      for (const tell of mourners.get(server.id) ?? []) tell(true);
      return;
    }
    if (outcome.kind === 'left') {
      if (!(await leaveHost(dependencies, server))) mark(server.id);
      return;
    }
    const { change, result, message, move, happened } = outcome;
    const done = await transact(database, async (transaction) => {
      if (!(await updateServerAt(transaction, server, change))) return false;
      if (move === 'finished') await markMove(transaction, server.id, move);
      else if (move) await closeMove(transaction, placement, server.id, move);
      // An evacuation is over when the server is made anew, or could not be.
      else if (server.task_state === 'rebuilding' && change.task_state === null)
        await closeMove(transaction, placement, server.id, result === 'Error' ? 'error' : 'done');
      if (result) await finishEvents(transaction, server.id, result, message);
      if (happened) await recordEnd(transaction, server, happened);
      return true;
    });
    // Somebody was faster: what he left is looked at afresh.
    if (!done) return mark(server.id);
    if (change.power !== undefined || change.rescue !== undefined)
      projector.mark(serverOwner(server.id));
    log.info(
      { server: server.id, state: change.vm_state ?? server.vm_state, reason: message },
      'server settled',
    );
  }

  /** Looks at the server again when time alone has changed what it should be. */
  function later(id: string, milliseconds: number | undefined): void {
    if (milliseconds === undefined || stopped || alarms.has(id)) return;
    const alarm = setTimeout(() => {
      alarms.delete(id);
      mark(id);
    }, milliseconds + 10);
    alarms.set(id, alarm);
  }

  function mark(...ids: string[]): void {
    for (const id of ids) marked.add(id);
    schedule();
  }

  async function sweep(): Promise<void> {
    try {
      const full = sweeps++ % FULL_SWEEP === 0;
      const ids = await serverIds(database, full ? 'all' : 'unsettled');
      mark(...ids);
      await confirmUndecided(dependencies);
      // A mark of the projector lives in memory only: what waits is marked again.
      projector.mark(...(await serverIds(database, 'unsettled')).map(serverOwner));
      if (full) {
        // Ports and subnets change by themselves: what hosts know of them is compared.
        const ports = await portsOfServers(database, ids);
        const pairs = await servedNetworks(database);
        projector.mark(
          ...ids.flatMap((id) =>
            ownersOf(
              { id, host: null },
              ports.filter((port) => port.server_id === id),
              hosts,
            ),
          ),
          ...pairs.map(({ host, networkId }) => metadataOwner(host, networkId)),
        );
      }
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'the look at all servers failed; trying again');
    }
    if (!stopped) timer = setTimeout(() => void sweep(), SWEEP_MILLISECONDS);
  }

  return {
    async start() {
      stopped = false;
      ends.push(
        ovenbird.mirror.watch(
          (changes) => mark(...changes.map(({ before, after }) => (after ?? before)!.id)),
          ['Server'],
        ),
        network.onPortStatus((portId) => {
          markedPorts.add(portId);
          schedule();
        }),
      );
      await sweep();
    },
    async stop() {
      stopped = true;
      for (const end of ends.splice(0)) end();
      clearTimeout(timer);
      clearTimeout(retry);
      for (const alarm of alarms.values()) clearTimeout(alarm);
      alarms.clear();
      await running;
    },
    mark,
    async gone(id, timeoutMilliseconds) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const waiting = mourners.get(id) ?? new Set();
      mourners.set(id, waiting.add(resolve));
      const limit = setTimeout(() => resolve(false), timeoutMilliseconds);
      mark(id);
      try {
        return await promise;
      } finally {
        clearTimeout(limit);
        waiting.delete(resolve);
        if (waiting.size === 0) mourners.delete(id);
      }
    },
  };
}

/** Whether the server's next state depends on its ports. */
const waitsForPorts = (server: Server): boolean =>
  server.vm_state === 'building' ||
  ['powering-on', 'unshelving', 'rebooting', 'rebooting_hard'].includes(server.task_state ?? '');
