import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { sleep } from '../core/time.ts';
import {
  connect,
  createProjector,
  insert,
  mutate,
  OvsdbError,
  remove,
  update,
  waitFor,
} from './index.ts';
import type {
  DesiredRow,
  DesiredState,
  OvsdbClient,
  Projection,
  Projector,
  Northbound,
} from './index.ts';
import { startOvsdbServer } from './testing.ts';
import type { TestOvsdbServer } from './testing.ts';

const SCHEMA = '/usr/share/ovn/ovn-nb.ovsschema';
const TABLES = [
  'NB_Global',
  'Logical_Switch',
  'Logical_Switch_Port',
  'Port_Group',
  'ACL',
  'DHCP_Options',
] as const;

/** How often the projection looked at a row. */
let looks = 0;
const byIds = (name: string) => ({
  key: (row: Record<string, unknown>) => {
    looks++;
    return (row['external_ids'] as Record<string, string>)[name];
  },
  owner: (row: Record<string, unknown>) => (row['external_ids'] as Record<string, string>)['owner'],
});
const projection: Projection = {
  database: 'OVN_Northbound',
  tables: {
    NB_Global: { key: () => 'global', owner: () => 'cloud' },
    Logical_Switch: byIds('key'),
    Logical_Switch_Port: byIds('key'),
    Port_Group: byIds('key'),
    ACL: byIds('key'),
    DHCP_Options: byIds('key'),
  },
  memberships: [
    { table: 'Logical_Switch', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Port_Group', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Port_Group', column: 'acls', child: 'ACL' },
  ],
};

const network = (name: string, columns: DesiredRow['columns'] = {}): [string, DesiredRow[]] => [
  `network:${name}`,
  [
    {
      table: 'Logical_Switch',
      key: name,
      columns: { name, external_ids: { key: name, owner: `network:${name}` }, ...columns },
    },
  ],
];
const port = (
  name: string,
  switches: string[],
  groups: string[] = [],
  columns: DesiredRow['columns'] = {},
): [string, DesiredRow[]] => [
  `port:${name}`,
  [
    {
      table: 'Logical_Switch_Port',
      key: name,
      columns: {
        name,
        addresses: [`0a:00:00:00:00:01 ${name}`],
        external_ids: { key: name, owner: `port:${name}` },
        ...columns,
      },
      parents: [
        ...switches.map((key) => ({ table: 'Logical_Switch', key, column: 'ports' })),
        ...groups.map((key) => ({ table: 'Port_Group', key, column: 'ports' })),
      ],
    },
  ],
];
const group = (name: string, rules: number[] = []): [string, DesiredRow[]] => [
  `group:${name}`,
  [
    {
      table: 'Port_Group',
      key: name,
      columns: { name, external_ids: { key: name, owner: `group:${name}` } },
    },
    ...rules.map((priority): DesiredRow => ({
      table: 'ACL',
      key: `${name}-${priority}`,
      columns: {
        priority,
        direction: 'to-lport',
        action: 'drop',
        match: `outport == @${name}`,
        external_ids: { key: `${name}-${priority}`, owner: `group:${name}` },
      },
      parents: [{ table: 'Port_Group', key: name, column: 'acls' }],
    })),
  ],
];

