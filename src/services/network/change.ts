import type { Transaction } from '../../database/database.ts';
import type { NetworkOptions } from './options.ts';
import type { AddressCursors } from './ports/allocation.ts';
import type { NetworkTables, NetworkTransaction } from './tables.ts';

/** What of a cloud's making the rules depend on. */
export interface Settings {
  readonly options: NetworkOptions;
  /** Largest packet of tenant networks in bytes: what the underlay carries less the Geneve header (58 over IPv4). */
  readonly tunnelMtu: number;
  /** Name of a physical network that hosts bridge (`ovn-bridge-mappings`) → its largest packet in bytes. */
  readonly physicalNetworks: ReadonlyMap<string, number>;
  /** Where the search for a free address goes on, per subnet; a hint that saves time, never the truth. */
  readonly cursors: AddressCursors;
}

/** One transaction's changes, and the owners of Northbound rows that they concern. */
export class Change {
  readonly transaction: NetworkTransaction;
  readonly settings: Settings;
  readonly owners = new Set<string>();
  /** How many objects this transaction counted against quotas. */
  reserved = 0;

  constructor(transaction: Transaction, settings: Settings) {
    this.transaction = transaction.withTables<NetworkTables>();
    this.settings = settings;
  }

  /** These owners' rows may have to change: `port:<uuid>`. */
  touch(...owners: readonly string[]): void {
    for (const owner of owners) this.owners.add(owner);
  }
}
