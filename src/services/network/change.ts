import type { Transaction } from '../../database/database.ts';
import type { NetworkOptions } from './options.ts';
import type { AddressCursors } from './ports/allocation.ts';
import type { AllocationKeeper } from './resource_requests/contract.ts';
import type { Chassis } from './routers/chassis.ts';
import type { NetworkTypes } from './segments/types/registry.ts';
import type { NetworkTables, NetworkTransaction } from './tables.ts';

/** What of a cloud's making the rules depend on. */
export interface Settings {
  readonly options: NetworkOptions;
  /** The kinds of networks there can be. */
  readonly types: NetworkTypes;
  /** Where the search for a free address goes on, per subnet; a hint that saves time, never the truth. */
  readonly cursors: AddressCursors;
  /** The hosts there are now: gateways of routers are given to some of them. */
  readonly chassis: () => readonly Chassis[];
  /** Who counts what servers have taken; undefined: nobody. */
  readonly allocations?: AllocationKeeper;
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
