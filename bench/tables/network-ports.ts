import { Filling } from '../support/network-filling.ts';
import type { NetworkTarget } from '../support/network-target.ts';
import { met, type Cell, type Table } from '../support/table.ts';

/** Milliseconds: 1,000 ports in bulk, and lists of so many. */
const TARGETS = { bulk: 2000, list1000: 25, list5000: 120 } as const;
/** Ports in one request. */
const BULK = 100;
const ONE_MORE = 40;
/** What may differ between few and many ports before it counts as growth: the noise of a shared machine. */
const SAME = 1.2;

/** Ports by the thousand: made one by one and in bulk, lists of them, and one more beside them. */
export async function thousands(
  ours: NetworkTarget,
  other: NetworkTarget | undefined,
  otherPorts: number,
): Promise<Table> {
  const singly = await Filling.begin(ours, '10.128.0.0/16');
  await singly.fill(1001, 1);
  const own = await Filling.begin(ours, '10.129.0.0/16');
  await own.oneMore(ONE_MORE);
  await own.fill(1001, BULK, TARGETS.bulk);
  await own.list(20, TARGETS.list1000);
  await own.fill(5001, BULK);
  await own.list(10, TARGETS.list5000);
  await own.oneMore(ONE_MORE);
  await own.fill(10_001, BULK);
  await own.oneMore(ONE_MORE);
  const rows = [...singly.rows, ...own.rows, growth(own)];
  if (other !== undefined) {
    const others = await Filling.begin(other, '10.129.0.0/16');
    await others.fill(Math.ceil(otherPorts / 3), 1);
    await others.fill(otherPorts, BULK);
    await others.list(4);
    await others.oneMore(5);
    rows.push(...others.rows.map(([title, ...cells]) => [`other: ${String(title)}`, ...cells]));
  }
  return {
    title: 'Network: ports by the thousand',
    columns: ['what', 'n', 'ms', 'CPU ms, ours', 'CPU ms, northd', 'CPU ms, all', 'target', 'met'],
    rows,
    notes: [
      'ms: of all of them together where ports are made, from the first request until Northbound has the last one; for lists and single requests the median',
      'CPU ms: divided by the ports that were made, or by the requests',
      "lists are of one network's ports, by an administrator; beside the ports of the network there are those of the rows above",
    ],
  };
}

/** Whether our part of one more port grows with what is there. */
function growth({ growth: measurements }: Filling): Cell[] {
  const all = [...measurements.values()];
  const [few, many] = [all[0]!, all.at(-1)!];
  const ratio = many.cpu.control / few.cpu.control;
  const northd = (many.cpu.by.get('northd') ?? 0) / (few.cpu.by.get('northd') ?? 0);
  return [
    'one more beside 10,000 / beside none',
    '',
    many.p50 / few.p50,
    ratio,
    northd,
    many.cpu.all / few.cpu.all,
    `ours ≤ ${SAME}`,
    met(ratio, SAME),
  ];
}
