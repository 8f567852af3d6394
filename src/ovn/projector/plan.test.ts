import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import {
  connect,
  createProjector,
  insert,
  mutate,
  named,
  remove,
  select,
  update,
} from '../index.ts';
import type {
  DesiredRow,
  LiveRow,
  Northbound,
  Operation,
  OvsdbClient,
  Projection,
  Projector,
} from '../index.ts';
import { startOvsdbServer } from '../testing.ts';
import type { TestOvsdbServer } from '../testing.ts';

const idsOf = (row: LiveRow) => row['external_ids'] as Record<string, string>;
const table = {
  key: (row: LiveRow) => idsOf(row)['key'],
  owner: (row: LiveRow) => idsOf(row)['owner'],
};
const TABLES = [
  'Logical_Switch',
  'Logical_Switch_Port',
  'Port_Group',
  'ACL',
  'DHCP_Options',
] as const;
const projection: Projection = {
  database: 'OVN_Northbound',
  tables: Object.fromEntries(TABLES.map((name) => [name, table])),
  memberships: [
    { table: 'Logical_Switch', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Port_Group', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Port_Group', column: 'acls', child: 'ACL' },
    { table: 'Logical_Switch', column: 'acls', child: 'ACL' },
  ],
};

const NETWORKS = ['n0', 'n1', 'n2'];
const GROUPS = ['g0', 'g1'];
const SUBNETS = ['s0', 's1'];
const some = (from: string[], minLength = 0) =>
  fc.uniqueArray(fc.constantFrom(...from), { minLength });
const desired = fc.record({
  networks: fc.dictionary(
    fc.constantFrom(...NETWORKS),
    fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2')),
  ),
  groups: some(GROUPS),
  subnets: some(SUBNETS),
  ports: fc.dictionary(
    fc.constantFrom('p0', 'p1', 'p2', 'p3'),
    fc.record({
      networks: some(NETWORKS, 1),
      groups: some(GROUPS),
      subnet: fc.constantFrom(...SUBNETS),
      addresses: some(['a', 'b', 'c']),
      tag: fc.option(fc.integer({ min: 1, max: 3 })),
    }),
  ),
  rules: fc.dictionary(
    fc.constantFrom('r0', 'r1'),
    fc.record({ groups: some(GROUPS), networks: some(NETWORKS, 1), priority: fc.nat(5) }),
  ),
});
type Desired = typeof desired extends fc.Arbitrary<infer Value> ? Value : never;

/** Rows by owner; only those that can exist, because their parents do. */
function stateOf({ networks, groups, subnets, ports, rules }: Desired): Map<string, DesiredRow[]> {
  const state = new Map<string, DesiredRow[]>();
  const put = (
    name: string,
    key: string,
    columns: DesiredRow['columns'],
    parents: DesiredRow['parents'] = [],
  ) =>
    state.set(key, [
      { table: name, key, columns: { ...columns, external_ids: { owner: key, key } }, parents },
    ]);
  const parentsOf = (wanted: string[], of: string[], name: string, column: string) =>
    wanted.filter((key) => of.includes(key)).map((key) => ({ table: name, key, column }));
  const present = Object.keys(networks);
  for (const [key, other_config] of Object.entries(networks)) {
    put('Logical_Switch', key, { name: key, other_config: { ...other_config } });
  }
  for (const key of groups) put('Port_Group', key, { name: key });
  for (const key of subnets) put('DHCP_Options', key, { cidr: '10.0.0.0/24' });
  for (const [key, port] of Object.entries(ports)) {
    const home = parentsOf(port.networks, present, 'Logical_Switch', 'ports');
    if (home.length === 0) continue;
    const columns = {
      name: key,
      addresses: port.addresses,
      tag: port.tag,
      dhcpv4_options: subnets.includes(port.subnet)
        ? { ref: { table: 'DHCP_Options', key: port.subnet } }
        : null,
    };
    put('Logical_Switch_Port', key, columns, [
      ...home,
      ...parentsOf(port.groups, groups, 'Port_Group', 'ports'),
    ]);
  }
  for (const [key, rule] of Object.entries(rules)) {
    const parents = [
      ...parentsOf(rule.networks, present, 'Logical_Switch', 'acls'),
      ...parentsOf(rule.groups, groups, 'Port_Group', 'acls'),
    ];
    const columns = { priority: rule.priority, direction: 'to-lport', action: 'drop', match: key };
    if (parents.length > 0) put('ACL', key, columns, parents);
  }
  return state;
}

/** Whatever somebody else may do to the database. */
const meddling: fc.Arbitrary<readonly Operation[]> = fc.oneof<fc.Arbitrary<readonly Operation[]>[]>(
  fc.constantFrom(...NETWORKS).map((name) => [remove('Logical_Switch', [['name', '==', name]])]),
  fc.constantFrom(...GROUPS).map((name) => [remove('Port_Group', [['name', '==', name]])]),
  fc.constant([remove('DHCP_Options', [])]),
  fc.constant([update('Logical_Switch_Port', [], { addresses: ['unknown'], tag: 9 })]),
  fc.constant([update('Logical_Switch', [], { name: 'renamed', other_config: {} })]),
  fc.constant([mutate('Port_Group', [], ['external_ids', 'delete', ['key']])]),
  fc.constant([update('Port_Group', [], { ports: [], acls: [] })]),
  fc.constantFrom(...NETWORKS, ...GROUPS, 'left').map((key) => [
    insert('Logical_Switch', { name: key, external_ids: { key, owner: key }, acls: [named('a')] }),
    insert(
      'ACL',
      {
        priority: 1,
        direction: 'to-lport',
        action: 'drop',
        external_ids: { key: 'r0', owner: 'r0' },
      },
      'a',
    ),
  ]),
);

