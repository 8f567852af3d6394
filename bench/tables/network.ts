import { progress, type Bench } from '../support/context.ts';
import type { Measurement } from '../support/measure.ts';
import { addBatch, KINDS } from '../support/network-rows.ts';
import { NetworkTarget } from '../support/network-target.ts';
import { openPeer } from '../support/peer.ts';
import type { Cell, Table } from '../support/table.ts';
import { bound } from './network-bound.ts';
import { thousands } from './network-ports.ts';

/** Batches of each cloud in turn. */
const ROUNDS = 4;
/** Batches before them. Ours are more: the first hundreds of a kind pay for the compilation of what they run. */
const WARM_UP = { ours: 5, other: 1 } as const;
/** Processor time of another cloud for each millisecond of ours. */
const TARGET_RATIO = 20;

/** The network service: single requests, ports by the thousand, lists, and another cloud beside it if one is named. */
export async function* network(bench: Bench): AsyncGenerator<Table> {
  const measured = await bench.docker();
  const ours = await NetworkTarget.ofCloud(measured);
  const peer = await openPeer();
  const other = peer === undefined ? undefined : NetworkTarget.ofPeer(peer);
  for (const target of [ours, other]) await target?.raiseQuotas();
  try {
    yield await singles(ours, other);
    // Before there are thousands of ports, all of which northd and ovn-controller look at.
    yield await bound(measured, ours);
    yield await thousands(ours, other, peer?.ports ?? 0);
  } finally {
    ours.close();
    other?.close();
    await peer?.client.close();
    await peer?.identity.client.close();
  }
}

/** Requests one at a time, ours and the other cloud's in turn. */
async function singles(ours: NetworkTarget, other: NetworkTarget | undefined): Promise<Table> {
  const rows: Cell[][] = [];
  for (const kind of KINDS) {
    progress(`network: ${kind.title}`);
    for (let batch = 0; batch < WARM_UP.ours; batch++) {
      await addBatch(ours, kind, ours.measurement());
    }
    for (let batch = 0; batch < WARM_UP.other; batch++) {
      if (other !== undefined) await addBatch(other, { ...kind, batch: 3 }, other.measurement());
    }
    const own = ours.measurement();
    const others = other?.measurement();
    for (let round = 0; round < ROUNDS; round++) {
      await addBatch(ours, kind, own);
      if (other !== undefined) await addBatch(other, kind, others!);
    }
    rows.push([kind.title, ...comparison(own, others)]);
  }
  return {
    title: 'Network: single requests',
    columns: ['request', ...COMPARISON],
    rows,
    notes: [
      'one client, one connection, one request at a time, batches of each cloud in turn, after a warm-up of five batches of ours and three requests of the other',
      'CPU: of all processes of the cloud, databases, northd, Open vSwitch and what happens after the answer included, divided by n',
      other === undefined
        ? 'no other cloud was measured: see BENCH_PEER_AUTH_URL in CONTRIBUTING.md'
        : 'other: another OpenStack on the same machine, given the same requests in the same run',
    ],
  };
}

const COMPARISON = [
  'n',
  'p50 ms',
  'p95 ms',
  'CPU ms, ours',
  'CPU ms, northd',
  'CPU ms, all',
  'other n',
  'other p50',
  'other CPU',
  'p50 ratio',
  'CPU ratio',
  'target',
  'met',
];

function comparison(own: Measurement, other: Measurement | undefined): Cell[] {
  const ratio = other === undefined ? Number.NaN : other.cpu.all / own.cpu.all;
  const known = Number.isFinite(ratio) && other!.cpu.all > 0;
  return [
    own.samples.length,
    own.p50,
    own.p95,
    own.cpu.control,
    own.cpu.by.get('northd') ?? 0,
    own.cpu.all,
    other?.samples.length ?? '',
    other?.p50 ?? '',
    known ? other!.cpu.all : '',
    other === undefined ? '' : other.p50 / own.p50,
    known ? ratio : '',
    known ? `≥ ${TARGET_RATIO}` : '',
    known ? (ratio >= TARGET_RATIO ? 'yes' : 'NO') : '',
  ];
}
