import pg from 'pg';
import { paths } from '../../src/core/configuration.ts';

/** Round trips to the PostgreSQL server of a cloud, with nothing of ours in between. */
export interface DatabaseFloor {
  /** One `select 1`, in milliseconds. */
  select(): Promise<number>;
  /** One insert of a small row with its commit on the disk, in milliseconds. */
  commit(): Promise<number>;
  close(): Promise<void>;
}

const DATABASE = 'bench_floor';

/** Opens one connection to a database of its own beside the cloud's. */
export async function openDatabaseFloor(home: string): Promise<DatabaseFloor> {
  const address = { host: paths(home).postgresSocket, user: 'postgres' };
  const administer = async (statement: string) => {
    const client = new pg.Client({ ...address, database: 'postgres' });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await administer(`drop database if exists ${DATABASE} with (force)`);
  await administer(`create database ${DATABASE}`);
  const client = new pg.Client({ ...address, database: DATABASE });
  await client.connect();
  await client.query('create table floor (id bigserial primary key, value text not null)');
  const timed = async (query: pg.QueryConfig) => {
    const before = performance.now();
    await client.query(query);
    return performance.now() - before;
  };
  return {
    select: () => timed({ name: 'one', text: 'select 1' }),
    commit: () =>
      timed({
        name: 'insert',
        text: 'insert into floor (value) values ($1)',
        values: ['x'.repeat(200)],
      }),
    async close() {
      await client.end();
      await administer(`drop database if exists ${DATABASE} with (force)`);
    },
  };
}
