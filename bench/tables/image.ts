import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { TimingClient } from '../support/client.ts';
import { progress, type Bench, type MeasuredCloud } from '../support/context.ts';
import { Measurement } from '../support/measure.ts';
import { openPeer } from '../support/peer.ts';
import { familiesOf, quietFamilies, type ProcessFamily } from '../support/processes.ts';
import { median } from '../support/statistics.ts';
import type { Cell, Table } from '../support/table.ts';

const run = promisify(execFile);

/** Images that the list shows. */
const IMAGES = 10;
/** Requests of a batch, and batches of each cloud in turn. */
const BATCH = 250;
const ROUNDS = 4;
/** Processor time of another cloud for each millisecond of ours. */
const CPU_TARGET = 30;
/** Megabytes a second of ours for each of the floor. */
const SPEED_TARGET = 0.8;
const MIB = 1024 * 1024;
/** Sizes of images in MiB, and how often each is moved. */
const SIZES = [64, 1024] as const;
const REPEATS = 3;

/** The image service: requests, and the data of images against what `cp` and `sha256sum` need for it. */
export async function* image(bench: Bench): AsyncGenerator<Table> {
  const measured = await bench.docker();
  yield await requests(measured);
  yield await transfers(measured);
}

interface Target {
  readonly client: TimingClient;
  readonly path: string;
  readonly families: (() => readonly ProcessFamily[]) | undefined;
}

/** One kind of request: gives the milliseconds of a batch. */
type Kind = (target: Target) => Promise<number[]>;

const BARE = { name: 'bench', container_format: 'bare', disk_format: 'raw' };

const KINDS: Readonly<Record<string, Kind>> = {
  [`GET images, ${IMAGES} of them`]: ({ client, path: root }) =>
    batch(() => client.call('GET', `${root}/v2/images?limit=${IMAGES}`)),
  'GET image': async ({ client, path: root }) => {
    const { images } = JSON.parse((await client.call('GET', `${root}/v2/images?limit=1`)).text);
    return batch(() => client.call('GET', `${root}/v2/images/${images[0].id}`));
  },
  'POST and DELETE image': ({ client, path: root }) =>
    batch(async () => {
      const made = await client.call('POST', `${root}/v2/images`, BARE);
      const { id } = JSON.parse(made.text) as { id: string };
      const gone = await client.call('DELETE', `${root}/v2/images/${id}`);
      return { milliseconds: made.milliseconds + gone.milliseconds };
    }),
};

async function batch(work: () => Promise<{ milliseconds: number }>): Promise<number[]> {
  const samples: number[] = [];
  for (let count = 0; count < BATCH; count++) samples.push((await work()).milliseconds);
  return samples;
}

async function requests({ cloud, client }: MeasuredCloud): Promise<Table> {
  const peer = await openPeer();
  const ours: Target = { client, path: '/image', families: () => familiesOf(cloud.home) };
  const other = peer && { ...peer.service('image'), families: peer.families };
  const targets = other === undefined ? [ours] : [ours, other];
  const made = new Map<Target, string[]>();
  for (const target of targets) {
    const ids: string[] = [];
    for (let count = 0; count < IMAGES; count++) {
      const { text } = await target.client.call('POST', `${target.path}/v2/images`, BARE);
      ids.push((JSON.parse(text) as { id: string }).id);
    }
    made.set(target, ids);
  }
  const rows: Cell[][] = [];
  for (const [title, kind] of Object.entries(KINDS)) {
    progress(`image: ${title}`);
    const measurements = targets.map(
      ({ families }) =>
        new Measurement(async () =>
          families === undefined ? new Map<string, number>() : quietFamilies(families),
        ),
    );
    for (const target of targets) await kind(target); // The first pay for compilation.
    for (let round = 0; round < ROUNDS; round++)
      for (const [index, target] of targets.entries())
        await measurements[index]!.add(() => kind(target));
    rows.push([title, ...comparison(measurements[0]!, measurements[1])]);
  }
  for (const [target, ids] of made)
    for (const id of ids) await target.client.call('DELETE', `${target.path}/v2/images/${id}`);
  await other?.client.close();
  await peer?.client.close();
  return {
    title: 'Image: requests',
    columns: ['request', 'n', 'p50 ms', 'p95 ms', 'CPU ms', 'other p50', 'other CPU', 'CPU ratio', 'target', 'met'], // prettier-ignore
    rows,
    notes: [
      'one client, one connection, one request at a time, batches of each cloud in turn; CPU of all processes of the cloud',
      other === undefined
        ? 'no other cloud was measured: see BENCH_PEER_AUTH_URL in CONTRIBUTING.md'
        : 'other: another OpenStack on the same machine, given the same requests in the same run',
    ],
  };
}

