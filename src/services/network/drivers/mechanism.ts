import type { NetworkDatabase, NetworkTransaction } from '../tables.ts';

/** What one transaction changed. */
export interface Commit {
  /** The objects whose rows may have changed, made, changed or gone: `port:<uuid>`, `network:<uuid>`, … */
  readonly objects: readonly string[];
}

/**
 * Makes networks real, or lets something else know of them (Neutron's mechanism drivers). Drivers are called in the
 * order of the configuration, for every transaction that changed something, also those of compute's ports.
 */
export interface MechanismDriver {
  readonly name: string;
  /** When the service starts; the database is ready. */
  start?(database: NetworkDatabase): Promise<void>;
  stop?(): Promise<void>;
  /**
   * Inside the transaction, after the rules: may look at what was changed, and refuses it by throwing. Nothing
   * outside the database may be changed here, for the transaction may be tried again or fail.
   */
  precommit?(commit: Commit, transaction: NetworkTransaction): Promise<void>;
  /**
   * After the commit; the reply waits for it. It is in the database, so it cannot fail any more: a driver that
   * throws is logged, and has to find out by itself later (Commit is a hint, the database the truth).
   */
  postcommit?(commit: Commit): Promise<void>;
}
