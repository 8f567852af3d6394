import { sleep } from '../../src/core/time.ts';
import { progress, type Bench } from '../support/context.ts';
import { cpuTimes, familiesOf, proportionalMemory, quiet } from '../support/processes.ts';
import { met, type Cell, type Table } from '../support/table.ts';

const MEBIBYTE = 2 ** 20;
const SECONDS = 10;
const TARGET = 350;
/** The engine is not ours to make smaller; its containerd is its child. */
const ENGINE = 'dockerd';

/** What a cloud without servers costs: proportional memory and processor time by component. */
export async function memory(bench: Bench): Promise<Table> {
  const { cloud } = await bench.docker();
  await quiet(cloud.home);
  progress(`memory: ${SECONDS} s of idling`);
  const before = cpuTimes(familiesOf(cloud.home));
  await sleep(SECONDS * 1000);
  const after = cpuTimes(familiesOf(cloud.home));
  const families = familiesOf(cloud.home).map(({ name, pids }) => ({
    name,
    processes: pids.length,
    memory: pids.reduce((sum, pid) => sum + proportionalMemory(pid), 0) / MEBIBYTE,
    load: ((after.get(name) ?? 0) - (before.get(name) ?? 0)) / (SECONDS * 10),
  }));
  const total = (title: string, of: typeof families): Cell[] => [
    title,
    of.reduce((sum, family) => sum + family.processes, 0),
    of.reduce((sum, family) => sum + family.memory, 0),
    of.reduce((sum, family) => sum + family.load, 0),
  ];
  const apart = families.filter(({ name }) => name !== ENGINE);
  const sum = total('all but the engine', apart);
  return {
    title: 'Idle memory',
    columns: ['component', 'processes', 'PSS MiB', '% of a core', 'target', 'met'],
    rows: [
      ...families
        .toSorted((a, b) => b.memory - a.memory)
        .map(({ name, processes, memory: size, load }) => [name, processes, size, load, '', '']),
      [...sum, `≤ ${TARGET}`, met(Number(sum[2]), TARGET)],
      [...total('all', families), '', ''],
    ],
    notes: [
      'pages that several processes share count in parts: with other Node programs on the machine ours look smaller',
      `a cloud with its first objects and no server, after ${SECONDS} s without requests; PSS from smaps_rollup`,
      'a component with all processes that descend from it; dockerd with its containerd',
    ],
  };
}
