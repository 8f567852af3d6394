import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TapWish } from '../wish.ts';
import { MOST_MIRRORS, planOf } from './plan.ts';

const wish = (id: string, change: Partial<TapWish> = {}): TapWish => ({
  id,
  tapPort: 'tap',
  sourcePort: 'a',
  direction: 'BOTH',
  vlans: [],
  ...change,
});
const portOf = (id: string) => `row of ${id}`;

test('one mirror for a tap port and its VLANs, each source port in it once', () => {
  const flows = [
    wish('1', { direction: 'IN' }),
    wish('2', { direction: 'IN' }),
    wish('3', { direction: 'OUT', sourcePort: 'b' }),
    wish('4', { vlans: [7, 9] }),
    wish('5', { tapPort: 'other' }),
  ];
  const { mirrors, reports } = planOf(flows, portOf, 0);
  const tap = { output: 'row of tap', vlans: [] };
  assert.deepEqual(mirrors, [
    { key: 'other', output: 'row of other', from: ['row of a'], to: ['row of a'], vlans: [] },
    { ...tap, key: 'tap', from: ['row of b'], to: ['row of a'] },
    { ...tap, key: 'tap 7 9', from: ['row of a'], to: ['row of a'], vlans: [7, 9] },
  ]);
  assert.deepEqual(
    [...reports.values()].map(({ state }) => state),
    Array(5).fill('active'),
  );
});

test('what has no place is told so, and nothing else suffers', () => {
  const flows = Array.from({ length: MOST_MIRRORS }, (_, at) =>
    wish(`${at}`, { tapPort: `tap-${String(at).padStart(2, '0')}` }),
  );
  const { mirrors, reports } = planOf(flows, portOf, 1);
  assert.equal(mirrors.length, MOST_MIRRORS - 1);
  const { state, message } = reports.get(String(MOST_MIRRORS - 1))!;
  assert.equal(state, 'error');
  assert.match(message!, /at most 32 mirrors/);
  assert.equal(reports.get('0')!.state, 'active');
});
