import type { ColumnType, Generated } from 'kysely';

/** Time that PostgreSQL fills in and we read back. */
type Timestamp = ColumnType<Date, Date | undefined, Date>;

/** Something that can be consumed: a host. `generation` counts every change to what it offers or has given. */
export interface ResourceProviderRow {
  id: string;
  name: string;
  generation: Generated<number>;
  parent_id: string | null;
  root_id: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** How much of one resource class a provider has; see the api-ref's "Resource provider inventories". */
export interface InventoryRow {
  provider_id: string;
  resource_class: string;
  total: number;
  reserved: number;
  min_unit: number;
  max_unit: number;
  step_size: number;
  allocation_ratio: number;
  updated_at: Timestamp;
}

/** Who consumes: a server. `generation` guards against two writers of one consumer's allocations. */
export interface ConsumerRow {
  id: string;
  generation: Generated<number>;
  project_id: string;
  user_id: string;
  /** What kind of consumer it is, such as INSTANCE; null: it was never said (before 1.38). */
  consumer_type: string | null;
  created_at: Timestamp;
}

export interface AllocationRow {
  consumer_id: string;
  provider_id: string;
  resource_class: string;
  used: number;
  updated_at: Timestamp;
}

/** Classes that operators made; the standard ones are in `classes/rules.ts`. */
export interface ResourceClassRow {
  name: string;
  updated_at: Timestamp;
}

/** Traits that operators made; the standard ones are in `traits/rules.ts`. */
export interface TraitRow {
  name: string;
  updated_at: Timestamp;
}

export interface ProviderTraitRow {
  provider_id: string;
  trait: string;
}

export interface ProviderAggregateRow {
  provider_id: string;
  aggregate_id: string;
}

/** A type and not an interface: Kysely asks for an index signature. */
export type PlacementTables = {
  'placement.resource_providers': ResourceProviderRow;
  'placement.inventories': InventoryRow;
  'placement.consumers': ConsumerRow;
  'placement.allocations': AllocationRow;
  'placement.resource_classes': ResourceClassRow;
  'placement.traits': TraitRow;
  'placement.provider_traits': ProviderTraitRow;
  'placement.provider_aggregates': ProviderAggregateRow;
};
