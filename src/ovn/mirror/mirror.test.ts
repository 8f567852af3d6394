import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { insert, mutate, named, remove, update, waitFor } from '../index.ts';
import { useNorthbound } from '../projector/testing-northbound.ts';

describe('mirror', () => {
  const north = useNorthbound();
  it('tells changes after the whole update, with before and after', async () => {
    const seen: string[] = [];
    const end = north.client.mirror.watch(
      (changes) => {
        for (const { table, before, after } of changes) {
          if (table === 'Logical_Switch') {
            const holds = after?.ports.every((uuid) =>
              north.client.mirror.table('Logical_Switch_Port').get(uuid),
            );
            seen.push(
              `${before?.ports.length ?? '-'}>${after?.ports.length ?? '-'} ${holds ?? ''}`,
            );
          }
        }
      },
      ['Logical_Switch', 'Logical_Switch_Port'],
    );
    await north.client.transact([
      insert('Logical_Switch', { name: 'n', ports: [named('p')] }),
      insert('Logical_Switch_Port', { name: 'p' }, 'p'),
      insert('Port_Group', { name: 'not watched' }),
    ]);
    await north.client.transact([
      mutate('Logical_Switch', [], ['ports', 'insert', [named('q')]]),
      insert('Logical_Switch_Port', { name: 'q' }, 'q'),
    ]);
    await north.client.transact([remove('Logical_Switch', [])]);
    end();
    await north.client.transact([insert('Logical_Switch', { name: 'unseen' })]);
    assert.deepEqual(seen, ['->1 true', '1>2 true', '2>- ']);
  });

  it('finds rows by column, by element and by function, however they change', async () => {
    const { mirror } = north.client;
    const even = mirror
      .table('Logical_Switch_Port')
      .index('even', ({ name }) => (Number(name.slice(1)) % 2 === 0 ? ['even', name] : undefined));
    const { uuids } = await north.client.transact([
      insert('Logical_Switch', { name: 'n', ports: [1, 2, 3, 4].map((i) => named(`p${i}`)) }),
      ...[1, 2, 3, 4].map((i) => insert('Logical_Switch_Port', { name: `p${i}` }, `p${i}`)),
    ]);
    const [n] = mirror.table('Logical_Switch').find('name', 'n');
    assert.deepEqual(mirror.table('Logical_Switch').find('ports', uuids.get('p2')!), [n]);
    assert.deepEqual(
      even
        .find('even')
        .map(({ name }) => name)
        .toSorted(),
      ['p2', 'p4'],
    );
    assert.equal(mirror.table('Logical_Switch_Port').find('type', '').length, 4);
    await north.client.transact([
      update('Logical_Switch_Port', uuids.get('p2')!, { name: 'p7', type: 'router' }),
      update('Logical_Switch_Port', uuids.get('p3')!, { name: 'p8' }),
      mutate('Logical_Switch', [], ['ports', 'delete', [uuids.get('p4')!]]),
    ]);
    assert.deepEqual(
      even.find('even').map(({ name }) => name),
      ['p8'],
    );
    assert.deepEqual([...even.keys()], ['even', 'p8']);
    assert.equal(mirror.table('Logical_Switch_Port').first('type', 'router')?.name, 'p7');
    assert.equal(mirror.table('Logical_Switch_Port').find('type', '').length, 2);
    assert.deepEqual(mirror.table('Logical_Switch').find('ports', uuids.get('p4')!), []);
    assert.equal(mirror.table('Logical_Switch_Port').first('name', 'p2'), undefined);
  });

  it('keeps rows as they were for whoever still has them, large sets too', async () => {
    const many = Array.from({ length: 200 }, (_, i) => `a${i}`);
    await north.client.transact([
      insert('Logical_Switch', { name: 'n', ports: [named('p')] }),
      insert('Logical_Switch_Port', { name: 'p', addresses: many }, 'p'),
    ]);
    const first = north.client.mirror.table('Logical_Switch_Port').first('name', 'p')!;
    await north.client.transact([
      mutate(
        'Logical_Switch_Port',
        [],
        ['addresses', 'insert', ['new']],
        ['addresses', 'delete', ['a0', 'a1']],
      ),
    ]);
    const second = north.client.mirror.table('Logical_Switch_Port').first('name', 'p')!;
    await north.client.transact([update('Logical_Switch_Port', [], { addresses: [] })]);
    const third = north.client.mirror.table('Logical_Switch_Port').first('name', 'p')!;
    assert.deepEqual(first.addresses.toSorted(), many.toSorted());
    assert.deepEqual(second.addresses.toSorted(), [...many.slice(2), 'new'].toSorted());
    assert.deepEqual(third.addresses, []);
    assert.deepEqual(
      { ...second }.addresses,
      second.addresses,
      'they are ordinary members of the row',
    );
    assert.ok(Object.isFrozen(third) && Object.isFrozen(second.addresses));
  });

  it('holds only the columns and rows that it was asked for', async () => {
    await north.client.transact(['a', 'b', 'c'].map((name) => insert('Logical_Switch', { name })));
    const part = north.open({
      monitor: {
        Logical_Switch: {
          columns: ['name'],
          where: [
            ['name', '==', 'a'],
            ['name', '==', 'b'],
          ],
        },
        Port_Group: true,
      },
    });
    await part.ready();
    const names = () =>
      [...part.mirror.table('Logical_Switch').rows()].map(({ name }) => name).toSorted();
    assert.deepEqual(names(), ['a', 'b']);
    assert.deepEqual(Object.keys([...part.mirror.table('Logical_Switch').rows()][0]!), [
      '_uuid',
      'name',
    ]);
    await north.client.transact([
      update('Logical_Switch', [['name', '==', 'a']], { name: 'x' }),
      update('Logical_Switch', [['name', '==', 'c']], { name: 'a' }),
    ]);
    await waitFor(part.mirror, () => names().join() === 'a,b');
    assert.throws(() => part.mirror.table('ACL'), { error: 'unknown table' });
  });
});
