import type { Logger } from '../../core/log.ts';
import { OvsdbError } from './error.ts';
import { Leadership } from './leadership.ts';
import type { Monitor } from './monitor.ts';
import { openStream } from './remote.ts';
import type { Remote, TlsIdentity } from './remote.ts';
import { RpcConnection } from './rpc.ts';
import { readSchema } from './schema.ts';
import type { Schema } from './schema.ts';

/** Time to connect, and for each step of getting to know the server. */
const CONNECT_MILLISECONDS = 5000;
/** A full copy of a large database takes its time. */
const FILL_MILLISECONDS = 60_000;

export interface SessionOptions {
  readonly database: string;
  readonly leaderOnly: boolean;
  readonly tls: TlsIdentity | undefined;
  readonly probeMilliseconds: number;
  readonly messageLimit: number;
  readonly monitor: Monitor;
  readonly log: Logger | undefined;
  /** Fails with the reason when this schema is not enough. */
  accept(schema: Schema): void;
  /** `locked` and `stolen`. */
  lockNotified(method: string, name: string): void;
}

/** One connection of which everything is known: a suitable member, its schema, a mirror that is filled. */
export interface Session {
  readonly connection: RpcConnection;
  readonly schema: Schema;
}

/** Connects to one member; rejects with an `OvsdbError` that says why it is not one to stay with. */
export async function openSession(
  remote: Remote,
  options: SessionOptions,
  signal: AbortSignal,
): Promise<Session> {
  const { database, monitor } = options;
  const socket = await openStream(remote, options.tls, CONNECT_MILLISECONDS).catch(
    (error: unknown) => {
      throw new OvsdbError(
        'not connected',
        error instanceof Error ? error.message : String(error),
        { cause: error },
      );
    },
  );
  const leadership = new Leadership(database, options.leaderOnly);
  const connection = new RpcConnection(socket, {
    messageLimit: options.messageLimit,
    probeMilliseconds: options.probeMilliseconds,
    notified(method, params) {
      if (monitor.notified(method, params)) return;
      if (method === 'locked' || method === 'stolen')
        return options.lockNotified(method, String(params[0]));
      // The schema changed under us: everything is asked anew.
      if (method === 'monitor_canceled')
        throw new OvsdbError('connection lost', `${database} changed its schema`);
      const objection = leadership.notified(method, params);
      if (typeof objection === 'string') throw new OvsdbError('connection lost', objection);
    },
  });
  const abort = () => connection.close(new OvsdbError('closed', 'the client was closed'));
  signal.addEventListener('abort', abort, { once: true });
  void connection.ended.then(() => signal.removeEventListener('abort', abort));
  if (signal.aborted) abort();
  try {
    const [, json] = await Promise.all([
      leadership.start(connection, CONNECT_MILLISECONDS),
      connection.request('get_schema', [database], { timeout: CONNECT_MILLISECONDS }),
    ]);
    const schema = readSchema(json);
    options.accept(schema);
    await monitor.start(connection, schema, FILL_MILLISECONDS);
    return { connection, schema };
  } catch (error) {
    const reason =
      error instanceof OvsdbError
        ? error
        : new OvsdbError('bad message', String(error), { cause: error });
    connection.close(reason);
    throw reason;
  }
}