describe('projector', () => {
  const log = pino({ level: process.env['OVENBIRD_LOG_LEVEL'] ?? 'silent' });
  let server: TestOvsdbServer;
  let client: OvsdbClient<Northbound>;
  let projector: Projector;
  let state: Map<string, DesiredRow[]>;
  let loads: string[][];
  const opened: { stop(): Promise<void> }[] = [];

  const open = () =>
    connect({
      database: 'OVN_Northbound',
      remotes: server.remote,
      monitor: TABLES,
      maximumBackoffMilliseconds: 50,
    });
  const load = async (owners: readonly string[]): Promise<DesiredState> => {
    loads.push([...owners]);
    return new Map(
      owners.flatMap((owner) => (state.has(owner) ? [[owner, state.get(owner)!]] : [])),
    );
  };
  const make = (of = client, lock?: string): Projector => {
    const made = createProjector({
      client: of,
      projection,
      log,
      load,
      loadAll: async () => new Map(state),
      ...(lock === undefined ? {} : { lock }),
    });
    opened.push(made);
    return made;
  };
  /** Sets the wanted state of these owners, and waits until it is so. */
  const want = async (...owners: [string, DesiredRow[]][]) => {
    for (const [owner, rows] of owners) {
      if (rows.length === 0) state.delete(owner);
      else state.set(owner, rows);
    }
    return projector.settled(
      owners.map(([owner]) => owner),
      2000,
    );
  };
  const ports = (name: string) => client.mirror.table('Logical_Switch').first('name', name)?.ports;
  const names = (table: 'Logical_Switch' | 'Logical_Switch_Port' | 'Port_Group') =>
    [...client.mirror.table(table).rows()].map(({ name }) => name).toSorted();

  before(async () => {
    server = await startOvsdbServer({ schemaFile: SCHEMA });
  });
  after(() => server.stop());
  beforeEach(async () => {
    state = new Map();
    loads = [];
    client = open();
    await client.ready();
    await client.transact([
      ...(['Logical_Switch', 'Port_Group', 'DHCP_Options', 'NB_Global'] as const).map((table) =>
        remove(table, []),
      ),
      insert('NB_Global', {}),
    ]);
    projector = make();
  });
  afterEach(async () => {
    for (const made of opened.splice(0)) await made.stop();
    await client.close();
  });

  it('writes new rows, their references and memberships in one transaction', async () => {
    for (const [owner, rows] of [
      port('p1', ['n1'], ['g1'], { dhcpv4_options: { ref: { table: 'DHCP_Options', key: 'd1' } } }),
      network('n1'),
      group('g1', [1001, 1002]),
    ]) {
      state.set(owner, rows);
    }
    state.set('subnet:d1', [
      {
        table: 'DHCP_Options',
        key: 'd1',
        columns: { cidr: '10.0.0.0/24', external_ids: { key: 'd1', owner: 'subnet:d1' } },
      },
    ]);
    const before = client.mirror.sequence;
    await projector.start();
    assert.equal(client.mirror.sequence, before + 1, 'one update');
    const lsp = client.mirror.table('Logical_Switch_Port').first('name', 'p1');
    const dhcp = client.mirror.table('DHCP_Options').first('cidr', '10.0.0.0/24');
    assert.deepEqual(lsp?.dhcpv4_options, [dhcp?._uuid]);
    assert.deepEqual(ports('n1'), [lsp?._uuid]);
    const made = client.mirror.table('Port_Group').first('name', 'g1');
    assert.deepEqual(made?.ports, [lsp?._uuid]);
    assert.equal(made?.acls.length, 2);
    assert.deepEqual(await projector.compare(), []);
  });

  it('changes, moves and removes rows, and leaves strangers alone', async () => {
    await client.transact([
      insert('Logical_Switch', { name: 'stranger', external_ids: { note: 'by hand' } }),
    ]);
    await projector.start();
    assert.equal(
      await want(network('n1'), network('n2'), port('p1', ['n1'], ['g1']), group('g1', [1])),
      true,
    );
    const uuid = client.mirror.table('Logical_Switch_Port').first('name', 'p1')?._uuid;

    assert.equal(await want(port('p1', ['n2'], [], { addresses: ['unknown'] })), true);
    assert.deepEqual([ports('n1'), ports('n2')], [[], [uuid]]);
    assert.deepEqual(client.mirror.table('Port_Group').first('name', 'g1')?.ports, []);
    assert.deepEqual(client.mirror.table('Logical_Switch_Port').get(uuid!)?.addresses, ['unknown']);

    assert.equal(await want(['port:p1', []], ['network:n2', []], group('g1', [2, 3])), true);
    assert.deepEqual(names('Logical_Switch'), ['n1', 'stranger']);
    assert.equal(client.mirror.table('Logical_Switch_Port').size, 0);
    assert.deepEqual(
      [...client.mirror.table('ACL').rows()].map(({ priority }) => priority).toSorted(),
      [2, 3],
    );
    assert.deepEqual(await projector.compare(), []);
  });

  it('writes only its own entries of a shared map', async () => {
    await client.transact([update('NB_Global', [], { options: { theirs: '1', ours: 'old' } })]);
    state.set('cloud', [
      {
        table: 'NB_Global',
        key: 'global',
        columns: {},
        entries: { options: { ours: 'new', more: 'x' } },
      },
    ]);
    await projector.start();
    const [row] = client.mirror.table('NB_Global').rows();
    assert.deepEqual(row?.options, { theirs: '1', ours: 'new', more: 'x' });
    assert.deepEqual(await projector.compare(), []);
  });

  it('shows what differs, and repairs it', async () => {
    await projector.start();
    await want(
      network('n1'),
      network('n2'),
      port('p1', ['n1']),
      port('p2', ['n1']),
      group('g1', [1]),
    );
    const uuidOf = (name: string) =>
      client.mirror.table('Logical_Switch_Port').first('name', name)!._uuid;
    await client.transact([
      update('Logical_Switch_Port', uuidOf('p1'), { addresses: ['wrong'] }),
      mutate('Logical_Switch', [['name', '==', 'n1']], ['ports', 'delete', [uuidOf('p2')]]),
      mutate('Logical_Switch', [['name', '==', 'n2']], ['ports', 'insert', [uuidOf('p2')]]),
      insert('Port_Group', { name: 'left', external_ids: { key: 'left', owner: 'group:left' } }),
    ]);
    const differences = await projector.compare();
    assert.deepEqual(differences.map(({ owner, change }) => `${owner} ${change}`).toSorted(), [
      'group:left delete',
      'port:p1 update',
      'port:p2 join',
      'port:p2 leave',
    ]);
    assert.deepEqual(differences.find(({ change }) => change === 'update')?.columns, {
      addresses: [['wrong'], ['0a:00:00:00:00:01 p1']],
    });
    assert.equal((await projector.repair()).length, 4);
    assert.deepEqual(await projector.compare(), []);
    assert.deepEqual(names('Port_Group'), ['g1']);
  });

  it('puts back what somebody else deleted, without being asked', async () => {
    await projector.start();
    await want(network('n1'), port('p1', ['n1']));
    await client.transact([remove('Logical_Switch', [['name', '==', 'n1']])]);
    await waitFor(client.mirror, () => ports('n1')?.length === 1);
    assert.deepEqual(await projector.compare(), []);
  });

  it('deletes rows that claim a key twice', async () => {
    const ids = { external_ids: { key: 'n1', owner: 'network:n1' } };
    await client.transact([
      insert('Logical_Switch', { name: 'n1', ...ids }),
      insert('Logical_Switch', { name: 'n1', ...ids }),
      insert('Logical_Switch', { name: 'other', ...ids }),
    ]);
    state.set(...network('n1'));
    await projector.start();
    assert.deepEqual(names('Logical_Switch'), ['n1']);
  });

  it('sets an owner aside whose parent is missing, until it appears', async () => {
    await projector.start();
    assert.equal(await want(network('n1')), true);
    state.set(...port('p1', ['later', 'n1']));
    const settled = projector.settled(['port:p1'], 5000);
    await want(network('n3'));
    assert.equal(client.mirror.table('Logical_Switch_Port').size, 0, 'nothing of it is written');
    assert.deepEqual(
      (await projector.compare()).map(({ owner, change }) => `${owner} ${change}`),
      ['port:p1 insert'],
    );
    await want(network('later'));
    assert.equal(await settled, true);
    assert.equal(ports('later')?.length, 1);
  });

  it('lets one bad owner hold up nobody else', async () => {
    await projector.start();
    assert.equal(await want(network('n1'), port('p0', ['n1'])), true);
    const bad: [string, DesiredRow[]][] = [
      ['bad:value', [{ table: 'Logical_Switch', key: 'b1', columns: { name: 5 } }]],
      ['bad:column', [{ table: 'Logical_Switch', key: 'b2', columns: { nonsense: 'x' } }]],
      // Only the server can tell: the name must be unique, and the priority is out of range.
      port('twin', ['n1'], [], { name: 'p0' }),
      group('g9', [99_999]),
    ];
    for (const [owner, rows] of bad) state.set(owner, rows);
    projector.mark(...bad.map(([owner]) => owner));
    const good = Array.from({ length: 20 }, (_, i) => port(`p${i}`, ['n1']));
    assert.equal(await want(...good), true);
    assert.equal(ports('n1')?.length, 20);
    assert.equal(await projector.settled(['bad:value'], 100), false);
    assert.equal(names('Port_Group').length, 0);

    assert.equal(await want(group('g9', [9])), true, 'once mended it is written at once');
    state.delete('bad:value');
    assert.equal(await projector.settled(['bad:value']), true);
  });

  it('costs the same with thousands of ports present', async () => {
    state.set(...network('big'));
    for (let i = 0; i < 5000; i++) state.set(...port(`p${i}`, ['big']));
    await projector.start();
    assert.equal(ports('big')?.length, 5000);
    const { rowsRead, rowsChanged, elementsTouched } = { ...client.mirror.counters };
    looks = 0;
    assert.equal(await want(port('one-more', ['big'])), true);
    assert.equal(await want(['port:one-more', []]), true);
    const { counters } = client.mirror;
    assert.equal(counters.rowsChanged - rowsChanged, 4, 'the port and its switch, twice');
    assert.ok(counters.rowsRead - rowsRead < 20, `${counters.rowsRead - rowsRead} rows were read`);
    assert.ok(
      counters.elementsTouched - elementsTouched <= 2,
      'one element was added and taken away',
    );
    assert.ok(looks < 20, `the projection was asked ${looks} times`);
    assert.deepEqual(loads.slice(-2), [['port:one-more'], ['port:one-more']]);
    assert.equal(ports('big')?.length, 5000);
  });

  it('makes one transaction of what is marked together and while another is in flight', async () => {
    await projector.start();
    await want(network('n1'));
    const before = client.mirror.sequence;
    const done = Array.from({ length: 50 }, (_, i) => want(port(`p${i}`, ['n1'])));
    assert.deepEqual(new Set(await Promise.all(done)), new Set([true]));
    assert.equal(client.mirror.sequence - before, 1);
  });

  it('goes on after kill -9 of the server, with what was wanted meanwhile', async () => {
    await projector.start();
    await want(network('n1'), port('p1', ['n1']));
    await server.kill();
    state.delete('port:p1');
    state.set(...port('p2', ['n1']));
    const settled = projector.settled(['port:p1', 'port:p2'], 10_000);
    assert.equal(
      await projector.settled(['port:p2'], 50),
      false,
      'says so while there is no server',
    );
    await server.restart();
    assert.equal(await settled, true);
    assert.deepEqual(names('Logical_Switch_Port'), ['p2']);
    assert.deepEqual(await projector.compare(), []);
  });

  it('starts before there is a server, and repairs when it comes', async () => {
    await server.kill();
    state.set(...network('early'));
    const other = connect({ database: 'OVN_Northbound', remotes: server.remote, monitor: TABLES });
    const started = make(other).start();
    await server.restart();
    await started;
    assert.ok(other.mirror.table('Logical_Switch').first('name', 'early'));
    for (const made of opened.splice(0)) await made.stop();
    await other.close();
  });

  it('survives a load that fails', async () => {
    let failures = 3;
    const made = createProjector({
      client,
      projection,
      log,
      load: async (owners) => {
        if (failures-- > 0) throw new Error('PostgreSQL is away');
        return load(owners);
      },
      loadAll: async () => new Map(),
    });
    opened.push(made);
    await made.start();
    state.set(...network('n1'));
    assert.equal(await made.settled(['network:n1']), true);
    assert.deepEqual(names('Logical_Switch'), ['n1']);
  });

  it('is not held up by an owner that cannot be loaded', async () => {
    const made = createProjector({
      client,
      projection,
      log,
      load: async (owners) => {
        if (owners.includes('network:n7')) throw new Error('there is something odd about n7');
        return load(owners);
      },
      loadAll: async () => new Map(),
    });
    opened.push(made);
    await made.start();
    const owners = Array.from({ length: 20 }, (_, i) => network(`n${i}`));
    for (const [owner, rows] of owners) state.set(owner, rows);
    made.mark('network:n7');
    const others = owners.map(([owner]) => owner).filter((owner) => owner !== 'network:n7');
    assert.equal(await made.settled(others), true);
    assert.equal(names('Logical_Switch').length, 19);
  });

  it('does nothing twice whose reply was lost', async () => {
    const impatient = connect({
      database: 'OVN_Northbound',
      remotes: server.remote,
      monitor: TABLES,
      timeoutMilliseconds: 50,
      probeMilliseconds: 0,
    });
    const made = make(impatient);
    await made.start();
    for (const [owner, rows] of [network('n1'), group('g1', [1, 2, 3])]) state.set(owner, rows);
    server.freeze();
    const settled = made.settled(['network:n1', 'group:g1'], 10_000);
    await sleep(400);
    server.thaw();
    assert.equal(await settled, true);
    await client.transact([]);
    assert.deepEqual(names('Logical_Switch'), ['n1']);
    assert.equal(client.mirror.table('ACL').size, 3);
    assert.equal(impatient.state.connections, 1, 'it was the same connection all the time');
    await made.stop();
    await impatient.close();
  });

  it('of two with a lock only one writes, and the other takes over', async () => {
    const first = make(client, 'projector');
    const second = open();
    const standby = make(second, 'projector');
    await first.start();
    await standby.start();
    state.set(...network('n1'));
    const seen = standby.settled(['network:n1'], 5000);
    assert.equal(await first.settled(['network:n1']), true);
    assert.equal(await seen, true, 'the standby sees that the other has written it');
    await first.stop();
    state.set(...network('n2'));
    assert.equal(await standby.settled(['network:n2']), true);
    assert.deepEqual(names('Logical_Switch'), ['n1', 'n2']);
    await standby.stop();
    await second.close();
  });

  it('two without a lock make nothing twice', async () => {
    const second = open();
    const other = make(second);
    await Promise.all([projector.start(), other.start()]);
    for (let i = 0; i < 20; i++) {
      state.set(...network(`n${i}`));
      state.set(...port(`p${i}`, [`n${i}`], [`g${i}`]));
      state.set(...group(`g${i}`, [1, 2, 3]));
      const owners = [`network:n${i}`, `port:p${i}`, `group:g${i}`];
      assert.deepEqual(await Promise.all([projector.settled(owners), other.settled(owners)]), [
        true,
        true,
      ]);
    }
    await waitFor(client.mirror, () => names('Logical_Switch').length === 20);
    await waitFor(client.mirror, () => names('Logical_Switch_Port').length === 20);
    await waitFor(client.mirror, () => client.mirror.table('ACL').size === 60);
    assert.deepEqual(await projector.compare(), []);
    await other.stop();
    await second.close();
  });

  it('refuses to work for tables that are not mirrored', () => {
    const tables = { ...projection.tables, Load_Balancer: byIds('key') };
    assert.throws(
      () =>
        createProjector({
          client,
          projection: { ...projection, tables },
          load,
          loadAll: async () => new Map(),
          log,
        }),
      (error: unknown) => error instanceof OvsdbError && error.error === 'unknown table',
    );
  });
});
