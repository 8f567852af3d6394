import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempts } from './attempts.ts';

const clock = () => {
  let time = 1_000_000;
  return { now: () => time, pass: (milliseconds: number) => void (time += milliseconds) };
};
const fail = (attempts: Attempts, key: string) =>
  attempts.guard(key, 'http://cloud', async () => false);

test('after five failures in a row the next waits, ever longer, up to a minute', async () => {
  const { now, pass } = clock();
  const attempts = new Attempts(now);
  for (let round = 0; round < 5; round++) assert.equal(await fail(attempts, 'a'), false);
  const waits: number[] = [];
  for (let round = 0; round < 8; round++) {
    waits.push(attempts.wait('a') / 1000);
    await assert.rejects(fail(attempts, 'a'), /Too many failed attempts/);
    pass(attempts.wait('a'));
    await fail(attempts, 'a');
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
  assert.equal(attempts.wait('b'), 0, 'nobody else waits');
});

test('the right answer does not pass while one must wait, and ends the row afterwards', async () => {
  const { now, pass } = clock();
  const attempts = new Attempts(now);
  for (let round = 0; round < 5; round++) await fail(attempts, 'a');
  const right = () => attempts.guard('a', 'http://cloud', async () => true);
  await assert.rejects(right());
  pass(1000);
  assert.equal(await right(), true);
  for (let round = 0; round < 4; round++) await fail(attempts, 'a');
  assert.equal(attempts.wait('a'), 0);
});

test('many right ones at once all pass; in a long row of failures only one guess at a time does', async () => {
  const { now, pass } = clock();
  const attempts = new Attempts(now);
  const many = (fits: boolean) =>
    Promise.allSettled(
      Array.from({ length: 50 }, () => attempts.guard('a', 'http://cloud', async () => fits)),
    );
  const passed = (all: PromiseSettledResult<boolean>[]) =>
    all.filter((one) => one.status === 'fulfilled').length;
  assert.equal(passed(await many(true)), 50);
  await many(false);
  pass(60_000);
  assert.equal(passed(await many(false)), 1);
});

test('a check that could not be made costs nothing', async () => {
  const attempts = new Attempts(clock().now);
  for (let round = 0; round < 20; round++) {
    await assert.rejects(
      attempts.guard('a', 'http://cloud', () => Promise.reject(new Error('busy'))),
      /busy/,
    );
  }
  assert.equal(attempts.wait('a'), 0);
});

test('what is remembered is bounded, and the oldest goes first', async () => {
  const attempts = new Attempts(clock().now);
  for (const key of ['first', 'kept']) {
    for (let round = 0; round < 5; round++) attempts.failed(key);
  }
  for (let index = 0; index < 9_999; index++) attempts.failed(`name ${index}`);
  assert.equal(attempts.wait('first'), 0);
  assert.notEqual(attempts.wait('kept'), 0);
});
