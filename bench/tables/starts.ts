import { existsSync } from 'node:fs';
import path from 'node:path';
import { engineAnswers, SYSTEM_ENGINE } from '../../src/cloud/engine.ts';
import { TestCloud } from '../../tests/support/cloud.ts';
import { BareComponents } from '../floors/components.ts';
import { progress } from '../support/context.ts';
import { median } from '../support/statistics.ts';
import { met, type Cell, type Table } from '../support/table.ts';

const COLD = 3;
const WARM = 5;
const RESETS = 3;
/** Milliseconds. */
const TARGETS = { cold: 15_000, warm: 3000, reset: 3000 } as const;

type Kind = keyof typeof TARGETS;

interface Repeats {
  readonly resets: number;
  readonly warm: number;
}

/** First start, warm start and reset, each until every API answers, against the bare programs underneath. */
export async function starts(): Promise<Table> {
  const cloud: Record<Kind, number[]> = { cold: [], warm: [], reset: [] };
  const floor: Record<Kind, number[]> = { cold: [], warm: [], reset: [] };
  const withEngine = !(await engineAnswers(SYSTEM_ENGINE));
  for (let round = 1; round <= COLD; round++) {
    progress(`starts: round ${round} of ${COLD}`);
    // Only one of the clouds is started again and again.
    const repeats = round === COLD ? { resets: RESETS, warm: WARM } : { resets: 0, warm: 0 };
    await measureFloor(floor, withEngine, repeats);
    await measureCloud(cloud, repeats);
  }
  const row = (title: string, kind: Kind): Cell[] => {
    const [value, least] = [median(cloud[kind]), median(floor[kind])];
    const spread = `${Math.min(...cloud[kind]).toFixed(0)}-${Math.max(...cloud[kind]).toFixed(0)}`;
    return [
      title,
      cloud[kind].length,
      value,
      spread,
      least,
      (value / least).toFixed(2),
      `≤ ${TARGETS[kind]}`,
      met(value, TARGETS[kind]),
    ];
  };
  return {
    title: 'Starts',
    columns: [
      'from the command to its end',
      'n',
      'ms',
      'range',
      'floor ms',
      'ratio',
      'target ms',
      'met',
    ],
    rows: [
      row('first start, new home', 'cold'),
      row('warm start, state exists', 'warm'),
      row('reset', 'reset'),
    ],
    notes: [
      '`up --detach` and `reset --yes`: they end when all APIs answer, the first objects exist and the host has reported itself',
      `floor: the programs underneath started by hand, all at once: initdb and PostgreSQL, four ovsdb-servers, northd, vswitchd, ovn-controller${
        withEngine ? ', dockerd' : ''
      }; for a reset PostgreSQL${withEngine ? ' and dockerd' : ''} go on and the databases are made anew`,
    ],
  };
}

async function measureFloor(
  into: Record<Kind, number[]>,
  withEngine: boolean,
  repeats: Repeats,
): Promise<void> {
  const components = new BareComponents(withEngine);
  try {
    into.cold.push(await components.start());
    for (let run = 0; run < repeats.resets; run++) into.reset.push(await components.empty());
    for (let run = 0; run < repeats.warm; run++) {
      await components.stop();
      into.warm.push(await components.start());
    }
  } finally {
    await components.remove();
  }
}

async function measureCloud(into: Record<Kind, number[]>, repeats: Repeats): Promise<void> {
  const cloud = await TestCloud.plan('bcs');
  try {
    into.cold.push(await timed(() => cloud.up()));
    for (let run = 0; run < repeats.resets; run++)
      into.reset.push(await timed(() => cloud.ovenbird(['reset', '--yes'])));
    for (let run = 0; run < repeats.warm; run++) {
      await cloud.ovenbird(['down', '--all']);
      into.warm.push(await timed(() => cloud.up()));
    }
  } finally {
    if (existsSync(path.join(cloud.home, 'cloud.json'))) await cloud.destroy();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}
