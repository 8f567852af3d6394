import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { transact, type Database } from './database.ts';
import { forEachRow } from './rows.ts';
import { createTestDatabase } from './testing.ts';

let database: Database;
let drop: () => Promise<void>;

before(async () => {
  ({ database, drop } = await createTestDatabase([]));
  await sql`create table kept (n integer primary key)`.execute(database);
});
after(() => drop());

const kept = () =>
  sql<{ n: number }>`select n from kept order by n`
    .execute(database)
    .then(({ rows }) => rows.map(({ n }) => n));

test('the first statement is inside the transaction that begins with it', async () => {
  for (let round = 0; round < 8; round++) {
    await transact(database, async (transaction) => {
      await sql`select set_config('test.local', ${String(round)}, true)`.execute(transaction);
      const { rows } = await sql<{ value: string }>`
        select current_setting('test.local') as value`.execute(transaction);
      assert.equal(rows[0]!.value, String(round), 'what is local to a transaction is still there');
    });
    await assert.rejects(
      transact(database, async (transaction) => {
        await sql`insert into kept values (${1})`.execute(transaction);
        throw new Error('no');
      }),
      /no/,
    );
    // The first statement fails, then a later one, then none.
    for (const statements of [['select 1 / 0'], ['insert into kept values (2)', 'select 1 / 0']]) {
      await assert.rejects(
        transact(database, async (transaction) => {
          for (const statement of statements) await sql.raw(statement).execute(transaction);
        }),
        /division by zero/,
      );
    }
    await transact(database, async () => {});
    await assert.rejects(
      transact(database, () => Promise.reject(new Error('before any statement'))),
      /before any statement/,
    );
    assert.deepEqual(await kept(), []);
  }
});

test('isolation, rows as they arrive, and many transactions at once', async () => {
  await database
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (transaction) => {
      let seen = 0;
      await forEachRow(transaction, sql`select generate_series(1, ${3000}::int)`, () => seen++);
      assert.equal(seen, 3000);
      const { rows } = await sql`show transaction_isolation`.execute(transaction);
      assert.deepEqual(rows, [{ transaction_isolation: 'repeatable read' }]);
      await assert.rejects(sql`insert into kept values (3)`.execute(transaction), /read-only/);
    })
    .catch((error: unknown) => assert.match(String(error), /aborted|rolled back/i));
  const numbers = Array.from({ length: 200 }, (_, index) => index + 10);
  await Promise.all(
    numbers.map((n) =>
      transact(database, (transaction) => sql`insert into kept values (${n})`.execute(transaction)),
    ),
  );
  assert.deepEqual(await kept(), numbers);
});

test('a server that ends the connection fails the transaction, and the next one has another', async () => {
  await assert.rejects(
    transact(database, async (transaction) => {
      await sql`insert into kept values (5)`.execute(transaction);
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
    }),
  );
  await assert.rejects(
    transact(database, async (transaction) => {
      await sql`select pg_terminate_backend(pg_backend_pid())`.execute(transaction);
    }),
  );
  await transact(database, (transaction) => sql`insert into kept values (6)`.execute(transaction));
  assert.deepEqual((await kept()).slice(0, 2), [6, 10]);
});
