import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Passes } from './passes.ts';

/** Passes that last until they are told how they ended. */
function held() {
  const ends: ((isWell: boolean) => void)[] = [];
  const failed: boolean[] = [];
  const passes: Passes = new Passes(() => {
    failed.push(passes.failed);
    return new Promise((resolve) => ends.push(resolve));
  });
  const end = async (isWell: boolean) => {
    ends.at(-1)!(isWell);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { passes, ends, end, failed };
}

test('one pass at a time, and one more for all who looked meanwhile', async () => {
  const { passes, ends, end } = held();
  passes.look();
  passes.look();
  passes.look();
  assert.equal(ends.length, 1);
  await end(true);
  assert.equal(ends.length, 2);
  await end(true);
  assert.equal(ends.length, 2);
  passes.look();
  assert.equal(ends.length, 3);
  await end(true);
});

test('a failure is tried again by itself, later each time, until all is well', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { passes, ends, end, failed } = held();
  passes.look();
  for (const pause of [1000, 2000, 4000]) {
    await end(false);
    context.mock.timers.tick(pause - 1);
    const before = ends.length;
    context.mock.timers.tick(1);
    assert.equal(ends.length, before + 1);
  }
  await end(true);
  context.mock.timers.tick(60_000);
  assert.deepEqual(failed, [false, true, true, true]);
  passes.look();
  await end(false);
  context.mock.timers.tick(1000);
  assert.equal(ends.length, 6, 'the first pause again');
});

test('closing waits for the pass under way, and none follows', async () => {
  const { passes, ends, end } = held();
  passes.look();
  passes.look();
  const closed = passes.close();
  assert.ok(passes.closed);
  await end(false);
  await closed;
  passes.look();
  assert.equal(ends.length, 1);
});
