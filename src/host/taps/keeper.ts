import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { update, type Operation, type Ovenbird, type OvsdbClient } from '../../ovn/index.ts';
import { Passes } from '../passes.ts';
import type { Switch } from '../ports/switch.ts';
import { tapWish } from '../rows.ts';
import { mirrorOperations, mirrorsOf } from './mirrors.ts';
import { planOf, type TapReport } from './plan.ts';

/**
 * Keeps the mirrors of this host's bridge as its `Tap_Flow` rows say, and tells in the rows what became of them. One
 * pass at a time, over all of them; what fails is tried again.
 */
export class TapKeeper {
  readonly #client: OvsdbClient<Ovenbird>;
  readonly #host: string;
  readonly #switch: Switch;
  readonly #trusted: () => boolean;
  readonly #log: Logger;
  readonly #passes = new Passes(() => this.#tried());

  constructor(
    client: OvsdbClient<Ovenbird>,
    host: string,
    bridge: Switch,
    trusted: () => boolean,
    log: Logger,
  ) {
    this.#client = client;
    this.#host = host;
    this.#switch = bridge;
    this.#trusted = trusted;
    this.#log = log;
  }

  /** Rows, ports or mirrors may have changed. */
  look(): void {
    this.#passes.look();
  }

  /** Ends; mirrors stay for the next agent. */
  close(): Promise<void> {
    return this.#passes.close();
  }

  async #tried(): Promise<boolean> {
    try {
      await this.#pass();
      return true;
    } catch (error) {
      if (!this.#passes.closed)
        this.#log.warn({ reason: messageOf(error) }, 'tap flows are not in place yet');
      return false;
    }
  }

  async #pass(): Promise<void> {
    // A database that is being filled again must not end anybody's mirrors.
    if (!this.#trusted()) return;
    const rows = this.#client.mirror.table('Tap_Flow').find('host', this.#host);
    if (rows.length === 0 && mirrorsOf(this.#switch).ours.length === 0) return;
    const uuids = this.#switch.logicalPorts();
    const { mirrors, reports } = planOf(
      rows.map(tapWish),
      (portId) => uuids.get(portId),
      mirrorsOf(this.#switch).others,
    );
    const operations = mirrorOperations(this.#switch, mirrors);
    // Only what vswitchd has carried out is told: what it did not answer for is not known after a failure.
    if (operations.length > 0 || this.#passes.failed) await this.#switch.carryOut(operations);
    await this.#tell(rows, reports);
  }

  async #tell(
    rows: readonly Ovenbird['Tap_Flow'][],
    reports: ReadonlyMap<string, TapReport>,
  ): Promise<void> {
    const operations: Operation[] = [];
    for (const row of rows) {
      const report = reports.get(row.id);
      if (report === undefined) continue;
      const message = report.message === undefined ? [] : [report.message];
      if (row.state[0] === report.state && row.message[0] === message[0]) continue;
      // By id: a row that has gone meanwhile is then no failure of the others.
      operations.push(
        update('Tap_Flow', [['id', '==', row.id]], { state: [report.state], message }),
      );
    }
    if (operations.length > 0) await this.#client.transact(operations);
  }
}
