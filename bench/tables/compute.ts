import { progress, type Bench } from '../support/context.ts';
import { comparison, COMPARISON, comparisonNotes } from '../support/comparison.ts';
import { addBatch, COMPUTE, LISTED, PLACEMENT, type Kind } from '../support/compute-rows.ts';
import { ComputeTarget } from '../support/compute-target.ts';
import type { Measurement } from '../support/measure.ts';
import { openPeer } from '../support/peer.ts';
import { familiesOf, proportionalMemory, quiet } from '../support/processes.ts';
import { met, type Cell, type Table } from '../support/table.ts';

/** Batches of each cloud in turn. */
const ROUNDS = 4;
/** Batches of ours before them: the first hundreds of a kind pay for the compilation of what they run. */
const WARM_UP = 2;
/** Processor time of another cloud for each millisecond of ours. */
const TARGET_RATIO = 30;
/** Servers of the long list. */
const MANY = 1000;
/** Of a server's place in a longer list: what may differ before it counts as growth. */
const SAME = 1.2;
const MEBIBYTE = 2 ** 20;

/** The compute service: single requests, lists of 1,000 servers, and the memory of those. */
export async function* compute(bench: Bench): AsyncGenerator<Table> {
  const measured = await bench.fake();
  const peer = await openPeer();
  const ours = await ComputeTarget.ofCloud(measured);
  const other = peer === undefined ? undefined : await ComputeTarget.ofPeer(peer);
  try {
    for (const target of [other, ours]) {
      progress(`compute: ${LISTED} servers`);
      await target?.fill(LISTED);
    }
    const single = await singles('Compute: single requests', COMPUTE, ours, other);
    yield single.table;
    progress('compute: taking the other cloud’s servers away');
    await other?.close();
    const few = single.measurements[0]!;
    const before = await memory(measured.cloud.home);
    progress(`compute: ${MANY} servers`);
    await ours.fill(MANY);
    const after = await memory(measured.cloud.home);
    yield await lists(ours, few);
    yield growth(before, after);
    await ours.close();
  } finally {
    await peer?.close();
  }
}

/** The placement service: single requests. */
export async function placement(bench: Bench): Promise<Table> {
  const peer = await openPeer();
  const ours = await ComputeTarget.ofCloud(await bench.fake());
  const other = peer === undefined ? undefined : await ComputeTarget.ofPeer(peer);
  const { table } = await singles('Placement: single requests', PLACEMENT, ours, other);
  for (const target of [ours, other]) await target?.close();
  await peer?.close();
  return table;
}

/** Requests one at a time, ours and the other cloud's in turn. */
async function singles(
  title: string,
  kinds: readonly Kind[],
  ours: ComputeTarget,
  other: ComputeTarget | undefined,
): Promise<{ readonly table: Table; readonly measurements: readonly Measurement[] }> {
  const rows: Cell[][] = [];
  const measurements: Measurement[] = [];
  for (const kind of kinds) {
    progress(`compute: ${kind.title}`);
    const [count, otherCount] = kind.batch;
    for (let batch = 0; batch < WARM_UP; batch++)
      await addBatch(ours, kind, count, ours.measurement());
    if (other !== undefined) await addBatch(other, kind, 2, other.measurement());
    const own = ours.measurement();
    const others = other?.measurement();
    for (let round = 0; round < ROUNDS; round++) {
      await addBatch(ours, kind, count, own);
      if (other !== undefined) await addBatch(other, kind, otherCount, others!);
    }
    measurements.push(own);
    rows.push([kind.title, ...comparison(own, others, TARGET_RATIO)]);
  }
  const notes = [
    ...comparisonNotes(other !== undefined),
    "servers are those of our fake driver and of the other cloud's",
  ];
  return { table: { title, columns: ['request', ...COMPARISON], rows, notes }, measurements };
}

/** Lists of many servers beside the list of few. */
async function lists(ours: ComputeTarget, few: Measurement): Promise<Table> {
  const row = async (title: string, count: number, path: string): Promise<[Cell[], number]> => {
    progress(`compute: ${title}`);
    for (let index = 0; index < count / 2; index++) await ours.call('GET', path);
    const measurement = ours.measurement();
    for (let batch = 0; batch < 2; batch++)
      await measurement.add(async () => {
        const samples: number[] = [];
        for (let index = 0; index < count; index++)
          samples.push((await ours.call('GET', path)).milliseconds);
        return samples;
      });
    const { p50, p95, cpu } = measurement;
    return [[title, count * 2, p50, p95, cpu.control, cpu.all], cpu.all];
  };
  const [detail, cost] = await row(
    `GET servers/detail, ${MANY} of them`,
    15,
    `/servers/detail?limit=${MANY}`,
  );
  const [short] = await row(`GET servers, ${MANY} of them`, 25, `/servers?limit=${MANY}`);
  const [page] = await row(
    `GET servers/detail, ${LISTED} of ${MANY}`,
    50,
    `/servers/detail?limit=${LISTED}`,
  );
  const each = cost / MANY / (few.cpu.all / LISTED);
  return {
    title: 'Compute: lists of many servers',
    columns: ['request', 'n', 'p50 ms', 'p95 ms', 'CPU ms, ours', 'CPU ms, all', 'CPU of each server beside the list of 100', 'target', 'met'], // prettier-ignore
    rows: [
      [...detail, each, `≤ ${SAME}`, met(each, SAME)],
      [...short, '', '', ''],
      [...page, '', '', ''],
    ],
    notes: ["the servers are the fake driver's; by an administrator, microversion 2.1"],
  };
}

/** Proportional memory of each component in bytes. */
async function memory(home: string): Promise<ReadonlyMap<string, number>> {
  await quiet(home);
  return new Map(
    familiesOf(home).map(({ name, pids }) => [
      name,
      pids.reduce((sum, pid) => sum + proportionalMemory(pid), 0),
    ]),
  );
}

function growth(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Table {
  const hundreds = (MANY - LISTED) / 100;
  const rows = [...after].map(([name, bytes]): Cell[] => [
    name,
    (before.get(name) ?? 0) / MEBIBYTE,
    bytes / MEBIBYTE,
    (bytes - (before.get(name) ?? 0)) / MEBIBYTE / hundreds,
  ]);
  const sum = (column: number) => rows.reduce((total, row) => total + Number(row[column]), 0);
  return {
    title: 'Compute: memory of servers',
    columns: ['component', `PSS MiB, ${LISTED} servers`, `${MANY} servers`, 'MiB per 100 servers'],
    rows: [...rows.filter((row) => Math.abs(Number(row[3])) >= 0.05), ['all', sum(1), sum(2), sum(3)]], // prettier-ignore
    notes: [
      "servers of the fake driver, each with a port: what they cost our processes, PostgreSQL, OVN's databases and northd; a heap that was not collected yet counts",
    ],
  };
}
