import { startConstantServer } from '../floors/http.ts';
import { openOvsdbFloor } from '../floors/ovsdb.ts';
import { hashOnce } from '../floors/password.ts';
import { openDatabaseFloor } from '../floors/postgresql.ts';
import { TimingClient } from './client.ts';
import { median } from './statistics.ts';

/** Medians in milliseconds of what no request can do without. */
export interface Floors {
  /** A bare HTTP server's constant answer of so many bytes; one of the sizes that were asked for. */
  http(bytes: number): number;
  /** `select 1` over the same socket to the same server. */
  readonly select: number;
  /** An insert with its commit on the disk. */
  readonly commit: number;
  /** An OVSDB transaction. */
  readonly ovsdb: number;
  /** An Argon2id hash. */
  readonly hash: number;
}

/** Measures them, now: called in the same run as what they are compared with, with the cloud idle. */
export async function measureFloors(home: string, sizes: readonly number[]): Promise<Floors> {
  const server = await startConstantServer();
  const client = new TimingClient(server.origin);
  const times = new Map<number, number>();
  for (const size of sizes)
    times.set(
      size,
      await repeat(300, async () => (await client.call('GET', `/${size}`)).milliseconds),
    );
  await client.close();
  server.stop();
  const database = await openDatabaseFloor(home);
  const [select, commit] = [
    await repeat(300, () => database.select()),
    await repeat(300, () => database.commit()),
  ];
  await database.close();
  const connection = await openOvsdbFloor();
  const ovsdb = await repeat(300, () => connection.transact());
  await connection.close();
  return {
    http: (bytes) => times.get(bytes)!,
    select,
    commit,
    ovsdb,
    hash: await repeat(30, hashOnce),
  };
}

/** Median after a warm-up of a tenth. */
async function repeat(count: number, once: () => Promise<number>): Promise<number> {
  const samples: number[] = [];
  for (let index = -count / 10; index < count; index++) {
    const sample = await once();
    if (index >= 0) samples.push(sample);
  }
  return median(samples);
}
