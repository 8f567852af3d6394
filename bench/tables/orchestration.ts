import { parseDocument } from 'yaml';
import { builtinTypes } from '../../src/services/orchestration/resources/builtin.ts';
import { TypeRegistry } from '../../src/services/orchestration/resources/types.ts';
import { readGiven } from '../../src/services/orchestration/templates/request.ts';
import { validate } from '../../src/services/orchestration/validation/validate.ts';
import { TimingClient } from '../support/client.ts';
import { progress, type Bench } from '../support/context.ts';
import type { Measurement } from '../support/measure.ts';
import { openPeer } from '../support/peer.ts';
import { StackTarget, type OrderedStack } from '../support/stack-target.ts';
import { longTemplate, manyOf, NETWORKING } from '../support/stack-templates.ts';
import { median, quantile } from '../support/statistics.ts';
import type { Cell, Table } from '../support/table.ts';

/** Another cloud's milliseconds for each of ours. */
const TARGET_RATIO = 20;
/** By clients: batches of each cloud, stacks one after the other in a batch of ours, batches of the other cloud. */
const PLANS = [
  { clients: 1, rounds: 4, each: 5, others: 3 },
  { clients: 8, rounds: 4, each: 2, others: 1 },
] as const;
const WARM_UP = 15;
/** Resources of the stack of many. */
const MANY = 1000;
const LINES = 5000;

/** The orchestration service: stacks from the request to the end, a stack of many resources, a long template. */
export async function* orchestration(bench: Bench): AsyncGenerator<Table> {
  yield template();
  const measured = await bench.fake();
  const { root, token } = measured.api;
  const ours = await StackTarget.ofCloud(measured, () => new TimingClient(root, token));
  const peer = await openPeer();
  const other = peer === undefined ? undefined : await StackTarget.ofPeer(peer);
  try {
    yield await networking(ours, other);
    yield await many(ours);
  } finally {
    await ours.close();
    await peer?.close();
  }
}

/** Adds stacks made and taken away, some at once, several times one after the other. */
async function addStacks(
  target: StackTarget,
  clients: number,
  times: number,
  [create, remove]: readonly [Measurement, Measurement],
): Promise<void> {
  const made: (readonly OrderedStack[])[] = [];
  await create.add(async () => {
    const all: number[] = [];
    for (let time = 0; time < times; time++) {
      const { stacks, samples } = await target.create(NETWORKING, clients);
      made.push(stacks);
      all.push(...samples);
    }
    return all;
  });
  await remove.add(async () => {
    const all: number[] = [];
    for (const stacks of made) all.push(...(await target.delete(stacks)));
    return all;
  });
}

/** A stack of a network, ours and the other cloud's in turn. */
async function networking(ours: StackTarget, other: StackTarget | undefined): Promise<Table> {
  const pair = (target: StackTarget) => [target.measurement(), target.measurement()] as const;
  progress('orchestration: warming up');
  await addStacks(ours, 1, WARM_UP, pair(ours));
  if (other !== undefined) await addStacks(other, 1, 1, pair(other));
  const rows: Cell[][] = [];
  for (const { clients, rounds, each, others: few } of PLANS) {
    progress(`orchestration: stacks, ${clients} at once`);
    const own = pair(ours);
    const others = other === undefined ? undefined : pair(other);
    for (let round = 0; round < rounds; round++) {
      await addStacks(ours, clients, each, own);
      if (other !== undefined && round < few) await addStacks(other, clients, 1, others!);
    }
    rows.push(['create', clients, ...compared(own[0], others?.[0])]);
    rows.push(['delete', clients, ...compared(own[1], others?.[1])]);
  }
  return {
    title: 'Orchestration: a stack of network, subnet, port, router and interface',
    columns: ['action', 'clients', 'n', 'p50 ms', 'p95 ms', 'CPU ms, ours', 'CPU ms, all', 'other n', 'other p50', 'other p95', 'other CPU', 'p50 ratio', 'CPU ratio', 'target', 'met'], // prettier-ignore
    rows,
    notes: [
      'from the request to the look that shows the stack in CREATE_COMPLETE, or no more; a list of the stacks that are waited for is asked for every 5 ms of ours, every 50 ms of the other cloud, by one client',
      'several clients: each asks for a stack of its own at the same moment; n counts stacks',
      'batches of each cloud in turn, after a warm-up; CPU: ours of the control plane alone, all of all processes of the cloud, looks and what happens afterwards included, divided by n',
      other === undefined
        ? 'no other cloud was measured: see BENCH_PEER_AUTH_URL in CONTRIBUTING.md'
        : 'other: another OpenStack on the same machine, given the same requests in the same run; the target is the ratio of p50',
    ],
  };
}

