import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import { decode } from './codec.ts';
import {
  connect,
  createProjector,
  insert,
  mutate,
  named,
  remove,
  update,
  waitFor,
} from './index.ts';
import type {
  DesiredRow,
  Northbound,
  Operation,
  OvsdbClient,
  Projection,
  Projector,
} from './index.ts';
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

describe('equality', () => {
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

  it('of the mirror and what ovsdb-client sees, after any transactions of somebody else', async () => {
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

  it('of desired and live, from any state to any other; a second look finds nothing', async () => {
    const ids = (row: Record<string, unknown>) => row['external_ids'] as Record<string, string>;
    const table = {
      key: (row: Record<string, unknown>) => ids(row)['key'],
      owner: (row: Record<string, unknown>) => ids(row)['owner'],
    };
    const projection: Projection = {
      database: 'OVN_Northbound',
      tables: { Logical_Switch: table, Logical_Switch_Port: table, Port_Group: table, ACL: table },
      memberships: [
        { table: 'Logical_Switch', column: 'ports', child: 'Logical_Switch_Port' },
        { table: 'Port_Group', column: 'ports', child: 'Logical_Switch_Port' },
        { table: 'Port_Group', column: 'acls', child: 'ACL' },
        { table: 'Logical_Switch', column: 'acls', child: 'ACL' },
      ],
    };
    const NETWORKS = ['n0', 'n1', 'n2'];
    const GROUPS = ['g0', 'g1'];
    const some = (from: string[], minLength = 0) =>
      fc.uniqueArray(fc.constantFrom(...from), { minLength });
    const options = fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2'), {
      noNullPrototype: true,
    });
    const desired = fc.record({
      networks: fc.dictionary(fc.constantFrom(...NETWORKS), options),
      groups: some(GROUPS),
      ports: fc.dictionary(
        fc.constantFrom('p0', 'p1', 'p2', 'p3'),
        fc.record({
          networks: some(NETWORKS, 1),
          groups: some(GROUPS),
          addresses: some(['a', 'b', 'c']),
          tag: fc.option(fc.nat(3).map((n) => n + 1)),
        }),
      ),
      rules: fc.dictionary(
        fc.constantFrom('r0', 'r1'),
        fc.record({ groups: some(GROUPS), networks: some(NETWORKS, 1), priority: fc.nat(5) }),
      ),
    });
    type Desired = typeof desired extends fc.Arbitrary<infer Value> ? Value : never;
    /** Only what can exist: rows whose parents do. */
    const stateOf = ({ networks, groups, ports, rules }: Desired): Map<string, DesiredRow[]> => {
      const state = new Map<string, DesiredRow[]>();
      const put = (
        table: string,
        key: string,
        columns: DesiredRow['columns'],
        parents: DesiredRow['parents'] = [],
      ) =>
        state.set(key, [
          { table, key, columns: { ...columns, external_ids: { owner: key, key } }, parents },
        ]);
      const switches = (keys: string[], column: string) =>
        keys
          .filter((key) => Object.hasOwn(networks, key))
          .map((key) => ({ table: 'Logical_Switch', key, column }));
      const members = (keys: string[], column: string) =>
        keys
          .filter((key) => groups.includes(key))
          .map((key) => ({ table: 'Port_Group', key, column }));
      for (const [key, other_config] of Object.entries(networks))
        put('Logical_Switch', key, { name: key, other_config });
      for (const key of groups) put('Port_Group', key, { name: key });
      for (const [key, port] of Object.entries(ports)) {
        const home = switches(port.networks, 'ports');
        if (home.length === 0) continue;
        const columns = { name: key, addresses: port.addresses, tag: port.tag };
        put('Logical_Switch_Port', key, columns, [...home, ...members(port.groups, 'ports')]);
      }
      for (const [key, rule] of Object.entries(rules)) {
        const parents = [...switches(rule.networks, 'acls'), ...members(rule.groups, 'acls')];
        if (parents.length > 0)
          put(
            'ACL',
            key,
            { priority: rule.priority, direction: 'to-lport', action: 'drop', match: key },
            parents,
          );
      }
      return state;
    };
    let state = new Map<string, DesiredRow[]>();
    const projector: Projector = createProjector({
      client,
      projection,
      log: pino({ level: 'silent' }),
      load: async (owners) => new Map(owners.map((owner) => [owner, state.get(owner) ?? []])),
      loadAll: async () => state,
    });
    await projector.start();
    await fc.assert(
      fc.asyncProperty(desired, desired, async (a, b) => {
        for (const wanted of [stateOf(a), stateOf(b)]) {
          const owners = new Set([...state.keys(), ...wanted.keys()]);
          state = wanted;
          assert.equal(await projector.settled([...owners], 4000), true);
          const sequence = client.mirror.sequence;
          assert.deepEqual(await projector.compare(), []);
          assert.equal(await projector.settled([...owners]), true);
          assert.equal(client.mirror.sequence, sequence, 'a second time writes nothing');
          check(wanted);
        }
      }),
      { numRuns: 40 },
    );
    await projector.stop();

    /** Live as read by a select, against the wanted state. */
    function check(wanted: Map<string, DesiredRow[]>) {
      for (const name of ['Logical_Switch', 'Logical_Switch_Port', 'Port_Group', 'ACL'] as const) {
        const rows = Object.values(dump(name)) as {
          external_ids: [string, string][];
          [column: string]: unknown;
        }[];
        const keyOf = ({ external_ids: pairs }: { external_ids: [string, string][] }) =>
          new Map(pairs).get('key');
        const expected = [...wanted.values()].flat().filter((row) => row.table === name);
        assert.deepEqual(rows.map(keyOf).toSorted(), expected.map(({ key }) => key).toSorted());
        for (const { key, columns, parents } of expected) {
          const row = rows.find((candidate) => keyOf(candidate) === key)!;
          for (const [column, value] of Object.entries(columns)) {
            const of = columnOf(client.schema!, name, column);
            const whole =
              of.kind === 'set' && !Array.isArray(value) ? (value === null ? [] : [value]) : value;
            assert.deepEqual(row[column], sorted(whole), `${name} ${key} ${column}`);
          }
          for (const { table: parentTable, column } of projection.memberships.filter(
            ({ child }) => child === name,
          )) {
            const uuid = client.mirror
              .table(name)
              .filter((live) => live.external_ids['key'] === key)[0]!._uuid;
            const holders = (Object.values(dump(parentTable as TableName)) as typeof rows)
              .filter((parent) => (parent[column] as string[]).includes(uuid))
              .map(keyOf);
            const should = parents!.filter(
              (parent) => parent.table === parentTable && parent.column === column,
            );
            assert.deepEqual(holders.toSorted(), should.map((parent) => parent.key).toSorted());
          }
        }
      }
    }
  });
});
