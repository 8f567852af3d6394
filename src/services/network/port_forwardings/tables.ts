import type { StandardColumns } from '../attributes/standard.ts';

/** Ports of a floating IP that lead to ports of an address inside; both ends of each range are in it. */
export interface PortForwardingsTable extends StandardColumns {
  floatingip_id: string;
  protocol: string;
  external_first: number;
  external_last: number;
  internal_port_id: string;
  internal_ip_address: string;
  internal_first: number;
  internal_last: number;
}

export type PortForwardingTables = { 'network.port_forwardings': PortForwardingsTable };
