import { STARTS_AT_ONCE } from '../../src/host/servers/rooms.ts';
import { sleep } from '../../src/core/time.ts';
import { Scenario } from '../../tests/support/scenario.ts';
import { dockerRun, inspect } from '../floors/container.ts';
import { progress, type Bench, type MeasuredCloud } from '../support/context.ts';
import { makeRoom } from '../support/population.ts';
import {
  cpuBetween,
  cpuTimes,
  familiesOf,
  proportionalMemory,
  quiet,
} from '../support/processes.ts';
import { median, pairedRatio } from '../support/statistics.ts';
import { met, type Cell, type Table } from '../support/table.ts';

/** Servers in one request → how often that is measured. */
const BATCHES: readonly (readonly [number, number])[] = [
  [1, 7],
  [10, 5],
  [50, 3],
];
const TARGET = 1.3;
/** Milliseconds between two looks, for each server that is waited for: looking takes the processor from them. */
const PAUSE = 2;
const MEBIBYTE = 2 ** 20;
/** The engine is not ours. */
const ENGINE = 'dockerd';
/** Ours: what is done for a server beside what the engine, OVN and Open vSwitch do. */
const OURS = ['control-plane', 'host-agent'];

/** What one batch of servers took. */
interface Sample {
  /** Until the request was answered, and until the last server was ACTIVE. */
  readonly answered: number;
  readonly active: number;
  readonly bare: number;
  /** Of one server: of our own processes, and of all but the engine. */
  readonly ours: number;
  readonly all: number;
  /** Bytes that all processes but the engine need for one server. */
  readonly memory: number;
}

/** Servers of Docker by the dozen: create → ACTIVE, against `docker run` of the same image. */
export async function batches(bench: Bench): Promise<Table[]> {
  const measured = await bench.docker();
  const lab = await prepare(measured);
  const rows: Cell[][] = [];
  const memory: Cell[][] = [];
  for (const [count, rounds] of BATCHES) {
    const samples: Sample[] = [];
    for (let round = 0; round <= rounds; round++) {
      progress(`batches: ${count} servers, round ${round} of ${rounds}`);
      const sample = await lab.round(count);
      if (round > 0) samples.push(sample); // The first warms caches on both sides.
    }
    const of = (key: keyof Sample) => samples.map((sample) => sample[key]);
    const ratio = pairedRatio(of('active'), of('bare'));
    rows.push([
      count,
      rounds,
      median(of('answered')),
      median(of('active')),
      median(of('bare')),
      ratio.text,
      `≤ ${TARGET}`,
      met(ratio.median, TARGET),
      median(of('ours')),
      median(of('all')),
    ]);
    if (count >= 10) memory.push([count, (median(of('memory')) * 100) / MEBIBYTE]);
  }
  await lab.remove();
  return [
    {
      title: 'Servers in numbers',
      columns: ['servers', 'rounds', 'answered ms', 'all ACTIVE ms', '`docker run` ms', 'ratio (least-greatest)', 'target', 'met', 'CPU ms of each, ours', 'CPU ms, all but the engine'], // prettier-ignore
      rows,
      notes: [
        'one POST /servers for all of them, on one network, until GET /servers?status=BUILD is empty, asked every 2 ms for each server; medians',
        `\`docker run\`: as many with the same image and limits in the same engine and without network, ${STARTS_AT_ONCE} at once as in our agent; in turn with ours, the ratio round by round`,
        'CPU: of the control plane and the host agent with the programs it runs; all: with PostgreSQL, OVN and Open vSwitch',
      ],
    },
    {
      title: 'Memory of Docker servers',
      columns: ['servers', 'PSS MiB per 100 servers'],
      rows: memory,
      notes: [
        "what all processes of the cloud but the engine's grow by while the servers are there, scaled to 100; a heap that was not collected yet counts",
      ],
    },
  ];
}

interface Lab {
  round(count: number): Promise<Sample>;
  remove(): Promise<void>;
}

async function prepare({ cloud, api, client }: MeasuredCloud): Promise<Lab> {
  await api.put(`/compute/v2.1/os-quota-sets/${api.projectId}`, {
    quota_set: { instances: -1, cores: -1, ram: -1 },
  });
  await makeRoom(api);
  const scenario = new Scenario(cloud, api);
  const network = await scenario.network('batches', '10.32.0.0/16');
  const [imageRef, flavorRef] = [await scenario.image(), await scenario.flavor('m1.nano')];
  const model = await scenario.server('model', network.id);
  const container = await inspect(cloud, `nova-${model.id}`);
  let next = 0;

  const list = async (query: string): Promise<{ id: string }[]> => {
    const { text } = await client.call('GET', `/compute/v2.1/servers${query}`);
    return (JSON.parse(text) as { servers: { id: string }[] }).servers;
  };
  const memory = () =>
    familiesOf(cloud.home)
      .filter(({ name }) => name !== ENGINE)
      .flatMap(({ pids }) => pids)
      .reduce((sum, pid) => sum + proportionalMemory(pid), 0);

  const servers = async (count: number): Promise<Omit<Sample, 'bare'>> => {
    const name = `batch-${next++}-`;
    const before = await quiet(cloud.home);
    const memoryBefore = memory();
    const begin = performance.now();
    await client.call('POST', '/compute/v2.1/servers', {
      server: {
        name,
        imageRef,
        flavorRef,
        networks: [{ uuid: network.id }],
        min_count: count,
        max_count: count,
      },
    });
    const answered = performance.now() - begin;
    while ((await list('?status=BUILD&limit=1')).length > 0) await sleep(PAUSE * count);
    const active = performance.now() - begin;
    const after = cpuTimes(familiesOf(cloud.home));
    const ids = (await list(`?name=${name}&status=ACTIVE`)).map(({ id }) => id);
    if (ids.length !== count) throw new Error(`${ids.length} of ${count} servers are ACTIVE`);
    await quiet(cloud.home);
    const grown = memory() - memoryBefore;
    for (const id of ids) await client.call('DELETE', `/compute/v2.1/servers/${id}`);
    while ((await list(`?name=${name}&limit=1`)).length > 0) await sleep(50);
    const others = [...after.keys()].filter((component) => component !== ENGINE);
    return {
      answered,
      active,
      ours: cpuBetween(before, after, OURS) / count,
      all: cpuBetween(before, after, others) / count,
      memory: grown / count,
    };
  };

  const bare = async (count: number): Promise<number> => {
    const names = Array.from({ length: count }, () => `bare-${next++}`);
    await quiet(cloud.home);
    const begin = performance.now();
    const waiting = [...names];
    const worker = async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
        await dockerRun(cloud, name, container);
    };
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, worker));
    const milliseconds = performance.now() - begin;
    await cloud.docker(['rm', '--force', ...names]);
    return milliseconds;
  };

  return {
    async round(count) {
      const floor = await bare(count);
      return { ...(await servers(count)), bare: floor };
    },
    async remove() {
      await api.delete(`/compute/v2.1/servers/${model.id}`);
      while ((await list('?name=model&limit=1')).length > 0) await sleep(50);
      // It was made before the server, and so outlives it.
      await api.delete(`/network/v2.0/ports/${model.portId}`);
      await api.delete(`/network/v2.0/networks/${network.id}`);
    },
  };
}
