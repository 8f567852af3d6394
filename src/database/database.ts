import { Kysely, PostgresDialect, type Transaction as KyselyTransaction } from 'kysely';
import pg from 'pg';
import { sleep } from '../core/time.ts';
import { joinBegin } from './begin.ts';
import { useOwnParsers } from './parsers.ts';
import { keepPlans } from './plans.ts';
import { ArrivingRows } from './rows.ts';

/**
 * A connection pool that knows no tables; a service sees its own through `withTables<NetworkTables>()`.
 * Table names carry their schema: `network.ports`.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type
export type Database = Kysely<{}>;

/**
 * One transaction over all services' schemas: what one API request changes is committed together.
 * `transaction.withTables<NetworkTables>()` gives a service's view of it.
 */
export type Transaction = KyselyTransaction<{}>;

useOwnParsers();

export interface DatabaseAddress {
  /** Folder of the unix socket, or a host name. */
  readonly host: string;
  readonly database: string;
  readonly user: string;
  readonly port?: number;
  readonly password?: string;
  /** Most connections at once; default 10. */
  readonly connections?: number;
}

/** Opens a pool. A server that goes away ends its connections, not our process; the next query opens new ones. */
export function openDatabase(address: DatabaseAddress): Database {
  const pool = new pg.Pool({
    host: address.host,
    database: address.database,
    user: address.user,
    port: address.port ?? 5432,
    password: address.password ?? '',
    max: address.connections ?? 10,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    // A kept plan is for any parameters. Left to choose, PostgreSQL makes a new one each time for every statement about
    // a list of ids, because it expects ten of them and gets one: that costs several times what running it does.
    options: '-c plan_cache_mode=force_generic_plan',
    pipeline: true,
  } as pg.PoolConfig);
  // Without a listener on each client a lost server is an unhandled 'error' event and ends the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    keepPlans(client);
    joinBegin(client);
  });
  return new Kysely<{}>({ dialect: new PostgresDialect({ pool, cursor: ArrivingRows }) });
}

const RETRIED = new Set(['40001', '40P01']); // serialization failure, deadlock

/**
 * Runs the work in one transaction and again, up to five times, when PostgreSQL asks for it (deadlock,
 * serialization failure). The work must therefore touch nothing but the transaction.
 */
export async function transact<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await database.transaction().execute(work);
    } catch (error) {
      const code = (error as { code?: string }).code;
      if (code === undefined || !RETRIED.has(code) || attempt >= 5) throw error;
      await sleep(attempt * 5 * (1 + Math.random()));
    }
  }
}

/** Name of the violated constraint when the error is a violated one, for turning it into a sentence. */
export function violatedConstraint(error: unknown): string | undefined {
  const { code, constraint } = error as { code?: string; constraint?: string };
  return code?.startsWith('23') ? constraint : undefined;
}

/** The value that violated a constraint on one column, as PostgreSQL names it: the id that is missing or there twice. */
export function violatedKey(error: unknown): string {
  const { detail = '' } = error as { detail?: string };
  return /\)=\(([^)]*)\)/.exec(detail)?.[1] ?? '';
}
