import { randomUUID } from 'node:crypto';
import type { TimedAnswer } from './client.ts';
import { FLAVORS, type ComputeTarget } from './compute-target.ts';
import type { Measurement } from './measure.ts';

/** One kind of request. */
export interface Kind {
  readonly title: string;
  /** Requests of a batch: of ours, and of another cloud. */
  readonly batch: readonly [number, number];
  prepare(target: ComputeTarget, count: number): Batch | Promise<Batch>;
}

interface Batch {
  /** What is timed; its processor time counts. */
  request(index: number): Promise<Pick<TimedAnswer, 'milliseconds'>>;
  /** Waits until what was asked for is done: its processor time counts as well. */
  done?(): Promise<void>;
  /** Takes away what was made, uncounted. */
  clear?(): Promise<void>;
}

/** A request that changes nothing. */
const reading = (
  title: string,
  batch: readonly [number, number],
  path: (target: ComputeTarget) => string,
): Kind => ({
  title,
  batch,
  prepare: (target) => ({ request: () => target.call('GET', path(target)) }),
});

/** Both, with their times together. */
const both = async (
  first: Promise<TimedAnswer>,
  second: () => Promise<TimedAnswer>,
): Promise<{ readonly milliseconds: number }> => {
  const { milliseconds } = await first;
  return { milliseconds: milliseconds + (await second()).milliseconds };
};

const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGnYVqKyVqs8fbTVtEdz0UyJHBWlzAvzvEbzGw5dSgUG bench';

/** Servers in the lists of both clouds. */
export const LISTED = 100;

const action = (target: ComputeTarget, name: string): Promise<TimedAnswer> =>
  target.call('POST', `/servers/${target.servers[0]}/action`, { [name]: null });

export const COMPUTE: readonly Kind[] = [
  reading(
    `GET servers/detail, ${LISTED} of them`,
    [50, 5],
    () => `/servers/detail?limit=${LISTED}`,
  ),
  reading('GET server', [250, 20], ({ servers }) => `/servers/${servers[0]}`),
  reading(
    `GET flavors/detail, ${FLAVORS} of them`,
    [500, 50],
    () => `/flavors/detail?limit=${FLAVORS}`,
  ),
  reading('GET limits', [250, 25], () => '/limits'),
  {
    title: 'POST and DELETE keypair',
    batch: [100, 20],
    prepare: (target) => ({
      request: () =>
        both(
          target.call('POST', '/os-keypairs', {
            keypair: { name: 'bench', public_key: PUBLIC_KEY },
          }),
          () => target.call('DELETE', '/os-keypairs/bench'),
        ),
    }),
  },
  {
    title: 'POST server action: lock, unlock',
    batch: [100, 10],
    prepare: (target) => ({
      request: () => both(action(target, 'lock'), () => action(target, 'unlock')),
    }),
  },
  {
    title: 'POST server; CPU until ACTIVE',
    batch: [10, 5],
    prepare(target) {
      const ids: string[] = [];
      return {
        async request(index) {
          const answer = await target.boot(`one-${index}`);
          ids.push(answer.id);
          return answer;
        },
        done: () => target.built(),
        async clear() {
          for (const id of ids) await target.call('DELETE', `/servers/${id}`);
          await target.gone('one-');
        },
      };
    },
  },
  {
    title: 'DELETE server; CPU until gone',
    batch: [10, 5],
    async prepare(target, count) {
      const ids: string[] = [];
      for (let index = 0; index < count; index++) ids.push((await target.boot(`one-${index}`)).id);
      await target.built();
      return {
        request: (index) => target.call('DELETE', `/servers/${ids[index]}`),
        done: () => target.gone('one-'),
      };
    },
  },
];

export const PLACEMENT: readonly Kind[] = [
  {
    title: 'GET allocation_candidates',
    batch: [250, 25],
    prepare: (target) => ({
      request: () =>
        target.place('GET', '/allocation_candidates?resources=VCPU:1,MEMORY_MB:64,DISK_GB:1'),
    }),
  },
  {
    title: 'GET resource_providers',
    batch: [250, 25],
    prepare: (target) => ({ request: () => target.place('GET', '/resource_providers') }),
  },
  {
    title: 'PUT and DELETE allocations',
    batch: [100, 15],
    async prepare(target) {
      const { text } = await target.place('GET', '/resource_providers');
      const [provider] = (JSON.parse(text) as { resource_providers: { uuid: string }[] })
        .resource_providers;
      const body = {
        allocations: { [provider!.uuid]: { resources: { VCPU: 1, MEMORY_MB: 64 } } },
        consumer_generation: null,
        project_id: target.projectId,
        user_id: target.projectId,
      };
      return {
        request() {
          const path = `/allocations/${randomUUID()}`;
          return both(target.place('PUT', path, body), () => target.place('DELETE', path));
        },
      };
    },
  },
];

/** Adds one batch of requests to the measurement. */
export async function addBatch(
  target: ComputeTarget,
  kind: Kind,
  count: number,
  into: Measurement,
): Promise<void> {
  const batch = await kind.prepare(target, count);
  await into.add(async () => {
    const samples: number[] = [];
    for (let index = 0; index < count; index++)
      samples.push((await batch.request(index)).milliseconds);
    await batch.done?.();
    return samples;
  });
  await batch.clear?.();
}
