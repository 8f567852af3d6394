import type { Duplex } from 'node:stream';
import { DEFAULT_SIZE, type ConsoleSize } from '../../../core/console-session.ts';
import { conflict, Fault } from '../../../core/errors.ts';
import { FrameChannel, type FrameListener } from '../../../core/frames.ts';
import { newUuid } from '../../../core/ids.ts';
import type { Logger } from '../../../core/log.ts';
import type { Database } from '../../../database/database.ts';
import type { Ovenbird, OvsdbClient } from '../../../ovn/index.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import { whileAsked } from '../hosts/task.ts';
import { loadServers, type Server } from '../servers/model.ts';
import type { VmState } from '../tables.ts';
import { createToken, forgetTokens, useToken } from './model.ts';
import { CONSOLE_TYPES, typeUnavailable, type ConsoleType } from './types.ts';

/** How long a host may take until its console is there, in milliseconds. */
const ANSWER_WITHIN = 15_000;
/** Most consoles of one server that may be open at once. */
const MOST_OF_A_SERVER = 10;

/** States of a server in which it may have a console. */
const ALIVE: readonly VmState[] = ['active', 'paused', 'rescued', 'resized'];

/** A console that a host has opened, to be carried to whoever asked for it. */
export interface ConsoleLink {
  readonly server: Pick<Server, 'id' | 'name'>;
  readonly userId: string;
  /** Once: begins to carry. The channel's frames are those of `core/console-session.ts`. */
  carry(listener: FrameListener): FrameChannel;
}

/** Interactive consoles: addresses with a token that open them, and the connections behind them. */
export interface Consoles {
  /** A token for a console of this server: see `Consoles.open`. Refuses what `open` would refuse at present. */
  invite(server: Server, userId: string, type: ConsoleType): Promise<string>;
  /**
   * Uses a token up and has the server's host open its console. Fails with a sentence when the token opens nothing, the
   * server does not run any more, or its host cannot.
   */
  open(token: string, type: ConsoleType, size?: ConsoleSize): Promise<ConsoleLink>;
  /** A host's connection for a session that was asked for; false when nobody waits for it. */
  join(sessionId: string, connection: Duplex, first: Buffer): boolean;
  /** Whether `join` would take a connection. */
  waitsFor(sessionId: string): boolean;
  /** Forgets tokens whose time is over. */
  tidy(): Promise<void>;
}

interface Waiting {
  resolve(joined: { connection: Duplex; first: Buffer }): void;
  reject(error: Error): void;
}

export function createConsoles(dependencies: {
  readonly database: Database;
  readonly ovenbird: OvsdbClient<Ovenbird>;
  readonly hosts: Pick<HostDirectory, 'live'>;
  readonly log: Logger;
  /** Seconds that a token is good for. */
  readonly tokenSeconds: number;
}): Consoles {
  const { database, ovenbird, hosts, log, tokenSeconds } = dependencies;
  const waiting = new Map<string, Waiting>();
  /** Open consoles by server. */
  const open = new Map<string, number>();

  /** A host that cannot says why in the row of its task. */
  ovenbird.mirror.watch(
    (changes) => {
      for (const { after } of changes)
        if (after?.status[0] === 'failed')
          waiting
            .get(after.id)
            ?.reject(conflict(`There is no console: ${after.message[0] ?? 'no reason known'}.`));
    },
    ['Task'],
  );

  const count = (serverId: string, by: 1 | -1) => {
    const now = (open.get(serverId) ?? 0) + by;
    if (now > 0) open.set(serverId, now);
    else open.delete(serverId);
  };

  function check(server: Server, type: ConsoleType): string {
    if (!ALIVE.includes(server.vm_state) || server.task_state === 'deleting')
      throw conflict(`Instance ${server.id} is not ready: it does not run.`);
    const live = hosts.live(server.host ?? '');
    if (server.host === null || live === undefined)
      throw conflict(`Instance ${server.id} is not ready: it is on no host that can be asked.`);
    if (live.capabilities[CONSOLE_TYPES[type].capability] !== true) throw typeUnavailable(type);
    return server.host;
  }

  async function ask(host: string, serverId: string, type: ConsoleType, size: ConsoleSize) {
    const id = newUuid();
    const { promise, resolve, reject } = Promise.withResolvers<Parameters<Waiting['resolve']>[0]>();
    waiting.set(id, { resolve, reject });
    promise.catch(() => undefined);
    const timer = setTimeout(
      () => reject(new Fault('unavailable', `Host ${host} does not answer.`)),
      ANSWER_WITHIN,
    );
    try {
      return await whileAsked(
        { ovenbird, log },
        {
          id,
          host,
          serverId,
          kind: 'session',
          arguments: { console: CONSOLE_TYPES[type].capability, size: JSON.stringify(size) },
          replyTo: `/host/v1/consoles/${id}`,
        },
        promise,
      );
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  }

  return {
    async invite(server, userId, type) {
      check(server, type);
      return createToken(database, { serverId: server.id, userId, type }, tokenSeconds);
    },
    async open(token, type, size = DEFAULT_SIZE) {
      const { serverId, userId } = await useToken(database, token, type);
      const [server] = await loadServers(database, [serverId]);
      if (server === undefined) throw conflict(`Instance ${serverId} is deleted.`);
      const host = check(server, type);
      if ((open.get(serverId) ?? 0) >= MOST_OF_A_SERVER)
        throw conflict(
          `${MOST_OF_A_SERVER} consoles of this server are open; that is the most. Close one.`,
        );
      count(serverId, 1);
      try {
        const { connection, first } = await ask(host, serverId, type, size);
        log.info({ server: serverId, user: userId, type, host }, 'a console was opened');
        const begun = Date.now();
        connection.once('close', () => {
          count(serverId, -1);
          const seconds = Math.round((Date.now() - begun) / 1000);
          log.info({ server: serverId, user: userId, type, seconds }, 'a console was closed');
        });
        return {
          server,
          userId,
          carry: (listener) => new FrameChannel(connection, first, listener),
        };
      } catch (error) {
        count(serverId, -1);
        throw error;
      }
    },
    waitsFor: (sessionId) => waiting.has(sessionId),
    join(sessionId, connection, first) {
      const waiter = waiting.get(sessionId);
      if (waiter === undefined) return false;
      waiting.delete(sessionId);
      // Until it is carried nobody else listens.
      connection.on('error', () => undefined);
      waiter.resolve({ connection, first });
      return true;
    },
    tidy: () => forgetTokens(database),
  };
}
