import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachAlone, Together } from './together.ts';

describe('work done together', () => {
  it('takes what comes while a round is under way as the next round', async () => {
    const rounds: number[][] = [];
    const ends: (() => void)[] = [];
    const together = new Together<number>(async (items) => {
      rounds.push([...items]);
      await new Promise<void>((resolve) => ends.push(resolve));
      return items.map(() => undefined);
    }, 3);
    const begun = async (count: number) => {
      while (ends.length < count) await new Promise((resolve) => setImmediate(resolve));
    };
    const first = [1, 2].map((item) => together.add(item));
    await begun(1);
    const others = [3, 4, 5, 6].map((item) => together.add(item));
    ends[0]!();
    await Promise.all(first);
    await begun(2);
    ends[1]!();
    await begun(3);
    ends[2]!();
    await Promise.all(others);
    assert.deepEqual(rounds, [[1, 2], [3, 4, 5], [6]]);
    const last = together.add(7);
    await begun(4);
    ends[3]!();
    await last;
    assert.deepEqual(rounds.at(-1), [7]);
  });

  it('tells each its own failure, and all of them when the whole round failed', async () => {
    const own = new Together<number>(
      async (items) => items.map((item) => (item === 2 ? new Error('two') : undefined)),
      10,
    );
    const results = await Promise.allSettled([1, 2, 3].map((item) => own.add(item)));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    const whole = new Together<number>(async () => {
      throw new Error('all');
    }, 10);
    await Promise.all([1, 2].map((item) => assert.rejects(whole.add(item), /all/)));
    await assert.rejects(whole.add(3), /all/);
  });

  it('tries each on its own where nobody knows whose the failure was', async () => {
    const done: string[] = [];
    const work = eachAlone(async (items: readonly string[]) => {
      if (items.includes('bad')) throw new Error('bad');
      done.push(...items);
    });
    assert.deepEqual(await work(['a', 'b']), [undefined, undefined]);
    const [a, bad, c] = await work(['a', 'bad', 'c']);
    assert.equal(a, undefined);
    assert.match(String(bad), /bad/);
    assert.equal(c, undefined);
    assert.deepEqual(done, ['a', 'b', 'a', 'c']);
  });
});
