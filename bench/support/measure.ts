import { sumOf, type FloorKit, type FloorSample, type Step } from './floors.ts';
import { cpuBetween } from './processes.ts';
import { median, quantile } from './statistics.ts';

/** Components whose processor time is ours alone. */
const CONTROL_PLANE = ['control-plane'];
/** Floor samples before and after each batch: enough for a median, little beside the batch. */
const FLOOR_SAMPLES = 15;
/** Bytes of an answer with one object. */
const SMALL = 600;

/** The floor of one kind of request. */
export interface FloorChoice {
  readonly kit: FloorKit;
  readonly steps: readonly Step[];
  /** Bytes of the answer; default an object's. */
  readonly bytes?: number;
}

/** Samples of one kind of request, with the processor time that the cloud spent on them in the end. */
export class Measurement {
  /** Milliseconds, one a request. */
  readonly samples: number[] = [];
  /** Taken right before and after the requests: the machine is shared, and its load changes by the second. */
  readonly floorSamples: FloorSample[] = [];
  readonly #read: () => Promise<ReadonlyMap<string, number>>;
  readonly #floor: FloorChoice | undefined;
  readonly #cpu = new Map<string, number>();

  /** @param read waits until the cloud is quiet and gives its components' processor times; see `quiet` */
  constructor(read: () => Promise<ReadonlyMap<string, number>>, floor?: FloorChoice) {
    this.#read = read;
    this.#floor = floor;
  }

  /**
   * Runs requests one after the other and adds their times; then waits until the cloud has digested them, so that
   * what they cause in northd and ovn-controller is counted, and not as the next kind's.
   */
  async add(requests: () => Promise<readonly number[]>): Promise<void> {
    await this.#sampleFloor();
    const before = await this.#read();
    this.samples.push(...(await requests()));
    const after = await this.#read();
    await this.#sampleFloor();
    for (const name of after.keys())
      this.#cpu.set(name, (this.#cpu.get(name) ?? 0) + cpuBetween(before, after, [name]));
  }

  async #sampleFloor(): Promise<void> {
    if (this.#floor === undefined) return;
    const { kit, steps, bytes } = this.#floor;
    for (let count = 0; count < FLOOR_SAMPLES; count++)
      this.floorSamples.push(await kit.sample(steps, bytes ?? SMALL));
  }

  get p50(): number {
    return quantile(this.samples, 0.5);
  }

  get p95(): number {
    return quantile(this.samples, 0.95);
  }

  get floor(): number {
    return median(this.floorSamples.map(sumOf));
  }

  /** Processor milliseconds a request: of the control plane alone, of all processes, and of each component. */
  get cpu(): {
    readonly control: number;
    readonly all: number;
    readonly by: ReadonlyMap<string, number>;
  } {
    const by = new Map([...this.#cpu].map(([name, sum]) => [name, sum / this.samples.length]));
    const total = (names: Iterable<string>) =>
      [...names].reduce((sum, name) => sum + (by.get(name) ?? 0), 0);
    return { control: total(CONTROL_PLANE), all: total(by.keys()), by };
  }
}
