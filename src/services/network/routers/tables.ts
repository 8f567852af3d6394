import type { Generated } from 'kysely';

/** One gateway of a router: its port, its place among the router's, and the hosts that it may be on. */
export interface RouterGatewaysTable {
  port_id: string;
  router_id: string;
  position: number;
  /** The preferred first. */
  chassis: Generated<string[]>;
  /** Zones of those hosts. */
  zones: Generated<string[]>;
}

export type RouterTables = { 'network.router_gateways': RouterGatewaysTable };
