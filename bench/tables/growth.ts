import type { Measurement } from '../support/measure.ts';
import type { LifecycleMeasurements } from '../support/requests.ts';
import { met, type Cell, type Table } from '../support/table.ts';

/** What may differ between few and many ports before it counts as growth: the noise of a shared machine. */
const SAME = 1.5;

/** Whether requests get slower with what exists. */
export function growth(
  few: LifecycleMeasurements,
  listFew: Measurement,
  many: LifecycleMeasurements,
  listMany: Measurement,
): Table {
  const compare = (title: string, before: Measurement, after: Measurement): Cell[] => {
    const ratio = after.p50 / before.p50;
    return [
      title,
      before.p50,
      after.p50,
      ratio,
      after.floor / before.floor,
      before.cpu.all,
      after.cpu.all,
      before.cpu.control,
      after.cpu.control,
      `≤ ${SAME}`,
      met(ratio, SAME),
    ];
  };
  return {
    title: 'Requests with many ports',
    columns: [
      'request',
      'p50 ms, few',
      'p50 ms, 5,000',
      'ratio',
      "floor's ratio",
      'CPU all, few',
      'CPU all, 5,000',
      'CPU ours, few',
      'CPU ours, 5,000',
      'target',
      'met',
    ],
    rows: [
      compare('POST port', few.post, many.post),
      compare('GET port', few.get, many.get),
      compare('DELETE port', few.delete, many.delete),
      compare('GET the 1,000 ports of a network', listFew, listMany),
    ],
    notes: [
      'few: 50 ports present, 1,000 for the list; 5,000: the same requests on the same network beside 4,000 other ports',
      `CPU ms of a POST with few ports: ${byComponent(few.post)}`,
      `CPU ms of a POST with 5,000: ${byComponent(many.post)}`,
    ],
  };
}

const byComponent = ({ cpu }: Measurement): string =>
  [...cpu.by]
    .filter(([, milliseconds]) => milliseconds >= 0.05)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, milliseconds]) => `${name} ${milliseconds.toFixed(1)}`)
    .join(', ');