describe('plan', () => {
  let server: TestOvsdbServer;
  let client: OvsdbClient<Northbound>;
  let other: OvsdbClient<Northbound>;
  let projector: Projector;
  let state = new Map<string, DesiredRow[]>();

  before(async () => {
    server = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-nb.ovsschema' });
    client = connect({ database: 'OVN_Northbound', remotes: server.remote, monitor: TABLES });
    other = connect({ database: 'OVN_Northbound', remotes: server.remote });
    await Promise.all([client.ready(), other.ready()]);
    projector = createProjector({
      client,
      projection,
      log: pino({ level: 'silent' }),
      load: async (owners) => new Map(owners.map((owner) => [owner, state.get(owner) ?? []])),
      loadAll: async () => state,
    });
    await projector.start();
  });
  after(async () => {
    await projector.stop();
    await Promise.all([client.close(), other.close()]);
    await server.stop();
  });

  /** Every row of the projection as the server itself has it, its parents included. */
  async function live(): Promise<unknown> {
    const { results } = await other.transact(TABLES.map((name) => select(name)));
    const rows = new Map(TABLES.map((name, i) => [name as string, results[i]!.rows!]));
    const keys = new Map([...rows.values()].flat().map((row) => [row._uuid, table.key(row)]));
    return picture(
      TABLES.flatMap((name) =>
        rows.get(name)!.map((row) => ({
          table: name,
          key: String(table.key(row)),
          columns: row as unknown as DesiredRow['columns'],
          parents: projection.memberships
            .filter(({ child }) => child === name)
            .flatMap((membership) =>
              rows
                .get(membership.table)!
                .filter((parent) => (parent[membership.column] as string[]).includes(row._uuid))
                .map((parent) => ({ ...membership, key: String(table.key(parent)) })),
            ),
        })),
      ),
      (value) => keys.get(value) ?? value,
    );
  }

  /** Rows in a form that compares: only columns that are ours, references by key, sets sorted. */
  function picture(rows: DesiredRow[], nameOf: (value: string) => string = (value) => value) {
    const owned = [
      'name',
      'other_config',
      'addresses',
      'tag',
      'dhcpv4_options',
      'priority',
      'match',
      'cidr',
      'external_ids',
    ];
    const plain = (value: unknown): unknown => {
      if (value === null || value === undefined) return [];
      if (typeof value !== 'object') return [nameOf(String(value))];
      if (Array.isArray(value)) return value.flatMap((element) => plain(element) as []).toSorted();
      if ('ref' in value) return [(value.ref as { key: string }).key];
      return Object.entries(value).toSorted();
    };
    return rows
      .map(({ table: name, key, columns, parents }) => {
        const kept = owned.filter((column) => client.schema?.tables.get(name)?.columns.has(column));
        return [
          `${name} ${key}`,
          kept.map((column) => [column, plain(columns[column])]),
          (parents ?? [])
            .map((parent) => `${parent.table} ${parent.key} ${parent.column}`)
            .toSorted(),
        ];
      })
      .toSorted((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  }

  it('leads from any state to any other; a second one is empty', async () => {
    await fc.assert(
      fc.asyncProperty(desired, desired, async (a, b) => {
        for (const wanted of [stateOf(a), stateOf(b)]) {
          const owners = [...new Set([...state.keys(), ...wanted.keys()])];
          state = wanted;
          assert.equal(await projector.settled(owners), true);
          const { sequence } = client.mirror;
          assert.deepEqual(await projector.compare(), []);
          assert.equal(await projector.settled(owners), true);
          assert.equal(client.mirror.sequence, sequence, 'a second time writes nothing');
          assert.deepEqual(await live(), picture([...wanted.values()].flat()));
        }
      }),
      { numRuns: 60, interruptAfterTimeLimit: 8000, markInterruptAsFailure: true },
    );
  });

  it('repairs whatever somebody else has done', async () => {
    await fc.assert(
      fc.asyncProperty(
        desired,
        fc.array(meddling, { minLength: 1, maxLength: 3 }),
        async (a, deeds) => {
          const owners = [...state.keys()];
          state = stateOf(a);
          assert.equal(await projector.settled([...owners, ...state.keys()]), true);
          for (const deed of deeds) await other.transact(deed).catch(() => {});
          await client.transact([]);
          await projector.repair();
          assert.deepEqual(await projector.compare(), []);
          // A group without its key is no longer recognised as ours; the index of names may then keep a new one out.
          await other.transact([
            remove('Port_Group', [
              ['external_ids', 'excludes', { key: 'g0' }],
              ['external_ids', 'excludes', { key: 'g1' }],
            ]),
          ]);
          await projector.repair();
          assert.deepEqual(await live(), picture([...state.values()].flat()));
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 8000, markInterruptAsFailure: true },
    );
  });
});
