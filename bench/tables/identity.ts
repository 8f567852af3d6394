import { hashOnce } from '../floors/password.ts';
import type { TimedAnswer } from '../support/client.ts';
import { progress, type Bench } from '../support/context.ts';
import { IdentityTarget } from '../support/identity-target.ts';
import type { Measurement } from '../support/measure.ts';
import { openPeer } from '../support/peer.ts';
import type { Cell, Table } from '../support/table.ts';

/** Each cloud in turn; the first round warms up. */
const ROUNDS = 4;
/** Processor time of another cloud for each millisecond of ours. */
const TARGET_RATIO = 30;
const HASHES = 20;

interface Kind {
  readonly title: string;
  /** Requests in a batch: of ours, of another cloud. */
  readonly batch: readonly [ours: number, others: number];
  /** What is sent again and again. */
  prepare(target: IdentityTarget): Promise<() => Promise<TimedAnswer>>;
  /** Most of it is a password's hash, slow on purpose, which each cloud chooses. */
  readonly hashes?: true;
}

const KINDS: readonly Kind[] = [
  {
    title: 'POST token (password)',
    batch: [20, 5],
    hashes: true,
    prepare: async (target) => () => target.call('POST', '/auth/tokens', target.passwordBody),
  },
  {
    title: 'POST token (token)',
    batch: [500, 50],
    async prepare(target) {
      const id = await target.token();
      const { auth } = target.passwordBody as { auth: { scope: unknown } };
      const body = {
        auth: { identity: { methods: ['token'], token: { id } }, scope: auth.scope },
      };
      return () => target.call('POST', '/auth/tokens', body);
    },
  },
  {
    title: 'GET token (validate)',
    batch: [1500, 100],
    async prepare(target) {
      const subject = { 'x-subject-token': await target.token() };
      return () => target.call('GET', '/auth/tokens', undefined, subject);
    },
  },
  {
    title: 'GET projects',
    batch: [1500, 100],
    prepare: async (target) => () => target.call('GET', '/projects'),
  },
];

/** The identity service: tokens, with the hash apart, and a list; another cloud beside it if one is named. */
export async function identity(bench: Bench): Promise<Table> {
  const ours = await IdentityTarget.ofCloud(await bench.fake());
  const peer = await openPeer();
  const other = peer === undefined ? undefined : IdentityTarget.ofPeer(peer);
  const rows: Cell[][] = [];
  try {
    for (const kind of KINDS) rows.push(await measure(kind, ours, other));
  } finally {
    await peer?.client.close();
    await peer?.identity.client.close();
  }
  rows.push(await hash());
  return {
    title: 'Identity',
    columns: [
      'request',
      'n',
      'p50 ms',
      'p95 ms',
      'CPU ms, ours',
      'CPU ms, all',
      'other n',
      'other p50',
      'other CPU',
      'p50 ratio',
      'CPU ratio',
      'target',
      'met',
    ],
    rows,
    notes: [
      'one client, one connection, one request at a time, batches of each cloud in turn, after a warm-up',
      'CPU: of the control plane alone, and of all processes of the cloud, databases and idle work included, divided by n',
      'a password is checked against its hash, which is slow on purpose: the last row is one such hash alone; each cloud has its own kind, so the first row has no target',
      other === undefined
        ? 'no other cloud was measured: see BENCH_PEER_AUTH_URL in CONTRIBUTING.md'
        : 'other: another OpenStack on the same machine, given the same requests in the same run',
    ],
  };
}

async function measure(
  { title, batch, prepare, hashes }: Kind,
  ours: IdentityTarget,
  other: IdentityTarget | undefined,
): Promise<Cell[]> {
  progress(`identity: ${title}`);
  const targets = other === undefined ? [ours] : [ours, other];
  const requests = await Promise.all(targets.map((target) => prepare(target)));
  const counted: Measurement[] = targets.map((target) => target.measurement());
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, target] of targets.entries()) {
      const into = round === 0 ? target.measurement() : counted[index]!;
      await into.add(() => repeated(batch[index]!, requests[index]!));
    }
  }
  const [own, others] = counted as [Measurement, Measurement | undefined];
  const ratio = others === undefined ? Number.NaN : others.cpu.all / own.cpu.all;
  const known = Number.isFinite(ratio) && others!.cpu.all > 0;
  const judged = known && !hashes;
  return [
    title,
    own.samples.length,
    own.p50,
    own.p95,
    own.cpu.control,
    own.cpu.all,
    others?.samples.length ?? '',
    others?.p50 ?? '',
    known ? others!.cpu.all : '',
    others === undefined ? '' : others.p50 / own.p50,
    known ? ratio : '',
    judged ? `≥ ${TARGET_RATIO}` : '',
    judged ? (ratio >= TARGET_RATIO ? 'yes' : 'NO') : '',
  ];
}

async function repeated(times: number, request: () => Promise<TimedAnswer>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < times; index++) samples.push((await request()).milliseconds);
  return samples;
}

/** One hash of a password, as ours are made: its time, and its processor time in this process. */
async function hash(): Promise<Cell[]> {
  const samples: number[] = [];
  const before = process.cpuUsage();
  for (let index = 0; index < HASHES; index++) samples.push(await hashOnce());
  const { user, system } = process.cpuUsage(before);
  const sorted = samples.toSorted((a, b) => a - b);
  const cpu = (user + system) / 1000 / HASHES;
  return [
    'an Argon2id hash alone',
    HASHES,
    sorted[HASHES / 2]!,
    sorted.at(-1)!,
    cpu,
    cpu,
    '',
    '',
    '',
    '',
    '',
    '',
    '',
  ];
}
