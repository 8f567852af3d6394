import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { decode } from '../ovsdb/codec.ts';
import { connect, insert, mutate, named, remove, update, waitFor } from '../index.ts';
import type { Northbound, Operation, OvsdbClient } from '../index.ts';
import { columnOf } from '../ovsdb/schema.ts';
import { startOvsdbServer } from '../testing.ts';
import type { TestOvsdbServer } from '../testing.ts';

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
    // Often more than 64, where sets are kept in another way.
    const elements = fc
      .tuple(fc.nat(60), fc.nat(140))
      .map(([first, count]) => Array.from({ length: count }, (_, i) => `e${first + i}`));
    const pairs = fc.dictionary(name, fc.constantFrom('1', '2', '"\\{'), { noNullPrototype: true });
    const where = name.map((value) => [['name', '==', value]] as const);
    const operation: fc.Arbitrary<Operation[]> = fc.oneof(
      fc
        .tuple(name, elements, pairs, fc.nat(1e6))
        .map(([value, addresses, options, n]) => [
          insert('Logical_Switch', { name: value, other_config: options, ports: [named(`p${n}`)] }),
          insert(
            'Logical_Switch_Port',
            { name: `${n}`, addresses, options, tag: n % 2 ? 5 : null },
            `p${n}`,
          ),
        ]),
      fc
        .tuple(elements, elements)
        .map(([added, removed]) => [
          mutate(
            'Logical_Switch_Port',
            [],
            ['addresses', 'insert', added],
            ['addresses', 'delete', removed],
          ),
        ]),
      fc
        .tuple(elements, elements)
        .map(([added]) => [
          mutate('Logical_Switch_Port', [], ['addresses', 'insert', added.slice(0, 2)]),
          mutate('Logical_Switch_Port', [], ['addresses', 'delete', added.slice(-2)]),
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
          mutate('Logical_Switch_Port', [], ['options', 'delete', options]),
        ]),
      fc
        .tuple(where, pairs, name)
        .map(([rows, options, type]) => [
          update('Logical_Switch_Port', [], { options, type, enabled: type === 'a' }),
          update('Logical_Switch', rows, { name: type, other_config: options }),
        ]),
      elements.map((addresses) => [
        update('Logical_Switch_Port', [], { addresses, tag: addresses.length > 64 ? 7 : null }),
      ]),
      where.map((rows) => [remove('Logical_Switch', rows)]),
    );
    const ports = client.mirror.table('Logical_Switch_Port');
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(operation, { minLength: 5, maxLength: 30 }),
        async (transactions) => {
          for (const operations of transactions) await writer.transact(operations);
          const mark = `mark ${round++}`;
          await writer.transact([
            insert('Meter', { name: mark, unit: 'kbps', bands: [named('b')] }),
            insert('Meter_Band', { action: 'drop', rate: 1 }, 'b'),
          ]);
          await waitFor(client.mirror, () => client.mirror.table('Meter').first('name', mark));
          for (const table of TABLES) {
            assert.deepEqual(comparable(client.mirror.table(table).rows()), dump(table));
          }
          for (const element of ['e0', 'e30', 'e77', 'e150']) {
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
      { numRuns: 15 },
    );
    await writer.transact([remove('Logical_Switch', []), remove('Meter', [])]);
  });
});
