/**
 * `npm run bench [-- NAME…] [--json]`: tables of what the cloud costs, each with a floor that is measured in the same
 * run. Brings up clouds of its own in temporary homes and takes them away again, also when it is interrupted.
 */
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Bench, progress } from './support/context.ts';
import { machineLine } from './support/machine.ts';
import { markdown, type Table } from './support/table.ts';
import { batches } from './tables/batches.ts';
import { compute, placement } from './tables/compute.ts';
import { identity } from './tables/identity.ts';
import { image } from './tables/image.ts';
import { machines } from './tables/machines.ts';
import { memory } from './tables/memory.ts';
import { network } from './tables/network.ts';
import { orchestration } from './tables/orchestration.ts';
import { requests } from './tables/requests.ts';
import { servers } from './tables/servers.ts';
import { starts } from './tables/starts.ts';

/** Measures one table or several; those that take long give each as soon as it is there. */
type Measure = (bench: Bench) => Promise<Table | Table[]> | AsyncIterable<Table>;

/** In the order in which they run: memory wants a cloud that did nothing yet, requests leave many ports behind. */
const TABLES: Readonly<Record<string, Measure>> = {
  memory,
  servers,
  batches,
  image,
  requests,
  identity,
  network,
  compute,
  placement,
  orchestration,
  machines,
  starts,
};

async function* tablesOf(result: ReturnType<Measure>): AsyncGenerator<Table> {
  if (result instanceof Promise) yield* [await result].flat();
  else yield* result;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !(name in TABLES));
if (unknown.length > 0) {
  process.stderr.write(
    `no table is called ${unknown.join(', ')}: there are ${Object.keys(TABLES).join(', ')}\n`,
  );
  process.exit(2);
}

// Each test cloud, floor and child has a handler for `exit` that takes it off the machine.
process.setMaxListeners(0);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    progress('interrupted: cleaning up');
    process.exit(130);
  });

const machine = await machineLine();
const print = (text: string) => void process.stdout.write(text);
const results: Table[] = [];
const bench = new Bench();
const begin = performance.now();
if (!values.json) print(`${machine}\n\n`);
try {
  for (const [name, measure] of Object.entries(TABLES)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    for await (const measured of tablesOf(measure(bench))) {
      const load = `load of the machine in the last minute, ours included: ${loadavg()[0]!.toFixed(1)}`;
      const table = { ...measured, notes: [...measured.notes, load] };
      results.push(table);
      if (!values.json) print(`${markdown(table)}\n`);
    }
  }
} finally {
  await bench.close();
}
if (values.json) print(`${JSON.stringify({ machine, tables: results }, null, 2)}\n`);
progress(`done in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
