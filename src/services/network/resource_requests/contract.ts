import type { Transaction } from '../../../database/database.ts';

/** Resources that one provider below a host must give alone, as `resource_request` of a port shows them. */
export interface RequestGroup {
  readonly id: string;
  /** Traits of that provider. */
  readonly required: readonly string[];
  /** By resource class. */
  readonly resources: Readonly<Record<string, number>>;
}

/** What a server with a port needs of its host (Neutron's `port-resource-request-groups`). */
export interface ResourceRequest {
  readonly request_groups: readonly RequestGroup[];
  /** Groups whose providers stand at or below one of them. */
  readonly same_subtree: readonly string[];
}

/** What a chassis tells of the bandwidth of its physical networks. */
export interface ChassisBandwidths {
  readonly chassis: string;
  readonly hostname: string;
  readonly bridges: readonly {
    readonly bridge: string;
    /** Name of the host whose servers may have it; undefined: the chassis' own. */
    readonly hypervisor: string | undefined;
    /** By resource class, with the members of placement's inventories. */
    readonly inventories: Readonly<
      Record<
        string,
        {
          readonly total: number;
          readonly reserved: number;
          readonly min_unit: number;
          readonly max_unit: number;
          readonly step_size: number;
          readonly allocation_ratio: number;
        }
      >
    >;
    readonly traits: readonly string[];
  }[];
  /** What could not be read, in sentences. */
  readonly faults: readonly string[];
}

/** Who counts what servers have taken: placement, as far as the network service needs it. */
export interface AllocationKeeper {
  /** Changes what a server has by these amounts, by provider and class; nothing happens when it has nothing. */
  adjust(
    transaction: Transaction,
    consumerId: string,
    changes: Readonly<Record<string, Readonly<Record<string, number>>>>,
  ): Promise<
    | { readonly fits: true }
    | {
        readonly fits: false;
        readonly shortages: readonly { readonly resourceClass: string; readonly reason: string }[];
      }
  >;
}
