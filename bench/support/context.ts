import { TestCloud } from '../../tests/support/cloud.ts';
import type { ApiClient } from '../../tests/support/api.ts';
import { quiet } from './processes.ts';
import { TimingClient } from './client.ts';

/** A cloud under measurement, with a client that times and one that only sets things up. */
export interface MeasuredCloud {
  readonly cloud: TestCloud;
  readonly api: ApiClient;
  readonly client: TimingClient;
}

/** What the tables share: clouds that are brought up when the first table asks for them. */
export class Bench {
  #docker: Promise<MeasuredCloud> | undefined;
  #fake: Promise<MeasuredCloud> | undefined;

  /** A cloud with real containers and a real network. */
  docker(): Promise<MeasuredCloud> {
    return (this.#docker ??= start('bch', []));
  }

  /** A cloud whose servers are only pretended: for the cost of the APIs with many of them. */
  fake(): Promise<MeasuredCloud> {
    return (this.#fake ??= start('bcf', ['--driver', 'fake']));
  }

  /** Takes away what was brought up. */
  async close(): Promise<void> {
    const clouds = await Promise.allSettled([this.#docker, this.#fake]);
    for (const result of clouds) {
      if (result.status !== 'fulfilled' || result.value === undefined) continue;
      await result.value.client.close();
      await result.value.cloud.destroy();
    }
  }
}

async function start(label: string, options: readonly string[]): Promise<MeasuredCloud> {
  const cloud = await TestCloud.start(label, options);
  const api = await cloud.api('admin');
  await quiet(cloud.home);
  return { cloud, api, client: new TimingClient(api.root, api.token) };
}

/** Tells the person what is being done; the tables alone go to standard output. */
export const progress = (text: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
};
