import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { LargeSet } from './large-set.ts';

describe('large set', () => {
  it('keeps every state as it was, in whatever order they are read', () => {
    const toggles = fc.array(fc.uniqueArray(fc.nat(20), { maxLength: 6 }), { maxLength: 12 });
    const order = fc.array(fc.nat(11), { maxLength: 12 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(20)), toggles, order, (first, changes, reads) => {
        const expected = [new Set(first)];
        const states = [new LargeSet(first)];
        for (const [i, change] of changes.entries()) {
          const before = expected.at(-1)!;
          const removed = change.filter((element) => before.has(element));
          const added = change.filter((element) => !before.has(element));
          expected.push(
            new Set([...before, ...added].filter((element) => !removed.includes(element))),
          );
          // Some states are read before they are changed, others only afterwards.
          if (reads.includes(i)) states.at(-1)!.toArray();
          states.push(states.at(-1)!.change(removed, added));
        }
        for (const i of [...reads, ...states.keys()]) {
          if (i < states.length) assert.deepEqual(new Set(states[i]!.toArray()), expected[i]);
        }
        assert.equal(states.at(-1)!.size, expected.at(-1)!.size);
      }),
    );
  });

  it('refuses to change an older state', () => {
    const old = new LargeSet([1]);
    old.change([], [2]);
    assert.throws(() => old.change([1], []));
  });
});
