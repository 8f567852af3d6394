import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sleep } from '../../core/time.ts';
import { connect, createProjector, OvsdbError, waitFor } from '../index.ts';
import type { DesiredRow } from '../index.ts';
import {
  TABLES,
  byIds,
  group,
  looks,
  network,
  port,
  projection,
  useProjector,
} from './testing-projection.ts';

describe('projector on bad days', () => {
  const lab = useProjector();

  it('sets an owner aside whose parent is missing, until it appears', async () => {
    await lab.projector.start();
    assert.equal(await lab.want(network('n1')), true);
    lab.state.set(...port('p1', ['later', 'n1']));
    const settled = lab.projector.settled(['port:p1'], 5000);
    await lab.want(network('n3'));
    assert.equal(
      lab.client.mirror.table('Logical_Switch_Port').size,
      0,
      'nothing of it is written',
    );
    assert.deepEqual(
      (await lab.projector.compare()).map(({ owner, change }) => `${owner} ${change}`),
      ['port:p1 insert'],
    );
    await lab.want(network('later'));
    assert.equal(await settled, true);
    assert.equal(lab.ports('later')?.length, 1);
  });

  it('lets one bad owner hold up nobody else', async () => {
    await lab.projector.start();
    assert.equal(await lab.want(network('n1'), port('p0', ['n1'])), true);
    const bad: [string, DesiredRow[]][] = [
      ['bad:value', [{ table: 'Logical_Switch', key: 'b1', columns: { name: 5 } }]],
      ['bad:column', [{ table: 'Logical_Switch', key: 'b2', columns: { nonsense: 'x' } }]],
      // Only the server can tell: the name must be unique, and the priority is out of range.
      port('twin', ['n1'], [], { name: 'p0' }),
      group('g9', [99_999]),
    ];
    for (const [owner, rows] of bad) lab.state.set(owner, rows);
    lab.projector.mark(...bad.map(([owner]) => owner));
    const good = Array.from({ length: 20 }, (_, i) => port(`p${i}`, ['n1']));
    assert.equal(await lab.want(...good), true);
    assert.equal(lab.ports('n1')?.length, 20);
    assert.equal(await lab.projector.settled(['bad:value'], 100), false);
    assert.equal(lab.names('Port_Group').length, 0);

    assert.equal(await lab.want(group('g9', [9])), true, 'once mended it is written at once');
    lab.state.delete('bad:value');
    assert.equal(await lab.projector.settled(['bad:value']), true);
  });

  it('costs the same with thousands of ports present', async () => {
    lab.state.set(...network('big'));
    for (let i = 0; i < 5000; i++) lab.state.set(...port(`p${i}`, ['big']));
    await lab.projector.start();
    assert.equal(lab.ports('big')?.length, 5000);
    const { rowsRead, rowsChanged, elementsTouched } = { ...lab.client.mirror.counters };
    looks.count = 0;
    assert.equal(await lab.want(port('one-more', ['big'])), true);
    assert.equal(await lab.want(['port:one-more', []]), true);
    const { counters } = lab.client.mirror;
    assert.equal(counters.rowsChanged - rowsChanged, 4, 'the port and its switch, twice');
    assert.ok(counters.rowsRead - rowsRead < 20, `${counters.rowsRead - rowsRead} rows were read`);
    assert.ok(
      counters.elementsTouched - elementsTouched <= 2,
      'one element was added and taken away',
    );
    assert.ok(looks.count < 20, `the projection was asked ${looks.count} times`);
    assert.deepEqual(lab.loads.slice(-2), [['port:one-more'], ['port:one-more']]);
    assert.equal(lab.ports('big')?.length, 5000);
  });

  it('makes one transaction of what is marked together and while another is in flight', async () => {
    await lab.projector.start();
    await lab.want(network('n1'));
    const before = lab.client.mirror.sequence;
    const done = Array.from({ length: 50 }, (_, i) => lab.want(port(`p${i}`, ['n1'])));
    assert.deepEqual(new Set(await Promise.all(done)), new Set([true]));
    assert.equal(lab.client.mirror.sequence - before, 1);
  });

  it('goes on after kill -9 of the server, with what was wanted meanwhile', async () => {
    await lab.projector.start();
    await lab.want(network('n1'), port('p1', ['n1']));
    await lab.server.kill();
    lab.state.delete('port:p1');
    lab.state.set(...port('p2', ['n1']));
    const settled = lab.projector.settled(['port:p1', 'port:p2'], 10_000);
    assert.equal(
      await lab.projector.settled(['port:p2'], 50),
      false,
      'says so while there is no server',
    );
    await lab.server.restart();
    assert.equal(await settled, true);
    assert.deepEqual(lab.names('Logical_Switch_Port'), ['p2']);
    assert.deepEqual(await lab.projector.compare(), []);
  });

  it('starts before there is a server, and repairs when it comes', async () => {
    await lab.server.kill();
    lab.state.set(...network('early'));
    const other = connect({
      database: 'OVN_Northbound',
      remotes: lab.server.remote,
      monitor: TABLES,
    });
    const early = lab.make(other);
    const started = early.start();
    await lab.server.restart();
    await started;
    assert.ok(other.mirror.table('Logical_Switch').first('name', 'early'));
    await early.stop();
    await other.close();
  });

  it('survives a load that fails', async () => {
    let failures = 3;
    const made = lab.make(lab.client, undefined, async (owners) => {
      if (failures-- > 0) throw new Error('PostgreSQL is away');
      return lab.load(owners);
    });
    await made.start();
    lab.state.set(...network('n1'));
    assert.equal(await made.settled(['network:n1']), true);
    assert.deepEqual(lab.names('Logical_Switch'), ['n1']);
  });

  it('is not held up by an owner that cannot be loaded', async () => {
    const made = lab.make(lab.client, undefined, async (owners) => {
      if (owners.includes('network:n7')) throw new Error('there is something odd about n7');
      return lab.load(owners);
    });
    await made.start();
    const owners = Array.from({ length: 20 }, (_, i) => network(`n${i}`));
    for (const [owner, rows] of owners) lab.state.set(owner, rows);
    made.mark('network:n7');
    const others = owners.map(([owner]) => owner).filter((owner) => owner !== 'network:n7');
    assert.equal(await made.settled(others), true);
    assert.equal(lab.names('Logical_Switch').length, 19);
  });

  it('does nothing twice whose reply was lost', async () => {
    const impatient = connect({
      database: 'OVN_Northbound',
      remotes: lab.server.remote,
      monitor: TABLES,
      timeoutMilliseconds: 50,
      probeMilliseconds: 0,
    });
    const made = lab.make(impatient);
    await made.start();
    for (const [owner, rows] of [network('n1'), group('g1', [1, 2, 3])]) lab.state.set(owner, rows);
    lab.server.freeze();
    const settled = made.settled(['network:n1', 'group:g1'], 10_000);
    await sleep(400);
    lab.server.thaw();
    assert.equal(await settled, true);
    await lab.client.transact([]);
    assert.deepEqual(lab.names('Logical_Switch'), ['n1']);
    assert.equal(lab.client.mirror.table('ACL').size, 3);
    assert.equal(impatient.state.connections, 1, 'it was the same connection all the time');
    await made.stop();
    await impatient.close();
  });

  it('of two with a lock only one writes, and the other takes over', async () => {
    const first = lab.make(lab.client, 'projector');
    const second = lab.open();
    const standby = lab.make(second, 'projector');
    await first.start();
    await standby.start();
    lab.state.set(...network('n1'));
    const seen = standby.settled(['network:n1'], 5000);
    assert.equal(await first.settled(['network:n1']), true);
    assert.equal(await seen, true, 'the standby sees that the other has written it');
    await first.stop();
    lab.state.set(...network('n2'));
    assert.equal(await standby.settled(['network:n2']), true);
    // Written on the standby's connection: the first one's mirror hears of it a little later.
    await waitFor(lab.client.mirror, () => lab.names('Logical_Switch').join() === 'n1,n2');
    await standby.stop();
    await second.close();
  });

  it('two without a lock make nothing twice', async () => {
    const second = lab.open();
    const other = lab.make(second);
    await Promise.all([lab.projector.start(), other.start()]);
    for (let i = 0; i < 20; i++) {
      lab.state.set(...network(`n${i}`));
      lab.state.set(...port(`p${i}`, [`n${i}`], [`g${i}`]));
      lab.state.set(...group(`g${i}`, [1, 2, 3]));
      const owners = [`network:n${i}`, `port:p${i}`, `group:g${i}`];
      assert.deepEqual(await Promise.all([lab.projector.settled(owners), other.settled(owners)]), [
        true,
        true,
      ]);
    }
    await waitFor(lab.client.mirror, () => lab.names('Logical_Switch').length === 20);
    await waitFor(lab.client.mirror, () => lab.names('Logical_Switch_Port').length === 20);
    await waitFor(lab.client.mirror, () => lab.client.mirror.table('ACL').size === 60);
    assert.deepEqual(await lab.projector.compare(), []);
    await other.stop();
    await second.close();
  });

  it('refuses to work for tables that are not mirrored', () => {
    const tables = { ...projection.tables, Load_Balancer: byIds('key') };
    assert.throws(
      () =>
        createProjector({
          client: lab.client,
          projection: { ...projection, tables },
          load: lab.load,
          loadAll: async () => new Map(),
          log: lab.log,
        }),
      (error: unknown) => error instanceof OvsdbError && error.error === 'unknown table',
    );
  });
});
