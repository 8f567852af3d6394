import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { sleep } from '../../core/time.ts';
import { insert, mutate, remove, update, waitFor } from '../index.ts';
import type { Operation, Repair } from '../index.ts';
import { group, network, port, useProjector } from './testing-projection.ts';

describe('repair of what somebody else has changed', () => {
  const lab = useProjector();
  let told: Repair[] = [];

  beforeEach(async () => {
    told = [];
    lab.projector.watchRepairs((repairs) => told.push(...repairs));
    lab.state.set('cloud', [
      { table: 'NB_Global', key: 'global', columns: {}, entries: { options: { ours: '1' } } },
    ]);
    await lab.projector.start();
    assert.equal(
      await lab.want(
        network('n1'),
        network('n2'),
        group('g1', [1, 2]),
        port('p1', ['n1'], ['g1']),
        port('p2', ['n1']),
      ),
      true,
    );
    told = [];
  });

  const uuidOf = (table: 'Logical_Switch' | 'Logical_Switch_Port' | 'Port_Group', name: string) =>
    lab.client.mirror.table(table).first('name', name)!._uuid;
  const aclOf = (priority: number) => lab.client.mirror.table('ACL').first('priority', priority)!;
  const summary = () =>
    told.map(({ cause, table, key, change }) => `${cause} ${change} ${table} ${key}`).toSorted();

  /** Somebody else does this; gives what was told when all is as it should be again. */
  async function after(...operations: Operation[]): Promise<string[]> {
    const other = lab.open();
    await other.transact(operations);
    await lab.client.transact([]);
    for (let left = 100; left > 0 && told.length === 0; left--) await sleep(5);
    assert.deepEqual(await lab.projector.compare(), []);
    return summary();
  }

  it('puts edited columns back at once', async () => {
    const p1 = uuidOf('Logical_Switch_Port', 'p1');
    assert.deepEqual(
      await after(update('Logical_Switch_Port', p1, { addresses: ['unknown'], enabled: false })),
      ['changed update Logical_Switch_Port p1'],
      'a column that is not ours is not mentioned',
    );
    assert.deepEqual(told[0]!.columns, {
      addresses: [['unknown'], ['0a:00:00:00:00:01 p1']],
    });
    assert.equal(told[0]!.times, 1);
    assert.deepEqual(lab.client.mirror.table('Logical_Switch_Port').get(p1)?.enabled, [false]);
  });

  it('tells nothing, and loads nothing, for what the API asked for and what others observe', async () => {
    await lab.want(port('p1', ['n2'], [], { addresses: ['router'] }));
    await lab.want(['port:p1', []], group('g1', [3]));
    const loads = lab.loads.length;
    await lab.client.transact([update('Logical_Switch_Port', [], { up: true })]);
    await lab.client.transact([mutate('NB_Global', [], ['nb_cfg', '+=', 1])]);
    await sleep(50);
    assert.equal(lab.loads.length, loads);
    assert.deepEqual(told, []);
  });

  it('puts rows back that lost their name or ids, as the rows that they were', async () => {
    const n1 = uuidOf('Logical_Switch', 'n1');
    assert.deepEqual(await after(update('Logical_Switch', n1, { name: 'x', external_ids: {} })), [
      'changed update Logical_Switch n1',
    ]);
    assert.equal(uuidOf('Logical_Switch', 'n1'), n1, 'no second switch was made');
    assert.equal(lab.ports('n1')?.length, 2);
    told = [];
    const { _uuid } = aclOf(1);
    assert.deepEqual(
      await after(mutate('ACL', _uuid, ['external_ids', 'delete', ['owner', 'key']])),
      ['changed update ACL g1-1'],
    );
    assert.equal(aclOf(1)._uuid, _uuid);
  });

  it('gives a row back to its owner that somebody else was made the owner of', async () => {
    const external_ids = { key: 'g1-2', owner: 'group:g1' };
    const repairs = await after(update('ACL', aclOf(1)._uuid, { external_ids }));
    // Which of the twins stays is not for us to say; that one is as it should be.
    assert.deepEqual(repairs.slice(0, 2), ['changed delete ACL g1-2', 'changed insert ACL g1-1']);
    assert.equal(lab.client.mirror.table('ACL').size, 2);
  });

  it('puts memberships back', async () => {
    const g1 = uuidOf('Port_Group', 'g1');
    assert.deepEqual(await after(update('Port_Group', g1, { ports: [] })), [
      'changed join Logical_Switch_Port p1',
    ]);
    told = [];
    const p2 = uuidOf('Logical_Switch_Port', 'p2');
    assert.deepEqual(await after(mutate('Port_Group', g1, ['ports', 'insert', [p2]])), [
      'changed leave Logical_Switch_Port p2',
    ]);
    told = [];
    assert.deepEqual(
      await after(update('Port_Group', g1, { acls: [aclOf(2)._uuid] })),
      ['changed insert ACL g1-1'],
      'without its only parent it was gone',
    );
    told = [];
    const [n1, n2] = [uuidOf('Logical_Switch', 'n1'), uuidOf('Logical_Switch', 'n2')];
    assert.deepEqual(
      await after(
        mutate('Logical_Switch', n1, ['ports', 'delete', [p2]]),
        mutate('Logical_Switch', n2, ['ports', 'insert', [p2]]),
      ),
      ['changed join Logical_Switch_Port p2', 'changed leave Logical_Switch_Port p2'],
    );
  });

  it('puts back a deleted parent with all its members, those that live on too', async () => {
    assert.deepEqual(await after(remove('Port_Group', uuidOf('Port_Group', 'g1'))), [
      'changed insert ACL g1-1',
      'changed insert ACL g1-2',
      'changed insert Port_Group g1',
      'changed join Logical_Switch_Port p1',
    ]);
    assert.equal(lab.client.mirror.table('Port_Group').first('name', 'g1')?.ports.length, 1);
  });

  it('deletes twins and rows that nobody wants, with what they held', async () => {
    const ids = { key: 'n1', owner: 'network:n1' };
    assert.deepEqual(
      await after(
        insert('Logical_Switch', { name: 'n1', external_ids: ids }),
        insert('Port_Group', { name: 'left', external_ids: { key: 'left', owner: 'group:left' } }),
      ),
      ['changed delete Logical_Switch n1', 'changed delete Port_Group left'],
    );
    assert.deepEqual(told.find(({ key }) => key === 'left')?.columns?.['name'], [
      'left',
      undefined,
    ]);
    assert.equal(lab.ports('n1')?.length, 2, 'the one with the ports stays');
  });

  it('puts its own entries of a shared map back, and leaves the others', async () => {
    assert.deepEqual(await after(update('NB_Global', [], { options: { theirs: 'x' } })), [
      'changed update NB_Global global',
    ]);
    const [row] = lab.client.mirror.table('NB_Global').rows();
    assert.deepEqual(row?.options, { theirs: 'x', ours: '1' });
  });

  it('touches nothing of strangers, not even where they name our rows', async () => {
    const p1 = uuidOf('Logical_Switch_Port', 'p1');
    const other = lab.open();
    await other.transact([
      insert('Port_Group', { name: 'theirs', ports: [p1] }),
      insert('Logical_Switch', { name: 'theirs' }),
    ]);
    await lab.client.transact([]);
    await sleep(50);
    await lab.projector.repair();
    assert.deepEqual(lab.client.mirror.table('Port_Group').first('name', 'theirs')?.ports, [p1]);
    assert.deepEqual(told, []);
    assert.equal(await lab.want(['port:p1', []]), true, 'but what is deleted is gone');
    assert.deepEqual(lab.client.mirror.table('Port_Group').first('name', 'theirs')?.ports, []);
  });

  it('sees what others write while its own transaction is under way', async () => {
    const other = lab.open();
    await other.ready();
    const names = Array.from({ length: 60 }, (_, i) => `x${i}`);
    await lab.want(...names.map((name) => port(name, ['n1'])));
    const uuids = names.map((name) => uuidOf('Logical_Switch_Port', name));
    await Promise.all(
      names.map(async (name, i) => {
        await sleep(i % 7);
        const asked = lab.want(port(name, ['n1'], [], { addresses: [`address ${i}`] }));
        await sleep(i % 3);
        await other.transact([
          i % 2 === 0
            ? update('Logical_Switch_Port', uuids[i]!, { addresses: ['wrong'], tag: 7 })
            : mutate('Logical_Switch', [['name', '==', 'n1']], ['ports', 'delete', [uuids[i]!]]),
        ]);
        assert.equal(await asked, true);
      }),
    );
    const isRight = (name: string, i: number) =>
      lab.client.mirror.table('Logical_Switch_Port').first('name', name)?.addresses[0] ===
      `address ${i}`;
    await waitFor(lab.client.mirror, () => names.every(isRight), 5000);
    assert.deepEqual(await lab.projector.compare(), []);
  });

  it('slows down when somebody insists, and still wins', async () => {
    const other = lab.open();
    await other.ready();
    const p1 = uuidOf('Logical_Switch_Port', 'p1');
    const table = () => other.mirror.table('Logical_Switch_Port').get(p1)!;
    let edits = 0;
    const insist = () => {
      if (table().addresses[0] === 'wrong') return;
      edits++;
      void other.transact([update('Logical_Switch_Port', p1, { addresses: ['wrong'] })]);
    };
    const end = other.mirror.watch(insist);
    insist();
    await sleep(2000);
    end();
    assert.ok(edits > 4, `${edits} edits were repaired`);
    assert.ok(edits < 15, `${edits} edits: the two kept each other busy`);
    await waitFor(
      lab.client.mirror,
      () => lab.client.mirror.table('Logical_Switch_Port').get(p1)?.addresses[0] !== 'wrong',
      5000,
    );
    assert.deepEqual(
      told.slice(0, 4).map(({ times }) => times),
      [1, 2, 3, 4],
    );
  });

  it('does nothing while held, and everything afterwards', async () => {
    lab.projector.hold(60_000);
    const other = lab.open();
    await other.transact([remove('Port_Group', uuidOf('Port_Group', 'g1'))]);
    await lab.client.transact([]);
    await sleep(50);
    assert.equal(lab.names('Port_Group').length, 0);
    assert.equal(await lab.want(network('n3')), true, 'what is asked for is done all the same');
    lab.projector.hold(0);
    await waitFor(lab.client.mirror, () => lab.names('Port_Group').length === 1);
    assert.deepEqual(await lab.projector.compare(), []);
    assert.ok(told.every(({ cause }) => cause === 'changed'));
  });

  it('finds by comparison what nobody told, at the start and in the background', async () => {
    // PostgreSQL changed without a word: as if whoever did it had died before marking it.
    lab.state.set(...port('p3', ['n1']));
    lab.projector.compareEvery(0.05);
    await waitFor(lab.client.mirror, () => lab.ports('n1')?.length === 3);
    for (let left = 100; left > 0 && told.length === 0; left--) await sleep(5);
    assert.deepEqual(summary(), ['compared insert Logical_Switch_Port p3']);
    await lab.projector.stop();
    told = [];
    await lab.client.transact([remove('Port_Group', uuidOf('Port_Group', 'g1'))]);
    const again = lab.make();
    again.watchRepairs((repairs) => told.push(...repairs));
    await again.start();
    await waitFor(lab.client.mirror, () => lab.names('Port_Group').length === 1);
    assert.ok(told.length > 0 && told.every(({ cause }) => cause === 'started'));
  });
});
