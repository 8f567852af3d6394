import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { decode } from './codec.ts';
import { connect, insert, mutate, named, remove, update, waitFor } from './index.ts';
import type { Northbound, Operation, OvsdbClient } from './index.ts';
import { columnOf } from './schema.ts';
import { startOvsdbServer } from './testing.ts';
import type { TestOvsdbServer } from './testing.ts';

const TABLES = [
  'Logical_Switch',
  'Logical_Switch_Port',
  'Port_Group',
  'ACL',
  'Meter',
  'Meter_Band',
] as const;
type TableName = (typeof TABLES)[number];
const sorted = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(String).toSorted()
    : typeof value === 'object' && value !== null
      ? Object.entries(value).toSorted()
      : value;
/** Rows by uuid in a form that compares. */
const comparable = (rows: Iterable<Record<string, unknown>>) =>
  Object.fromEntries(
    [...rows]
      .map((row): [string, unknown] => [
        String(row['_uuid']),
        Object.fromEntries(
          Object.entries(row)
            .map(([name, value]): [string, unknown] => [name, sorted(value)])
            .toSorted(),
        ),
      ])
      .toSorted(),
  );

describe('mirror', () => {
  let server: TestOvsdbServer;
  let client: OvsdbClient<Northbound>;
  let writer: OvsdbClient<Northbound>;

  before(async () => {
    server = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' });
    client = connect({ database: 'OVN_Northbound', remotes: server.remote, monitor: TABLES });
    writer = connect({ database: 'OVN_Northbound', remotes: server.remote });
    await Promise.all([client.ready(), writer.ready()]);
  });
  after(async () => {
    await Promise.all([client.close(), writer.close()]);
    await server.stop();
  });

  /** What the server itself says, by a program that is not ours. */
  function dump(table: TableName) {
    const text = execFileSync(
      'ovsdb-client',
      ['-f', 'json', 'dump', server.remote, 'OVN_Northbound', table],
      {
        encoding: 'utf8',
      },
    );
    const { headings, data } = JSON.parse(text) as { headings: string[]; data: unknown[][] };
    return comparable(
      data.map((cells) =>
        Object.fromEntries(
          headings
            .map((name, i): [string, unknown] => [
              name,
              decode(columnOf(client.schema!, table, name), cells[i]),
            ])
            .filter(([name]) => name !== '_version'),
        ),
      ),
    );
  }

  it('equals what ovsdb-client sees, after any transactions of somebody else', async () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const elements = fc.uniqueArray(
      fc.nat(150).map((i) => `e${i}`),
      { maxLength: 150 },
    );
    const pairs = fc.dictionary(name, fc.string({ unit: 'grapheme-ascii' }), {
      noNullPrototype: true,
    });
    const where = name.map((value) => [['name', '==', value]] as const);
    const operation: fc.Arbitrary<Operation[]> = fc.oneof(
      fc
        .tuple(name, elements, pairs, fc.nat(1e6))
        .map(([value, addresses, options, n]) => [
          insert('Logical_Switch', { name: value, other_config: options, ports: [named(`p${n}`)] }),
          insert(
            'Logical_Switch_Port',
            { name: `${value}${n}`, addresses, options, tag: n % 2 ? 5 : null },
            `p${n}`,
          ),
        ]),
      fc
        .tuple(where, elements)
        .map(([rows, addresses]) => [
          mutate('Logical_Switch_Port', rows, ['addresses', 'insert', addresses]),
          mutate('Logical_Switch_Port', [], ['addresses', 'delete', addresses.slice(0, 3)]),
        ]),
      fc
        .tuple(where, pairs)
        .map(([rows, options]) => [
          mutate(
            'Logical_Switch',
            rows,
            ['other_config', 'delete', Object.keys(options)],
            ['other_config', 'insert', options],
          ),
        ]),
      fc.tuple(where, elements, name).map(([rows, addresses, type]) => [
        update('Logical_Switch_Port', [], {
          addresses,
          type,
          enabled: addresses.length % 2 === 0,
        }),
        update('Logical_Switch', rows, { name: type }),
      ]),
      where.map((rows) => [remove('Logical_Switch', rows)]),
    );
    const ports = client.mirror.table('Logical_Switch_Port');
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 1, maxLength: 6 }),
        async (transactions) => {
          for (const operations of transactions) await writer.transact(operations).catch(() => {});
          const mark = `mark ${round++}`;
          await writer.transact([
            insert('Meter', { name: mark, unit: 'kbps', bands: [named('b')] }),
            insert('Meter_Band', { action: 'drop', rate: 1 }, 'b'),
          ]);
          await waitFor(client.mirror, () => client.mirror.table('Meter').first('name', mark));
          for (const table of TABLES) {
            assert.deepEqual(comparable(client.mirror.table(table).rows()), dump(table));
          }
          for (const element of ['e0', 'e77', 'e150']) {
            assert.deepEqual(
              ports
                .find('addresses', element)
                .map(({ _uuid }) => _uuid)
                .toSorted(),
              ports
                .filter((row) => row.addresses.includes(element))
                .map(({ _uuid }) => _uuid)
                .toSorted(),
            );
          }
        },
      ),
      { numRuns: 12 },
    );
    await writer.transact([remove('Logical_Switch', []), remove('Meter', [])]);
  });
});
