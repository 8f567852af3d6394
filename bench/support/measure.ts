import { cpuBetween, quiet } from './processes.ts';
import { quantile } from './statistics.ts';

/** Components whose processor time is ours alone. */
const CONTROL_PLANE = ['control-plane'];

/** Samples of one kind of request, with the processor time that the cloud spent on them in the end. */
export class Measurement {
  /** Milliseconds, one a request. */
  readonly samples: number[] = [];
  #allCpu = 0;
  #controlCpu = 0;

  /**
   * Runs requests one after the other and adds their times; then waits until the cloud has digested them, so that
   * what they cause in northd and ovn-controller is counted, and not as the next kind's.
   */
  async add(home: string, requests: () => Promise<readonly number[]>): Promise<void> {
    const before = await quiet(home);
    this.samples.push(...(await requests()));
    const after = await quiet(home);
    this.#allCpu += cpuBetween(before, after);
    this.#controlCpu += cpuBetween(before, after, CONTROL_PLANE);
  }

  get p50(): number {
    return quantile(this.samples, 0.5);
  }

  get p95(): number {
    return quantile(this.samples, 0.95);
  }

  /** Processor milliseconds a request: of the control plane alone, and of all processes of the cloud. */
  get cpu(): { readonly control: number; readonly all: number } {
    const count = this.samples.length;
    return { control: this.#controlCpu / count, all: this.#allCpu / count };
  }
}
