/**
 * Placement: what hosts offer (inventories) and who has taken how much of it (allocations).
 * Over HTTP it is OpenStack's placement API; compute calls it inside its own transaction.
 */
import type { Database, Transaction } from '../../database/database.ts';
import type { Service } from '../operation.ts';
import { aggregateOperations } from './aggregates/api.ts';
import { changeMembership } from './aggregates/model.ts';
import { allocationOperations } from './allocations/api.ts';
import { adjustAllocations } from './allocations/adjust.ts';
import type { Consumer } from './allocations/consumers.ts';
import { handOver } from './allocations/hand-over.ts';
import {
  releaseAllocations,
  replaceAllocations,
  type AllocationResult,
  type Claim,
  type Resources,
} from './allocations/replace.ts';
import { candidateOperations } from './candidates/api.ts';
import { findFit, type Fit, type GranularGroup } from './candidates/fit.ts';
import { classOperations } from './classes/api.ts';
import { inventoryOperations } from './inventories/api.ts';
import { placementMicroversions } from './microversions.ts';
import { providerOperations } from './providers/api.ts';
import { ensureProvider, providersWithUsage, removeTree } from './providers/model.ts';
import type { ProviderOffer, ProviderUsage } from './providers/model.ts';
import { ensureBranch, type NestedOffer } from './providers/nested.ts';
import { reshaperOperations } from './reshaper/api.ts';
import { traitOperations } from './traits/api.ts';
import { usageOperations } from './usages/api.ts';

export { STANDARD_CLASSES } from './classes/rules.ts';
export { STANDARD_TRAITS } from './traits/standard.ts';
export { placementSchema } from './migrations.ts';
export { placementMicroversions } from './microversions.ts';
export type { Consumer } from './allocations/consumers.ts';
export type { AllocationResult, Claim, Resources, Shortage } from './allocations/replace.ts';
export type { Fit, GranularGroup } from './candidates/fit.ts';
export type { Inventory } from './inventories/model.ts';
export type { ProviderOffer, ProviderUsage } from './providers/model.ts';
export type { NestedOffer } from './providers/nested.ts';

export interface PlacementService extends Service {
  /**
   * Gives the consumer these resources, in place of those it had, inside the caller's transaction. The providers'
   * rows stay locked until it ends, so two transactions never give away the same thing; nothing is written and
   * the shortages are named when it does not fit.
   */
  allocate(
    transaction: Transaction,
    consumer: Consumer,
    wanted: Readonly<Record<string, Resources>>,
  ): Promise<AllocationResult>;
  /** The same for several consumers, all or none. */
  allocateAll(transaction: Transaction, claims: readonly Claim[]): Promise<AllocationResult>;
  /**
   * Changes what a consumer has by these amounts, inside the caller's transaction, as `allocate` would; negative ones
   * are given back. Nothing happens when the consumer has nothing.
   */
  adjust(
    transaction: Transaction,
    consumerId: string,
    changes: Readonly<Record<string, Resources>>,
  ): Promise<AllocationResult>;
  /** See `findFit`. */
  findFit(
    database: Database | Transaction,
    rootId: string,
    resources: Resources,
    groups: readonly GranularGroup[],
    how?: Parameters<typeof findFit>[4],
  ): Promise<Fit | undefined>;
  /** Takes back all that the consumer has; nothing happens when it has nothing. */
  release(transaction: Transaction, consumerId: string): Promise<void>;
  /** Gives all that one consumer has to another, in place of what that had; see `handOver`. */
  handOver(transaction: Transaction, fromId: string, to: Consumer): Promise<void>;
  /** A provider joins an aggregate or leaves it; nothing happens when there is no such provider. */
  changeMembership(
    transaction: Transaction,
    providerId: string,
    aggregateId: string,
    isMember: boolean,
  ): Promise<void>;
  /** Every provider with what it offers, what is taken, its traits and aggregates. */
  providersWithUsage(database: Database | Transaction): Promise<ProviderUsage[]>;
  /** Makes the provider and its inventories be as given; classes that are not named and unused are removed. */
  ensureProvider(database: Database, offer: ProviderOffer): Promise<void>;
  /** Makes a branch of providers below a root be as given; see `ensureBranch`. */
  ensureBranch(database: Database, rootId: string, branch: NestedOffer): Promise<boolean>;
  /** Removes a provider with all below it; fails when something of it is taken. Nothing happens when there is none. */
  removeProvider(transaction: Transaction, id: string): Promise<void>;
}

export function createPlacementService({ database }: { database: Database }): PlacementService {
  return {
    name: 'placement',
    microversions: placementMicroversions,
    operations: [
      ...providerOperations(database),
      ...inventoryOperations(database),
      ...aggregateOperations(database),
      ...allocationOperations(database),
      ...usageOperations(database),
      ...traitOperations(database),
      ...classOperations(database),
      ...candidateOperations(database),
      ...reshaperOperations(database),
    ],
    allocate: (transaction, consumer, wanted) =>
      replaceAllocations(transaction, [{ consumer, wanted }]),
    allocateAll: replaceAllocations,
    adjust: adjustAllocations,
    findFit,
    async release(transaction, consumerId) {
      await releaseAllocations(transaction, consumerId);
    },
    handOver,
    changeMembership,
    providersWithUsage,
    ensureProvider,
    ensureBranch,
    removeProvider: removeTree,
  };
}
