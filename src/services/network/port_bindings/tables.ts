import type { Generated, JSONColumnType } from 'kysely';

/** Bindings that are not active: where the port may move to. */
export interface PortBindingsTable {
  port_id: string;
  host: string;
  vnic_type: string;
  profile: JSONColumnType<Record<string, unknown>, string, string>;
  created_at: Generated<Date>;
}

export type PortBindingTables = { 'network.port_bindings': PortBindingsTable };
