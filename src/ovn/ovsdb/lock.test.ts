import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertLock, insert } from '../index.ts';
import { errorOf, useNorthbound } from '../projector/testing-northbound.ts';

describe('locks', () => {
  const north = useNorthbound();
  it('have one holder, in turn', async () => {
    const other = north.open();
    const mine = north.client.lock('l');
    await mine.acquired();
    await north.client.transact([assertLock('l'), insert('Logical_Switch', { name: 'held' })]);
    const theirs = other.lock('l');
    await assert.rejects(theirs.acquired(50), { error: 'timed out' });
    assert.equal((await errorOf(other.transact([assertLock('l')]))).error, 'not owner');
    await mine.release();
    await theirs.acquired(1000);
    assert.equal(mine.held, false);
    await assert.rejects(mine.acquired(10));
  });

  it('can be stolen, and are told so', async () => {
    const mine = north.client.lock('l');
    await mine.acquired();
    const told: boolean[] = [];
    mine.watch((held) => told.push(held));
    const thief = north.open().lock('l', { steal: true });
    await thief.acquired(1000);
    await north.client.transact([]);
    assert.equal(mine.held, false);
    await thief.release();
    await mine.acquired(1000);
    assert.deepEqual(told, [false, true]);
  });

  it('are asked for again after a reconnect', async () => {
    const mine = north.client.lock('l');
    await mine.acquired();
    await north.server.kill();
    await north.server.restart();
    await north.client.ready();
    await mine.acquired(1000);
    await north.client.transact([assertLock('l')]);
  });
});
