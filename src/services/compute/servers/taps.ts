import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import type { Database } from '../../../database/database.ts';
import type { Ovenbird, OvsdbClient, Projector } from '../../../ovn/index.ts';
import type { NetworkService } from '../../network/index.ts';
import { tapFlowOwner } from './projection.ts';

const RETRY_MILLISECONDS = 1_000;

/** What hosts have reported of tap flows. */
function statusesOf(rows: Iterable<Ovenbird['Tap_Flow']>): Map<string, 'ACTIVE' | 'ERROR'> {
  const statuses = new Map<string, 'ACTIVE' | 'ERROR'>();
  for (const { id, state } of rows) {
    if (state[0] === 'active') statuses.set(id, 'ACTIVE');
    else if (state[0] === 'error') statuses.set(id, 'ERROR');
  }
  return statuses;
}

/**
 * Between the network service's tap flows and the hosts that make them: has hosts told, and the network service of
 * what they report. Each report is of all flows, so none that was missed matters.
 */
export class TapFollower {
  readonly #database: Database;
  readonly #network: Pick<NetworkService, 'onTapFlows' | 'tapFlowsSeen'>;
  readonly #ovenbird: OvsdbClient<Ovenbird>;
  readonly #projector: Pick<Projector, 'mark'>;
  readonly #log: Logger;
  readonly #ends: (() => void)[] = [];
  #writing: Promise<void> | undefined;
  #again = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(dependencies: {
    readonly database: Database;
    readonly network: Pick<NetworkService, 'onTapFlows' | 'tapFlowsSeen'>;
    readonly ovenbird: OvsdbClient<Ovenbird>;
    readonly projector: Pick<Projector, 'mark'>;
    readonly log: Logger;
  }) {
    this.#database = dependencies.database;
    this.#network = dependencies.network;
    this.#ovenbird = dependencies.ovenbird;
    this.#projector = dependencies.projector;
    this.#log = dependencies.log;
  }

  /** The mirror of `Ovenbird` must be filled. */
  start(): void {
    this.#ends.push(
      this.#network.onTapFlows((ids) => this.#projector.mark(...ids.map(tapFlowOwner))),
      this.#ovenbird.mirror.watch(() => this.#report(), ['Tap_Flow']),
    );
    this.#report();
  }

  async stop(): Promise<void> {
    for (const end of this.#ends.splice(0)) end();
    clearTimeout(this.#timer);
    this.#again = false;
    await this.#writing;
  }

  #report(): void {
    clearTimeout(this.#timer);
    this.#again = true;
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  async #write(): Promise<void> {
    while (this.#again) {
      this.#again = false;
      try {
        const rows = this.#ovenbird.mirror.table('Tap_Flow').rows();
        await this.#network.tapFlowsSeen(this.#database, statusesOf(rows));
      } catch (error) {
        this.#log.warn({ reason: messageOf(error) }, 'status of tap flows could not be written');
        this.#timer = setTimeout(() => this.#report(), RETRY_MILLISECONDS);
        this.#timer.unref();
      }
    }
  }
}