function compared(own: Measurement, other: Measurement | undefined): Cell[] {
  const cells: Cell[] = [own.samples.length, own.p50, own.p95, own.cpu.control, own.cpu.all];
  if (other === undefined) return [...cells, '', '', '', '', '', '', '', ''];
  const known = other.cpu.all > 0;
  const ratio = other.p50 / own.p50;
  return [
    ...cells,
    other.samples.length,
    other.p50,
    other.p95,
    known ? other.cpu.all : '',
    ratio,
    known ? other.cpu.all / own.cpu.all : '',
    `≥ ${TARGET_RATIO}`,
    ratio >= TARGET_RATIO ? 'yes' : 'NO',
  ];
}

/** One stack of many resources that no service is asked for: what the engine itself costs. */
async function many(target: StackTarget): Promise<Table> {
  const rows: Cell[][] = [];
  for (const [type, properties] of [
    ['OS::Heat::TestResource', { value: 'bench' }],
    ['OS::Heat::RandomString', { length: 16 }],
    ['OS::Heat::None', {}],
  ] as const) {
    progress(`orchestration: ${MANY} × ${type}`);
    const document = manyOf(type, MANY, properties);
    await target.delete((await target.create(document, 1)).stacks);
    const [create, remove] = [target.measurement(), target.measurement()];
    for (let round = 0; round < 3; round++) {
      let stacks: readonly OrderedStack[] = [];
      await create.add(async () => {
        const made = await target.create(document, 1);
        stacks = made.stacks;
        return made.samples;
      });
      await remove.add(() => target.delete(stacks));
    }
    for (const [action, { samples, p50, cpu }] of [
      ['create', create],
      ['delete', remove],
    ] as const)
      // prettier-ignore
      rows.push([type, action, samples.length, p50, p50 / MANY, cpu.control / MANY, cpu.all / MANY]);
  }
  return {
    title: `Orchestration: a stack of ${MANY} resources`,
    columns: ['type', 'action', 'n', 'p50 ms', 'ms a resource', 'CPU ms a resource, ours', 'CPU ms a resource, all'], // prettier-ignore
    rows,
    notes: [
      'from the request to the look that shows the end, every 5 ms; one stack before them as a warm-up',
      'CPU: ours of the control plane alone, all with PostgreSQL and the others',
    ],
  };
}

/** A long template, in this process: read, and judged as `POST /validate` does. */
function template(): Table {
  const text = longTemplate(LINES);
  const types = new TypeRegistry(builtinTypes);
  const project = '0'.repeat(32);
  const context = { types, region: 'RegionOne', project, ignoresTypes: false };
  const samples = { yaml: [] as number[], read: [] as number[], judge: [] as number[] };
  const timed = <Result>(into: number[], work: () => Result): Result => {
    const begin = performance.now();
    const result = work();
    into.push(performance.now() - begin);
    return result;
  };
  progress(`orchestration: a template of ${LINES} lines`);
  const warmUp = 5;
  for (let round = 0; round < 25; round++) {
    timed(samples.yaml, () => parseDocument(text));
    const definition = timed(samples.read, () => readGiven({ template: text }));
    timed(samples.judge, () => validate(definition, context, false));
  }
  const [floor, read, judge] = [samples.yaml, samples.read, samples.judge].map((all) =>
    all.slice(warmUp),
  ) as [number[], number[], number[]];
  const both = read.map((value, index) => value + judge[index]!);
  const row = (title: string, values: readonly number[]): Cell[] => [
    title,
    values.length,
    median(values),
    quantile(values, 0.95),
    median(values) / median(floor),
  ];
  return {
    title: `Orchestration: a template of ${text.split('\n').length - 1} lines`,
    columns: ['step', 'n', 'p50 ms', 'p95 ms', 'of the floor'],
    rows: [
      row('floor: the library’s YAML document', floor),
      row('parse', read),
      row('validate', judge),
      row('parse and validate', both),
    ],
    notes: [
      `in the process of the bench, after ${warmUp} rounds; ${Math.round(text.length / 1024)} KiB: parameters, a condition, security groups, ports, an output for each`,
    ],
  };
}
