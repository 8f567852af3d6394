import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assertLock,
  comment,
  commit,
  insert,
  mutate,
  named,
  remove,
  select,
  update,
  wait,
} from '../index.ts';
import type { Operation } from '../index.ts';
import { errorOf, useNorthbound } from '../projector/testing-northbound.ts';

describe('transactions', () => {
  const north = useNorthbound();
  it('do every operation, over TCP as over a unix socket', async () => {
    const tcp = north.open({ remotes: `tcp:127.0.0.1:${north.port}` });
    const { results, uuids } = await tcp.transact([
      insert('Logical_Switch', { name: 'n1', ports: [named('p1'), named('p2')] }, 'n1'),
      insert('Logical_Switch_Port', { name: 'p1', options: { a: '1', b: '2' } }, 'p1'),
      insert('Logical_Switch_Port', { name: 'p2', tag: 5, addresses: ['a', 'b'] }, 'p2'),
      comment('hello'),
      commit(),
    ]);
    assert.equal(results.length, 5);
    assert.deepEqual([...uuids.keys()], ['n1', 'p1', 'p2']);
    assert.equal(results[0]?.uuid, uuids.get('n1'));
    const changed = await tcp.transact([
      update('Logical_Switch_Port', uuids.get('p1')!, { type: 'router', tag: [7] }),
      mutate(
        'Logical_Switch_Port',
        [['name', '==', 'p1']],
        ['options', 'delete', ['a']],
        ['options', 'delete', { b: 'something else' }],
        ['options', 'insert', { c: '3' }],
      ),
      mutate(
        'Logical_Switch_Port',
        uuids.get('p2')!,
        ['addresses', 'delete', ['a']],
        ['tag', '+=', 4],
      ),
      select(
        'Logical_Switch_Port',
        [['options', 'includes', { c: '3' }]],
        ['name', 'options', 'tag'],
      ),
      select('Logical_Switch_Port', [['addresses', '==', ['b']]], ['tag']),
      mutate('Logical_Switch', [], ['ports', 'delete', [uuids.get('p2')!]]),
      remove('Logical_Switch', [['name', '==', 'nobody']]),
    ]);
    assert.deepEqual(
      changed.results.map(({ count }) => count),
      [1, 1, 1, undefined, undefined, 1, 0],
    );
    const [row] = changed.results[3]!.rows!;
    assert.deepEqual(row, {
      _uuid: uuids.get('p1'),
      name: 'p1',
      options: { b: '2', c: '3' },
      tag: [7],
    });
    assert.deepEqual(changed.results[4]?.rows, [{ _uuid: uuids.get('p2'), tag: [9] }]);
  });

  it('choose a row’s uuid, and refuse it the second time', async () => {
    const uuid = '7ea0f6a4-4f2c-4d4a-8a35-0f8b0c0b9b01';
    const make = () =>
      north.client.transact([insert('Logical_Switch', { name: 'n1' }, undefined, uuid)]);
    assert.deepEqual((await make()).results, [{ uuid }]);
    assert.equal((await errorOf(make())).error, 'duplicate uuid');
  });

  it('name error, operation and details; nothing is half-applied', async () => {
    const sequence = north.client.mirror.sequence;
    const failing = (...operations: Operation[]) =>
      errorOf(north.client.transact([insert('Logical_Switch', { name: 'half' }), ...operations]));

    const range = await failing(
      insert('ACL', { priority: 99_999, direction: 'to-lport', action: 'drop' }),
    );
    assert.equal(range.error, 'constraint violation');
    assert.equal(range.position, 1);
    assert.match(range.message, /99999.*operation 1: insert ACL/);

    const twin = await failing(
      insert('Logical_Switch', { name: 'n', ports: [named('a'), named('b')] }),
      insert('Logical_Switch_Port', { name: 'same' }, 'a'),
      insert('Logical_Switch_Port', { name: 'same' }, 'b'),
    );
    assert.equal(twin.error, 'constraint violation');
    assert.equal(twin.position, undefined, 'only the whole transaction broke the index');
    assert.match(twin.details!, /same/);

    const dangling = await failing(
      update('Logical_Switch', [], { ports: ['00000000-0000-4000-8000-000000000001'] }),
    );
    assert.equal(dangling.error, 'referential integrity violation');
    const waited = await failing(
      wait('Logical_Switch', [['name', '==', 'x']], '==', [{ name: 'x' }]),
    );
    assert.equal(waited.error, 'timed out');
    assert.equal((await failing({ op: 'abort' })).error, 'aborted');
    assert.equal((await failing(assertLock('nobodys'))).error, 'not owner');
    const value = await failing(update('Logical_Switch', [], { name: 5 }));
    assert.deepEqual([value.error, value.position], ['bad value', 1]);
    assert.equal(
      (await failing(update('Logical_Switch', [], { nonsense: 5 }))).error,
      'unknown column',
    );
    assert.equal((await failing(remove('Nonsense', []))).error, 'unknown table');
    assert.equal(north.client.mirror.table('Logical_Switch').size, 0);
    assert.equal(north.client.mirror.sequence, sequence);
  });

  it('wait in the server for what others write', async () => {
    const waiting = north.client.transact(
      [
        wait('Logical_Switch', [['name', '==', 'awaited']], '==', [{ name: 'awaited' }], 5000),
        insert('Logical_Switch', { name: 'after' }),
      ],
      { timeoutMilliseconds: 5000 },
    );
    await north.open().transact([insert('Logical_Switch', { name: 'awaited' })]);
    await waiting;
    assert.equal(north.client.mirror.table('Logical_Switch').size, 2);
  });

  it('are cancelled when they take too long', async () => {
    const error = await errorOf(
      north.client.transact(
        [
          wait('Logical_Switch', [['name', '==', 'never']], '==', [{ name: 'never' }], 60_000),
          insert('Logical_Switch', { name: 'late' }),
        ],
        { timeoutMilliseconds: 50 },
      ),
    );
    assert.equal(error.error, 'no reply');
    assert.ok(error.outcomeUnknown);
    await north.client.transact([insert('Logical_Switch', { name: 'never' })]);
    await north.client.transact([]);
    assert.equal(north.client.mirror.table('Logical_Switch').first('name', 'late'), undefined);
  });

  it('are in the mirror when they resolve', async () => {
    for (let i = 0; i < 50; i++) {
      const done = await north.client.transact([insert('Logical_Switch', { name: `n${i}` })]);
      assert.ok(north.client.mirror.table('Logical_Switch').get(done.results[0]!.uuid!));
      await north.client.mirror.contains(done);
    }
  });

  it('of a thousand rows and of long texts pass', async () => {
    const match = 'x'.repeat(300_000);
    await north.client.transact([
      insert('Port_Group', { name: 'g', acls: [named('a')] }),
      insert('ACL', { priority: 1, direction: 'to-lport', action: 'drop', match }, 'a'),
      ...Array.from({ length: 1000 }, (_, i) => insert('Logical_Switch', { name: `n${i}` })),
    ]);
    assert.equal(north.client.mirror.table('Logical_Switch').size, 1000);
    const [acl] = north.client.mirror.table('ACL').rows();
    assert.equal(acl?.match, match);
    const error = await errorOf(
      north.open({ messageLimit: 1000 }).transact([insert('Logical_Switch', { name: match })], {
        timeoutMilliseconds: 500,
      }),
    );
    assert.match(error.message, /longer than 1000 bytes/);
  });
});
