import type { MeasuredCloud } from './context.ts';
import type { FloorKit } from './floors.ts';
import { Measurement, type FloorChoice } from './measure.ts';
import { quiet } from './processes.ts';

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
  kit: FloorKit,
  { path, key, wish }: Lifecycle,
): Promise<LifecycleMeasurements> {
  const measurements = (): LifecycleMeasurements => ({
    post: new Measurement(() => quiet(cloud.home), { kit, steps: ['commit', 'ovsdb'] }),
    get: new Measurement(() => quiet(cloud.home), { kit, steps: ['select'] }),
    delete: new Measurement(() => quiet(cloud.home), { kit, steps: ['commit', 'ovsdb'] }),
  });
  const counted = measurements();
  for (let round = 0; round <= ROUNDS; round++) {
    const into = round === 0 ? measurements() : counted;
    const ids: string[] = [];
    await into.post.add(async () => {
      const samples: number[] = [];
      for (let index = 0; index < BATCH; index++) {
        const answer = await client.call('POST', path, { [key]: wish(index) });
        samples.push(answer.milliseconds);
        ids.push((JSON.parse(answer.text) as Record<string, { id: string }>)[key]!.id);
      }
      return samples;
    });
    const reads = Array.from({ length: READS }, () => ids).flat();
    await into.get.add(() => each(reads, (id) => client.call('GET', `${path}/${id}`)));
    await into.delete.add(() => each(ids, (id) => client.call('DELETE', `${path}/${id}`)));
  }
  return counted;
}

const BATCHES = 4;

/** The same request many times over, in four batches; a tenth beforehand is not counted. */
export async function measureRepeated(
  { cloud }: MeasuredCloud,
  floor: FloorChoice,
  count: number,
  once: () => Promise<{ readonly milliseconds: number }>,
): Promise<Measurement> {
  const measurement = new Measurement(() => quiet(cloud.home), floor);
  const work = (times: number) => () => each(Array.from({ length: times }), once);
  await work(Math.ceil(count / 10))();
  for (let batch = 0; batch < BATCHES; batch++)
    await measurement.add(work(Math.ceil(count / BATCHES)));
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
