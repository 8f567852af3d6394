import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { createTestDatabase } from './testing.ts';

let database: Database;
let drop: () => Promise<void>;

before(async () => {
  ({ database, drop } = await createTestDatabase([]));
});
after(() => drop());

/** Texts of the statements whose plans the session keeps, the probe's own apart. */
const kept = (connection: Database) =>
  sql<{ statement: string }>`select statement from pg_prepared_statements`
    .execute(connection)
    .then(({ rows }) => rows.map(({ statement }) => statement));

test('a statement that comes again keeps its plan and gives the same rows', async () => {
  await database.connection().execute(async (connection) => {
    for (let value = 0; value < 10; value++) {
      const { rows } = await sql<{ sum: number }>`select ${value}::int + 1 as sum`.execute(
        connection,
      );
      assert.equal(rows[0]!.sum, value + 1);
    }
    assert.deepEqual(
      (await kept(connection)).filter((text) => text.includes('as sum')),
      ['select $1::int + 1 as sum'],
    );
  });
});

test('statements of which each is another one are not kept', async () => {
  await database.connection().execute(async (connection) => {
    for (let count = 0; count < 50; count++)
      await sql`select ${count}::int as ${sql.ref(`once_${count}`)}`.execute(connection);
    assert.deepEqual(
      (await kept(connection)).filter((text) => text.includes('once_')),
      [],
    );
  });
});

test('a statement that failed works again, as do several in one text', async () => {
  await database.connection().execute(async (connection) => {
    for (let count = 0; count < 5; count++) {
      await assert.rejects(sql`select 1 / ${0}::int`.execute(connection), /division by zero/);
      const { rows } = await sql<{ half: number }>`select 4 / ${2}::int as half`.execute(
        connection,
      );
      assert.equal(rows[0]!.half, 2);
    }
    await sql`create temporary table a (); create temporary table b ()`.execute(connection);
  });
});
