import type { Measurement } from './measure.ts';
import type { Cell } from './table.ts';

/** Titles of the cells of `comparison`, after that of the request. */
export const COMPARISON = [
  'n',
  'p50 ms',
  'p95 ms',
  'CPU ms, ours',
  'CPU ms, all',
  'other n',
  'other p50',
  'other p95',
  'other CPU',
  'p50 ratio',
  'CPU ratio',
  'target',
  'met',
];

/** Our requests beside another cloud's: the target is its processor time for each millisecond of ours. */
export function comparison(
  own: Measurement,
  other: Measurement | undefined,
  target: number,
): Cell[] {
  const ratio = other === undefined ? Number.NaN : other.cpu.all / own.cpu.all;
  const known = Number.isFinite(ratio) && other!.cpu.all > 0;
  return [
    own.samples.length,
    own.p50,
    own.p95,
    own.cpu.control,
    own.cpu.all,
    other?.samples.length ?? '',
    other?.p50 ?? '',
    other?.p95 ?? '',
    known ? other!.cpu.all : '',
    other === undefined ? '' : other.p50 / own.p50,
    known ? ratio : '',
    known ? `≥ ${target}` : '',
    known ? (ratio >= target ? 'yes' : 'NO') : '',
  ];
}

/** What a reader must know of such a table. */
export const comparisonNotes = (hasOther: boolean): string[] => [
  'one client, one connection, one request at a time, batches of each cloud in turn, after a warm-up',
  'CPU: ours of the control plane alone, all of all processes of the cloud, what happens after the answer included; divided by n',
  hasOther
    ? 'other: another OpenStack on the same machine, given the same requests in the same run'
    : 'no other cloud was measured: see BENCH_PEER_AUTH_URL in CONTRIBUTING.md',
];
