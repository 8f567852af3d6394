import type { Logger } from '../../../core/log.ts';
import { transact, type Database } from '../../../database/database.ts';
import type { Projector } from '../../../ovn/desired.ts';
import type { OvsdbClient, TablesOf } from '../../../ovn/index.ts';
import type { NetworkTables } from '../tables.ts';
import { chassisOf } from './chassis.ts';
import { placeGateways, type Placement } from './placement.ts';

const RETRY_MILLISECONDS = 1000;

/**
 * Moves gateways when hosts come, go, or get and lose bridges. Level-triggered: every change of Southbound's chassis
 * asks for one comparison of all gateways with what hosts there are.
 */
export class GatewayFollower {
  readonly #database: Database;
  readonly #southbound: OvsdbClient<TablesOf<'OVN_Southbound'>>;
  readonly #projector: Projector;
  readonly #placement: Placement;
  readonly #log: Logger;
  /** The hosts of the last comparison. */
  #seen = '';
  #working: Promise<void> | undefined;
  #again = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #end: (() => void) | undefined;

  constructor(parts: {
    readonly database: Database;
    readonly southbound: OvsdbClient<TablesOf<'OVN_Southbound'>>;
    readonly projector: Projector;
    readonly placement: Placement;
    readonly log: Logger;
  }) {
    this.#database = parts.database;
    this.#southbound = parts.southbound;
    this.#projector = parts.projector;
    this.#placement = parts.placement;
    this.#log = parts.log;
  }

  /** Follows from now on, beginning with a comparison as soon as Southbound is known. */
  start(): void {
    this.#end = this.#southbound.mirror.watch(() => this.#check(), ['Chassis']);
    this.#check();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#end?.();
    clearTimeout(this.#timer);
    await this.#working;
  }

  #check(): void {
    if (this.#stopped || !this.#southbound.mirror.filled) return;
    if (this.#working !== undefined) {
      this.#again = true;
      return;
    }
    this.#working = this.#place().finally(() => {
      this.#working = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.#check();
    });
  }

  async #place(): Promise<void> {
    const hosts = chassisOf(this.#southbound.mirror).map((chassis) => ({
      ...chassis,
      physicalNetworks: [...(chassis.physicalNetworks ?? [])].toSorted(),
      alive: undefined,
    }));
    const seen = JSON.stringify(hosts);
    if (seen === this.#seen) return;
    try {
      const moved = await transact(this.#database, (transaction) =>
        placeGateways(transaction.withTables<NetworkTables>(), this.#placement),
      );
      this.#seen = seen;
      if (moved.length === 0) return;
      this.#log.info({ gateways: moved.length }, 'gateways of routers moved: the hosts changed');
      this.#projector.mark(...moved.map((id) => `port:${id}`));
    } catch (error) {
      this.#log.warn({ err: error }, 'gateways could not be placed; trying again');
      this.#timer = setTimeout(() => this.#check(), RETRY_MILLISECONDS);
      this.#timer.unref();
    }
  }
}
