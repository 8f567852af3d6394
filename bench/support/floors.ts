import { startConstantServer } from '../floors/http.ts';
import { openOvsdbFloor } from '../floors/ovsdb.ts';
import { hashOnce } from '../floors/password.ts';
import { openDatabaseFloor } from '../floors/postgresql.ts';
import { TimingClient } from './client.ts';
import { median } from './statistics.ts';

/** What a request cannot do without, beside HTTP: a round trip, a commit, a transaction, an Argon2id hash. */
export type Step = 'select' | 'commit' | 'ovsdb' | 'hash';

/** Milliseconds of each part. */
export type FloorSample = Readonly<Partial<Record<Step | 'http', number>>>;

/** The least that requests of a cloud can take, ready to be measured again at any moment between two of them. */
export interface FloorKit {
  /** One of each step, one after the other, and a bare server's answer of so many bytes. */
  sample(steps: readonly Step[], bytes: number): Promise<FloorSample>;
  close(): Promise<void>;
}

export const sumOf = (sample: FloorSample): number =>
  Object.values(sample).reduce((sum, milliseconds) => sum + milliseconds, 0);

/** Median of each part over many samples: `http 0.21, select 0.11`. */
export function describeFloors(samples: readonly FloorSample[]): string {
  const parts = [...new Set(samples.flatMap((sample) => Object.keys(sample)))] as Step[];
  return parts
    .map((part) => {
      const values = samples.flatMap((sample) => sample[part] ?? []);
      return `${part} ${median(values).toFixed(2)}`;
    })
    .join(', ');
}

/** Opens what the floors need: a bare HTTP server, an own database beside the cloud's, an own ovsdb-server. */
export async function openFloors(home: string): Promise<FloorKit> {
  const server = await startConstantServer();
  const client = new TimingClient(server.origin);
  const database = await openDatabaseFloor(home);
  const connection = await openOvsdbFloor();
  const measure: Record<Step, () => Promise<number>> = {
    select: () => database.select(),
    commit: () => database.commit(),
    ovsdb: () => connection.transact(),
    hash: hashOnce,
  };
  const kit: FloorKit = {
    async sample(steps, bytes) {
      const sample: Partial<Record<Step | 'http', number>> = {
        http: (await client.call('GET', `/${bytes}`)).milliseconds,
      };
      for (const step of steps) sample[step] = await measure[step]();
      return sample;
    },
    async close() {
      await client.close();
      server.stop();
      await database.close();
      await connection.close();
    },
  };
  for (let count = 0; count < 50; count++) await kit.sample(['select', 'commit', 'ovsdb'], 600);
  return kit;
}
