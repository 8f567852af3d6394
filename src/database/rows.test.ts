import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import type { Database } from './database.ts';
import { parseTime } from './parsers.ts';
import { forEachRow } from './rows.ts';
import { createTestDatabase } from './testing.ts';

let database: Database;
let drop: () => Promise<void>;

before(async () => {
  ({ database, drop } = await createTestDatabase([]));
});
after(() => drop());

const series = (last: number) =>
  sql<{
    n: number;
    text: string;
  }>`select n, repeat('x', 50) as text from generate_series(1, ${last}::int) n`;

test('rows are visited in their order while others are still to come', async () => {
  for (const count of [0, 1, 20_000]) {
    const seen: number[] = [];
    await forEachRow(database, series(count), ({ n }) => seen.push(n));
    assert.deepEqual(
      seen,
      Array.from({ length: count }, (_, index) => index + 1),
    );
  }
});

test('a query or a visitor that fails leaves a connection that works', async () => {
  await database.connection().execute(async (connection) => {
    for (let round = 0; round < 5; round++) {
      await assert.rejects(
        forEachRow(
          connection,
          sql`select 1 / (n - 500) from generate_series(1, ${1000}::int) n`,
          () => {},
        ),
        /division by zero/,
      );
      let seen = 0;
      await assert.rejects(
        forEachRow(connection, series(20_000), () => {
          if (++seen === 3) throw new Error('enough');
        }),
        /enough/,
      );
      assert.equal(seen, 3);
      await forEachRow(connection, series(2), ({ n }) => assert.ok(n <= 2));
    }
  });
});

test('times are read as PostgreSQL means them, in every zone and year', async () => {
  for (const time of [
    '2026-01-31 23:59:59+00',
    '2026-01-31 23:59:59.5+00',
    '2026-12-01 00:00:00.123456+00',
    '2026-12-01 00:00:00.000999+00',
    '1969-12-31 23:59:59.25+00',
    '0099-02-03 04:05:06+00',
    '12026-02-03 04:05:06+00',
    '2026-02-03 04:05:06+05:30',
    '2026-02-03 04:05:06.75-08',
    '0044-03-15 12:00:00+00 BC',
  ]) {
    const { rows } = await sql<{ milliseconds: number }>`
      select floor(extract(epoch from ${time}::timestamptz) * 1000) as milliseconds`.execute(
      database,
    );
    assert.equal(parseTime(time).getTime(), rows[0]!.milliseconds, time);
  }
  await database.connection().execute(async (connection) => {
    for (const zone of ['UTC', 'Asia/Kolkata']) {
      await sql`set time zone ${sql.lit(zone)}`.execute(connection);
      const { rows } = await sql<{ time: Date; tags: string[]; none: string[] }>`
        select '2026-01-31T10:00:00.5Z'::timestamptz as time, array['a,b', null, '{}'] as tags,
          '{}'::text[] as none`.execute(connection);
      assert.equal(rows[0]!.time.toISOString(), '2026-01-31T10:00:00.500Z');
      assert.deepEqual(rows[0]!.tags, ['a,b', null, '{}']);
      assert.deepEqual(rows[0]!.none, []);
    }
  });
});
