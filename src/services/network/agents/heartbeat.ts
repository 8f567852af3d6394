import type { Logger } from '../../../core/log.ts';
import { mutate, type OvsdbClient, type TablesOf } from '../../../ovn/index.ts';

/** Two may be missed before an agent counts as dead. */
const PERIOD_MILLISECONDS = 30_000;

/**
 * Asks every chassis now and then whether it is there: northd passes Northbound's `nb_cfg` on to Southbound, and
 * each ovn-controller writes the newest one it has seen, with the time, into its row of Chassis_Private.
 */
export class Heartbeat {
  readonly #northbound: OvsdbClient<TablesOf<'OVN_Northbound'>>;
  readonly #log: Logger;
  #timer: NodeJS.Timeout | undefined;

  constructor(northbound: OvsdbClient<TablesOf<'OVN_Northbound'>>, log: Logger) {
    this.#northbound = northbound;
    this.#log = log;
  }

  start(): void {
    void this.#ask();
    this.#timer = setInterval(() => void this.#ask(), PERIOD_MILLISECONDS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #ask(): Promise<void> {
    try {
      await this.#northbound.transact([mutate('NB_Global', [], ['nb_cfg', '+=', 1])], {
        timeoutMilliseconds: PERIOD_MILLISECONDS / 2,
      });
    } catch (error) {
      this.#log.warn({ err: error }, 'chassis could not be asked whether they are there');
    }
  }
}
