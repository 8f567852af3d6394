import { sleep } from '../../src/core/time.ts';
import type { TimingClient } from './client.ts';
import type { MeasuredCloud } from './context.ts';
import { Measurement } from './measure.ts';
import type { Peer } from './peer.ts';
import { familiesOf, quietFamilies, type ProcessFamily } from './processes.ts';

/** A stack that was asked for. */
export interface OrderedStack {
  readonly id: string;
  readonly name: string;
}

/** Whatever a template has in it. */
export type TemplateDocument = Readonly<Record<string, unknown>>;

/** What differs between the clouds. */
interface Parts {
  /** A client on a connection of its own. */
  readonly connect: () => TimingClient;
  /** Path before `/stacks`. */
  readonly path: string;
  /** Milliseconds between two looks at what is being waited for. */
  readonly look: number;
  readonly families: (() => readonly ProcessFamily[]) | undefined;
}

const QUOTA = { network: 1000, subnet: 1000, port: 100_000, router: 1000 };
/** A stack that takes longer than this has failed. */
const PATIENCE = 600_000;

let stacks = 0;

/** The orchestration service under measurement: ours, or another cloud's. */
export class StackTarget {
  readonly #parts: Parts;
  readonly #clients: TimingClient[] = [];
  /** In all names: an earlier run may have left something. */
  readonly #mark = Date.now().toString(36);

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  static async ofCloud(
    { cloud, api }: MeasuredCloud,
    client: () => TimingClient,
  ): Promise<StackTarget> {
    await api.put(`/network/v2.0/quotas/${api.projectId}`, { quota: QUOTA });
    return new StackTarget({
      connect: client,
      path: `/orchestration/v1/${api.projectId}`,
      look: 5,
      families: () => familiesOf(cloud.home),
    });
  }

  static async ofPeer(peer: Peer): Promise<StackTarget> {
    await peer.client.call('PUT', `${peer.path}/quotas/${peer.projectId}`, { quota: QUOTA });
    return new StackTarget({
      connect: () => peer.service('orchestration').client,
      path: peer.service('orchestration').path,
      look: 50,
      families: peer.families,
    });
  }

  /** A measurement of this cloud's stacks; without its processes the processor time stays empty. */
  measurement(): Measurement {
    const { families } = this.#parts;
    return new Measurement(async () =>
      families === undefined ? new Map<string, number>() : quietFamilies(families),
    );
  }

  /** The same request with the client of that number. */
  call(client: number, method: string, path: string, body?: unknown) {
    return this.#client(client).call(method, this.#parts.path + path, body);
  }

  /**
   * Makes so many stacks at once, each asked for by a client of its own. Gives them, and for each the milliseconds
   * from the request to the look that shows it in CREATE_COMPLETE.
   */
  async create(
    template: TemplateDocument,
    count: number,
  ): Promise<{ readonly stacks: readonly OrderedStack[]; readonly samples: readonly number[] }> {
    const begin = performance.now();
    const ordered = Promise.all(
      Array.from({ length: count }, async (_, client): Promise<OrderedStack> => {
        const name = `bench-${this.#mark}-${stacks++}`;
        const { text } = await this.call(client, 'POST', '/stacks', {
          stack_name: name,
          template,
          timeout_mins: 60,
        });
        return { name, id: (JSON.parse(text) as { stack: { id: string } }).stack.id };
      }),
    );
    const made = await ordered;
    return { stacks: made, samples: await this.#until(made, 'CREATE_COMPLETE', begin) };
  }

  /** Deletes stacks at once; for each the milliseconds from the request to the look that shows it no more. */
  async delete(doomed: readonly OrderedStack[]): Promise<readonly number[]> {
    const begin = performance.now();
    await Promise.all(
      doomed.map(({ name, id }, client) => this.call(client, 'DELETE', `/stacks/${name}/${id}`)),
    );
    return this.#until(doomed, undefined, begin);
  }

  /** Ends the connections of ours; another cloud's are its own to end. */
  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  #client(index: number): TimingClient {
    return (this.#clients[index] ??= this.#parts.connect());
  }

  /** Looks at all of them with one request, again and again, until each has the status or, without one, is gone. */
  async #until(
    awaited: readonly OrderedStack[],
    status: string | undefined,
    begin: number,
  ): Promise<number[]> {
    const open = new Set(awaited.map(({ id }) => id));
    const samples: number[] = [];
    while (open.size > 0) {
      const query = [...open].map((id) => `id=${id}`).join('&');
      const { text } = await this.call(0, 'GET', `/stacks?${query}`);
      const now = performance.now() - begin;
      const shown = new Map(
        (JSON.parse(text) as { stacks: ShownStack[] }).stacks.map((stack) => [stack.id, stack]),
      );
      for (const id of open) {
        const stack = shown.get(id);
        if (stack?.stack_status.endsWith('_FAILED') || (stack === undefined && status)) {
          throw new Error(`stack ${id}: ${stack?.stack_status_reason ?? 'gone'}`);
        }
        if (stack?.stack_status !== status) continue;
        open.delete(id);
        samples.push(now);
      }
      if (now > PATIENCE) throw new Error(`stacks did not become ${status ?? 'gone'}`);
      if (open.size > 0) await sleep(this.#parts.look);
    }
    return samples;
  }
}

interface ShownStack {
  readonly id: string;
  readonly stack_status: string;
  readonly stack_status_reason: string;
}
