import { Measurement } from './measure.ts';
import type { MeasuredCloud } from './context.ts';

/** A collection in which objects are made, read and deleted: the three kinds of request that are measured. */
export interface Lifecycle {
  /** Path of the collection: `/network/v2.0/ports`. */
  readonly path: string;
  /** Key of one object in a body: `port`. */
  readonly key: string;
  /** The wish for the nth object of a batch; it may be the same in each batch. */
  wish(index: number): Record<string, unknown>;
}

export interface LifecycleMeasurements {
  readonly post: Measurement;
  readonly get: Measurement;
  readonly delete: Measurement;
}

const BATCH = 50;
const ROUNDS = 4;
const READS = 2;

/**
 * Makes, reads and deletes objects in batches, so that not many more than before exist at any time. One batch
 * beforehand is not counted: it warms everything up.
 */
export async function measureLifecycle(
  { cloud, client }: MeasuredCloud,
  { path, key, wish }: Lifecycle,
  rounds = ROUNDS,
): Promise<LifecycleMeasurements> {
  const kinds = { post: new Measurement(), get: new Measurement(), delete: new Measurement() };
  for (let round = 0; round <= rounds; round++) {
    const into =
      round === 0
        ? { post: new Measurement(), get: new Measurement(), delete: new Measurement() }
        : kinds;
    const ids: string[] = [];
    await into.post.add(cloud.home, async () => {
      const samples: number[] = [];
      for (let index = 0; index < BATCH; index++) {
        const answer = await client.call('POST', path, { [key]: wish(index) });
        samples.push(answer.milliseconds);
        ids.push((JSON.parse(answer.text) as Record<string, { id: string }>)[key]!.id);
      }
      return samples;
    });
    await into.get.add(cloud.home, () =>
      each(Array.from({ length: READS }, () => ids).flat(), (id) =>
        client.call('GET', `${path}/${id}`),
      ),
    );
    await into.delete.add(cloud.home, () =>
      each(ids, (id) => client.call('DELETE', `${path}/${id}`)),
    );
  }
  return kinds;
}

/** The same request many times over; a tenth beforehand is not counted. */
export async function measureRepeated(
  { cloud }: MeasuredCloud,
  count: number,
  once: () => Promise<{ readonly milliseconds: number }>,
): Promise<Measurement> {
  const measurement = new Measurement();
  const work = (times: number) => () => each(Array.from({ length: times }), once);
  await work(Math.ceil(count / 10))();
  await measurement.add(cloud.home, work(count));
  return measurement;
}

async function each<T>(
  items: readonly T[],
  once: (item: T) => Promise<{ readonly milliseconds: number }>,
): Promise<number[]> {
  const samples: number[] = [];
  for (const item of items) samples.push((await once(item)).milliseconds);
  return samples;
}
