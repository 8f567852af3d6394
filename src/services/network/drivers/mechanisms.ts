import type { Logger } from '../../../core/log.ts';
import type { Change } from '../change.ts';
import type { NetworkDatabase } from '../tables.ts';
import type { MechanismDriver } from './mechanism.ts';

/** All mechanism drivers, called one after the other. */
export class Mechanisms {
  readonly #drivers: readonly MechanismDriver[];
  readonly #log: Logger;

  constructor(drivers: readonly MechanismDriver[], log: Logger) {
    this.#drivers = drivers;
    this.#log = log;
  }

  async start(database: NetworkDatabase): Promise<void> {
    for (const driver of this.#drivers) await driver.start?.(database);
  }

  async stop(): Promise<void> {
    for (const driver of this.#drivers.toReversed()) await driver.stop?.();
  }

  /** Fails when a driver refuses the change. */
  async precommit(change: Change): Promise<void> {
    if (change.owners.size === 0) return;
    const commit = { objects: [...change.owners] };
    for (const driver of this.#drivers) await driver.precommit?.(commit, change.transaction);
  }

  /** Never fails: what is committed cannot be refused. */
  async postcommit(owners: Iterable<string>): Promise<void> {
    const commit = { objects: [...owners] };
    if (commit.objects.length === 0) return;
    await Promise.all(
      this.#drivers.map(async (driver) => {
        try {
          await driver.postcommit?.(commit);
        } catch (error) {
          this.#log.error({ err: error, driver: driver.name }, 'a mechanism driver failed');
        }
      }),
    );
  }
}
