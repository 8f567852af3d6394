import type { Logger } from '../../core/log.ts';
import type { LiveRow } from '../desired.ts';
import type { AnyTables, Mirror, TableTypes } from '../mirror/mirror.ts';
import type { Databases } from '../models/index.ts';
import type { Condition, Operation } from './operation.ts';
import { ReconnectingClient } from './reconnecting-client.ts';
import type { TlsIdentity } from './remote.ts';
import type { Schema } from './schema.ts';

/** Row types of a database: generated ones by its name, else untyped rows. */
export type TablesOf<Database extends string> = Database extends keyof Databases
  ? Databases[Database]
  : AnyTables;

/** What of a table the mirror holds. */
export interface TableMonitor<Column extends string = string> {
  /** Default: all columns of the server's schema. */
  readonly columns?: readonly Column[];
  /** Rows for which any of these conditions holds; default all rows. */
  readonly where?: readonly Condition[];
}

/** Which tables the mirror holds: a list, or by table what of it. */
export type MonitorRequest<Tables extends TableTypes> =
  | readonly (keyof Tables & string)[]
  | {
      readonly [Table in keyof Tables & string]?: true | TableMonitor<keyof Tables[Table] & string>;
    };

export interface ConnectOptions<Database extends string = string> {
  /** Name of the schema: `OVN_Northbound`, `OVN_Southbound`, `Open_vSwitch`, `Ovenbird`. */
  readonly database: Database;
  /** `unix:PATH`, `tcp:HOST:PORT`, `ssl:HOST:PORT`; several (list or comma-separated) are members of one cluster. */
  readonly remotes: string | readonly string[];
  /** Tables to mirror; default none. */
  readonly monitor?: MonitorRequest<TablesOf<Database>>;
  /** Stay only with the leader of a cluster: reads are then never behind. Default true. */
  readonly leaderOnly?: boolean;
  /** PEM texts for `ssl:` remotes. */
  readonly tls?: TlsIdentity;
  /** After this many milliseconds of silence the server is probed, after as many again given up. Default 5,000; 0 never. */
  readonly probeMilliseconds?: number;
  /** How long `transact` may take, waiting for a connection included. Default 10,000 ms. */
  readonly timeoutMilliseconds?: number;
  /** Longest pause between attempts to connect; default 1,000 ms. */
  readonly maximumBackoffMilliseconds?: number;
  /** Longest message accepted from the server; default 256 MiB. */
  readonly messageLimit?: number;
  /** Columns that the server must have, by table: else `ready` fails and names those that are missing. */
  readonly require?: Readonly<Record<string, readonly string[]>>;
  readonly log?: Logger;
}

/** What one operation gave. */
export interface OperationResult {
  /** Rows touched by update, mutate and delete. */
  readonly count?: number;
  /** Of the row that insert made. */
  readonly uuid?: string;
  /** What select found, as plain values. */
  readonly rows?: readonly LiveRow[];
}

/** A transaction that is in the database. */
export interface Commit {
  /** One for each operation. */
  readonly results: readonly OperationResult[];
  /** Name given to `insert` → uuid. */
  readonly uuids: ReadonlyMap<string, string>;
  /** For `mirror.contains`. */
  readonly sequence: number;
}

/** A named lock of the server (RFC 7047 §4.1.8); asked for again after each reconnect. */
export interface OvsdbLock {
  readonly name: string;
  readonly held: boolean;
  /** Whether it is asked for and the server has not answered yet. */
  readonly asked: boolean;
  /** Resolves when it is held; rejects after the time given (milliseconds; default: waits for ever). */
  acquired(timeoutMilliseconds?: number): Promise<void>;
  /** Tells the server's answer and each change of `held` (granted, stolen, connection lost); gives a function that ends it. */
  watch(listener: (held: boolean) => void): () => void;
  release(): Promise<void>;
}

/** What a client is doing at the moment. */
export interface ClientState {
  readonly connected: boolean;
  /** The member that it is connected to. */
  readonly remote: string | undefined;
  /** Why the last attempt or connection ended. */
  readonly lastError: string | undefined;
  /** Number of connections made so far. */
  readonly connections: number;
  /** `Table.column` that our models have and the server's schema has not: it is older. */
  readonly missing: readonly string[];
}

/** A connection that looks after itself, and the mirror that it feeds. */
export interface OvsdbClient<Tables extends TableTypes = AnyTables> {
  readonly database: string;
  readonly mirror: Mirror<Tables>;
  readonly state: ClientState;
  /** As the server gave it; undefined while there is no connection. */
  readonly schema: Schema | undefined;
  /**
   * Resolves when a server answers and the mirror is filled. Rejects after the time given (milliseconds, default
   * 10,000) with the reason of the last failure; the client goes on trying.
   */
  ready(timeoutMilliseconds?: number): Promise<void>;
  /**
   * Commits all operations or none. Waits for a connection if there is none. Rejects with `OvsdbError`; when its
   * `outcomeUnknown` is set the transaction may be in the database, and the mirror will tell after the reconnect.
   */
  transact(
    operations: readonly Operation[],
    options?: { timeoutMilliseconds?: number },
  ): Promise<Commit>;
  /** Asks for a lock; `steal` takes it from its holder. */
  lock(name: string, options?: { steal?: boolean }): OvsdbLock;
  /** Tells each connection made (mirror already resynchronised) and lost; gives a function that ends it. */
  watchConnection(listener: (connected: boolean) => void): () => void;
  close(): Promise<void>;
}

/**
 * Starts to connect and keeps trying until `close`; never throws because a server is absent. A remote that
 * cannot be read is a `TypeError`.
 */
export function connect<const Database extends string>(
  options: ConnectOptions<Database>,
): OvsdbClient<TablesOf<Database>> {
  return new ReconnectingClient(options as unknown as ConnectOptions) as unknown as OvsdbClient<
    TablesOf<Database>
  >;
}
