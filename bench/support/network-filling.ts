import { progress } from './context.ts';
import type { Measurement } from './measure.ts';
import type { NetworkTarget } from './network-target.ts';
import { met, type Cell } from './table.ts';

/** What was measured: `cells` hold count, milliseconds, and processor milliseconds of ours, northd and all. */
const cellsOf = (count: number, milliseconds: number, { cpu }: Measurement): Cell[] => [
  count,
  milliseconds,
  cpu.control,
  cpu.by.get('northd') ?? 0,
  cpu.all,
];

/** A network that is filled with ports step by step, and what was measured on the way. */
export class Filling {
  readonly rows: Cell[][] = [];
  /** Ports present → creations of one more. */
  readonly growth = new Map<number, Measurement>();
  readonly #target: NetworkTarget;
  readonly #networkId: string;
  #present: number;

  private constructor(target: NetworkTarget, networkId: string, present: number) {
    this.#target = target;
    this.#networkId = networkId;
    this.#present = present;
  }

  /** Begins with an empty network. */
  static async begin(target: NetworkTarget, cidr: string): Promise<Filling> {
    const { id } = await target.network(cidr);
    // A network with DHCP has a port of its own.
    const { ports } = await target.ask('GET', `/ports?network_id=${id}&fields=id`);
    return new Filling(target, id, ports.length);
  }

  /** Makes ports until the network has so many, `each` in a request, and waits until Northbound has them. */
  async fill(wanted: number, each: number, limit?: number): Promise<void> {
    const count = wanted - this.#present;
    const title = `${count} ports ${each === 1 ? 'one by one' : `in bulk of ${each}`}`;
    progress(`network: ${title}`);
    const target = this.#target;
    const measurement = target.measurement();
    const before = (await target.northboundPorts()) ?? 0;
    let milliseconds = 0;
    await measurement.add(async () => {
      const begin = performance.now();
      for (; this.#present < wanted; this.#present += Math.min(each, wanted - this.#present)) {
        await target.bulk(this.#networkId, Math.min(each, wanted - this.#present));
      }
      await target.arrived(before + count);
      milliseconds = performance.now() - begin;
      // So that processor time is that of one port.
      return Array.from({ length: count }, () => milliseconds / count);
    });
    this.#row(title, cellsOf(count, milliseconds, measurement), limit);
  }

  /** Lists all of the network's ports. */
  async list(times: number, limit?: number): Promise<void> {
    const query = `/ports?network_id=${this.#networkId}`;
    const { ports } = await this.#target.ask('GET', query);
    const title = `GET ports, a list of ${(ports as unknown[]).length}`;
    progress(`network: ${title}`);
    const measurement = this.#target.measurement();
    await measurement.add(async () => {
      const samples: number[] = [];
      for (let index = 0; index < times; index++) {
        samples.push((await this.#target.call('GET', query)).milliseconds);
      }
      return samples;
    });
    this.#row(title, cellsOf(times, measurement.p50, measurement), limit);
  }

  /** Makes single ports beside those that are there, and takes them away again. */
  async oneMore(times: number): Promise<void> {
    const present = this.#present;
    progress(`network: one more port beside ${present}`);
    const measurement = this.#target.measurement();
    const made: string[] = [];
    await measurement.add(async () => {
      const samples: number[] = [];
      for (let index = 0; index < times; index++) {
        const { milliseconds, text } = await this.#target.call('POST', '/ports', {
          port: { network_id: this.#networkId },
        });
        samples.push(milliseconds);
        made.push((JSON.parse(text) as { port: { id: string } }).port.id);
      }
      return samples;
    });
    await this.#target.remove(...made.map((port) => `ports/${port}`));
    this.growth.set(present, measurement);
    this.#row(`POST port beside ${present}`, cellsOf(times, measurement.p50, measurement));
  }

  #row(title: string, cells: readonly Cell[], limit?: number): void {
    const target = limit === undefined ? ['', ''] : [`≤ ${limit} ms`, met(Number(cells[1]), limit)];
    this.rows.push([title, ...cells, ...target]);
  }
}
