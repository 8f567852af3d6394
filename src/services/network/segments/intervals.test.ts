import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rotated, union, without } from './intervals.ts';

test('intervals: the fewest, what is left, another order', () => {
  const read = (...pairs: [number, number][]) =>
    pairs.map(([minimum, maximum]) => ({ minimum, maximum }));
  assert.deepEqual(union(read([5, 9], [1, 4], [20, 30], [22, 25])), read([1, 9], [20, 30]));
  assert.deepEqual(
    without(read([1, 10], [20, 30]), read([3, 4], [9, 21], [30, 40])),
    read([1, 2], [5, 8], [22, 29]),
  );
  assert.deepEqual(without(read([1, 3]), read([1, 3])), []);
  assert.deepEqual(rotated(read([1, 3], [7, 8]), 4), read([8, 8], [1, 3], [7, 7]));
  assert.deepEqual(rotated(read([1, 3], [7, 8]), 15), read([1, 3], [7, 8]));
});
