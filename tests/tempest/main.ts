import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startTempestCloud } from './cloud.ts';
import { COMPLIANCE, targetOf } from './configuration.ts';
import { runTempest, type Outcome } from './run.ts';
import { addToList, listOf, SUITES, type Suite } from './suites.ts';

const USAGE = `node tests/tempest/main.ts [options] [SUITE...]
Runs the listed ids of tempest's suites (${Object.keys(SUITES).join(', ')}; default all) against a cloud made for it.
  --all        the whole suites, not only what their lists name
  --add        add what passes to the lists
  --match TEXT only ids that have TEXT in them
  --here       against the cloud that the OS_* variables name
`;

/** What happened, the bad first to be told; gives whether everything passed. */
function tell(suite: Suite, outcomes: readonly Outcome[]): boolean {
  const of = (wanted: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === wanted);
  for (const { id, reason } of of('skipped'))
    process.stdout.write(`skipped ${id}\n    ${reason}\n`);
  for (const { id, reason } of of('failed')) process.stdout.write(`failed ${id}\n    ${reason}\n`);
  const passed = of('passed').length;
  process.stdout.write(
    `${suite}: ${passed}/${outcomes.length} passed, ${of('failed').length} failed, ${of('skipped').length} skipped\n`,
  );
  return passed === outcomes.length;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      all: { type: 'boolean' },
      add: { type: 'boolean' },
      here: { type: 'boolean' },
      match: { type: 'string' },
    },
  });
  const named = positionals.length > 0 ? positionals : Object.keys(SUITES);
  const suites = named.filter((name): name is Suite => Object.hasOwn(SUITES, name));
  if (suites.length < named.length) {
    process.stderr.write(USAGE);
    return 2;
  }
  const cloud = values.here ? undefined : await startTempestCloud();
  let good = true;
  try {
    const target =
      cloud === undefined ? targetOf(process.env) : targetOf(await cloud.credentials(), COMPLIANCE);
    for (const suite of suites) {
      const folder = mkdtempSync(path.join(tmpdir(), `ovb-tempest-${suite}-`));
      process.stdout.write(`${suite}: tempest's logs are in ${folder}\n`);
      const wanted = (id: string) => values.match === undefined || id.includes(values.match);
      const tests = values.all ? { package: SUITES[suite] } : listOf(suite);
      const outcomes = await runTempest({ target, folder, tests, wanted });
      good = tell(suite, outcomes) && good;
      if (values.add) {
        const passed = outcomes.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id);
        process.stdout.write(`${addToList(suite, passed)} added to tests/tempest/${suite}.txt\n`);
      }
    }
  } finally {
    await cloud?.destroy();
  }
  return good ? 0 : 1;
}

process.exitCode = await main();
