import { engineAnswers, SYSTEM_ENGINE } from '../../src/cloud/engine.ts';
import { TestCloud } from '../../tests/support/cloud.ts';
import { BareComponents } from '../floors/components.ts';
import { progress } from '../support/context.ts';
import { median, pairedRatio } from '../support/statistics.ts';
import { met, type Cell, type Table } from '../support/table.ts';

/** In each round one first start, and so many of the others, floor and cloud in turn. */
const ROUNDS = 3;
const WARM = 2;
const RESETS = 1;
/** Milliseconds. */
const TARGETS = { cold: 15_000, warm: 3000, reset: 3000 } as const;

type Kind = keyof typeof TARGETS;

/** First start, warm start and reset, each until every API answers, against the bare programs underneath. */
export async function starts(): Promise<Table> {
  const cloud: Record<Kind, number[]> = { cold: [], warm: [], reset: [] };
  const floor: Record<Kind, number[]> = { cold: [], warm: [], reset: [] };
  const withEngine = !(await engineAnswers(SYSTEM_ENGINE));
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`starts: round ${round} of ${ROUNDS}`);
    await measureRound(cloud, floor, withEngine);
  }
  const row = (title: string, kind: Kind): Cell[] => {
    const value = median(cloud[kind]);
    const spread = `${Math.min(...cloud[kind]).toFixed(0)}-${Math.max(...cloud[kind]).toFixed(0)}`;
    return [
      title,
      cloud[kind].length,
      value,
      spread,
      median(floor[kind]),
      pairedRatio(cloud[kind], floor[kind]).text,
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
      'ratio (least-greatest)',
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

async function measureRound(
  into: Record<Kind, number[]>,
  floor: Record<Kind, number[]>,
  withEngine: boolean,
): Promise<void> {
  const components = new BareComponents(withEngine);
  const cloud = await TestCloud.plan('bcs');
  try {
    floor.cold.push(await components.start());
    into.cold.push(await timed(() => cloud.up()));
    for (let run = 0; run < WARM; run++) {
      await components.stop();
      floor.warm.push(await components.start());
      await cloud.ovenbird(['down', '--all']);
      into.warm.push(await timed(() => cloud.up()));
    }
    for (let run = 0; run < RESETS; run++) {
      floor.reset.push(await components.empty());
      into.reset.push(await timed(() => cloud.ovenbird(['reset', '--yes'])));
    }
  } finally {
    await components.remove();
    await cloud.destroy();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}
