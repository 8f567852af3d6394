import type { Fault } from '../../../core/errors.ts';
import type { NetworkOptions } from '../options.ts';

/** A piece of a network as somebody asks for it; what is null, the type driver chooses. */
export interface SegmentRequest {
  readonly network_type: string;
  /** Name of a physical network: what hosts have a bridge for (`ovn-bridge-mappings`). */
  readonly physical_network: string | null;
  /** VLAN id, VNI and the like. */
  readonly segmentation_id: number | null;
}

/** Numbers from `minimum` to `maximum`, both included, on a physical network (null: on none). */
export interface NumberRange {
  readonly physical_network: string | null;
  readonly minimum: number;
  readonly maximum: number;
}

/** What a type driver takes numbers from, inside the transaction: what it took is taken when that commits. */
export interface SegmentNumbers {
  /** Takes exactly this; false when another network has it. */
  take(physicalNetwork: string | null, number: number | null): Promise<boolean>;
  /**
   * Takes a free number of the ranges that the project may use, one that was not used recently. Undefined when
   * there is none.
   */
  takeFree(physicalNetwork: string | null): Promise<number | undefined>;
  /** The physical networks that have ranges for the project. */
  physicalNetworks(): Promise<readonly string[]>;
}

/** Where a network's packets travel. */
export interface Place {
  readonly physical_network: string | null;
  readonly segmentation_id: number | null;
}

/**
 * A kind of network: `provider:network_type`, `network_type` of segments (Neutron's type drivers). The kinds there
 * are is said by the option `type_drivers`.
 */
export interface TypeDriver {
  /** The value of `provider:network_type`. */
  readonly name: string;
  /** Whether a segment of this type is on a physical network. */
  readonly physicalNetwork: 'none' | 'may' | 'must';
  /** The numbers that there can be at all; undefined: its segments have none. */
  readonly numbers?: { readonly minimum: number; readonly maximum: number };
  /** Ranges of the configuration, from which networks get a number when nobody says which. */
  readonly ranges?: readonly NumberRange[];
  /** Refuses (`InvalidInput`) what the members above allow and this type does not. `known`: those with ranges. */
  check?(request: SegmentRequest, known: readonly string[]): void;
  /** Takes the place asked for, or one that is free. Undefined when it is taken, or none is free. */
  take(request: SegmentRequest, numbers: SegmentNumbers): Promise<Place | undefined>;
  /** What to say when the place asked for is taken. */
  inUse(request: SegmentRequest): Fault;
  /** Largest packet in bytes; undefined: as large as everywhere. */
  mtu(physicalNetwork: string | null): number | undefined;
}

/** Makes a type driver of the service's options. */
export type TypeDriverMaker = (options: NetworkOptions) => TypeDriver;