function comparison(own: Measurement, other: Measurement | undefined): Cell[] {
  const ratio = other === undefined ? Number.NaN : other.cpu.all / own.cpu.all;
  const known = Number.isFinite(ratio) && other!.cpu.all > 0;
  return [
    own.samples.length,
    own.p50,
    own.p95,
    own.cpu.all,
    other?.p50 ?? '',
    known ? other!.cpu.all : '',
    known ? ratio : '',
    known ? `≥ ${CPU_TARGET}` : '',
    known ? (ratio >= CPU_TARGET ? 'yes' : 'NO') : '',
  ];
}

/** Megabytes a second of each way of a file's bytes, and the most memory that the control plane had meanwhile. */
async function transfers({ cloud, api, client }: MeasuredCloud): Promise<Table> {
  const control = familiesOf(cloud.home).find(({ name }) => name === 'control-plane')!.pids[0]!;
  const rows: Cell[][] = [];
  for (const size of SIZES) {
    progress(`image: ${size} MiB there and back`);
    const source = path.join(cloud.home, 'bench-source');
    const copy = path.join(cloud.home, 'bench-copy');
    await fill(source, size);
    const seconds = { floor: [] as number[], up: [] as number[], down: [] as number[] };
    let memory = 0;
    for (let round = 0; round < REPEATS; round++) {
      seconds.floor.push(
        await timed(async () => {
          await run('cp', [source, copy]);
          await run('sync', [copy]);
          await run('sha256sum', [copy]);
        }),
      );
      rmSync(copy);
      const made = await client.call('POST', '/image/v2/images', BARE);
      const { id } = JSON.parse(made.text) as { id: string };
      const file = `/image/v2/images/${id}/file`;
      writeFileSync(`/proc/${control}/clear_refs`, '5'); // Forgets the most that there was.
      seconds.up.push(
        await timed(
          async () => void (await send(api.root, client.token, 'PUT', file, source, size)),
        ),
      );
      seconds.down.push(
        await timed(async () => {
          const reply = await send(api.root, client.token, 'GET', file);
          await pipeline(reply, createWriteStream(copy, { highWaterMark: MIB }));
          await run('sync', [copy]);
        }),
      );
      memory = Math.max(memory, peak(control));
      await run('cmp', [source, copy]);
      rmSync(copy);
      await client.call('DELETE', `/image/v2/images/${id}`);
    }
    rmSync(source);
    const speed = (times: readonly number[]) => (size * MIB) / 1e6 / median(times);
    const floor = speed(seconds.floor);
    const ratio = { up: speed(seconds.up) / floor, down: speed(seconds.down) / floor };
    rows.push([
      size,
      floor,
      speed(seconds.up),
      ratio.up,
      speed(seconds.down),
      ratio.down,
      `≥ ${SPEED_TARGET}`,
      Math.min(ratio.up, ratio.down) >= SPEED_TARGET ? 'yes' : 'NO',
      memory,
    ]);
  }
  return {
    title: 'Image: data',
    columns: ['MiB', 'floor MB/s', 'upload MB/s', 'ratio', 'download MB/s', 'ratio', 'target', 'met', 'control plane, most MiB'], // prettier-ignore
    rows,
    notes: [
      `medians of ${REPEATS}; random bytes, in the page cache`,
      'floor: `cp` of the file, `sync` of the copy and `sha256sum` of it, one after the other, in turn with ours',
      'upload: the whole PUT until its answer, which comes when the data is hashed (MD5 and SHA-512), looked at and on the disk; download: into a file, until that is on the disk',
    ],
  };
}

async function fill(file: string, size: number): Promise<void> {
  const handle = await open(file, 'w');
  const block = randomBytes(16 * MIB);
  for (let written = 0; written < size; written += 16) {
    block.writeUInt32BE(written);
    await handle.write(block, 0, Math.min(16, size - written) * MIB);
  }
  await handle.sync();
  await handle.close();
}

async function timed(work: () => Promise<void>): Promise<number> {
  const before = performance.now();
  await work();
  return (performance.now() - before) / 1000;
}

/** The most memory in MiB since it was forgotten the last time. */
function peak(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** Sends a request, with a file's bytes as its body; fails unless it is taken. */
async function send(
  origin: string,
  token: string,
  method: 'PUT' | 'GET',
  target: string,
  file?: string,
  size = 0,
): Promise<IncomingMessage> {
  const sent = request(`${origin}${target}`, {
    method,
    headers: {
      'x-auth-token': token,
      ...(file === undefined
        ? {}
        : { 'content-type': 'application/octet-stream', 'content-length': size * MIB }),
    },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve);
    sent.once('error', reject);
  });
  if (file === undefined) sent.end();
  else await pipeline(createReadStream(file, { highWaterMark: MIB }), sent);
  const reply = await answered;
  if ((reply.statusCode ?? 500) >= 300) throw new Error(`${method} ${target}: ${reply.statusCode}`);
  if (method === 'PUT') reply.resume();
  return reply;
}
