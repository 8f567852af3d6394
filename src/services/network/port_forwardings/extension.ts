import { sql } from 'kysely';
import { computed } from '../attributes/types.ts';
import type { Extension } from '../drivers/extension.ts';
import { namedRows } from '../northbound/rows.ts';
import { portForwardingOperations } from './api.ts';
import { portForwardingNoun, type PortForwardingRow } from './noun.ts';

/** Ports of floating IPs that lead to ports of servers. Their rows belong to the floating IP. */
export const portForwardings: Extension = {
  name: 'port forwardings',
  aliases: [
    {
      alias: 'floating-ip-port-forwarding',
      name: 'Floating IP Port Forwarding',
      description: 'Ports of floating IPs that lead to ports inside',
    },
    {
      alias: 'floating-ip-port-forwarding-description',
      name: 'Floating IP Port Forwarding new attribute description',
      description: 'Descriptions of port forwardings',
    },
    {
      alias: 'floating-ip-port-forwarding-detail',
      name: 'Floating IP port forwarding detail',
      description: 'Ids of port forwardings and their ports in floating IPs',
    },
    {
      alias: 'floating-ip-port-forwarding-port-ranges',
      name: 'Floating IP Port Forwarding support port ranges',
      description: 'Many ports at once',
    },
    {
      alias: 'expose-port-forwarding-in-fip',
      name: 'Expose Floating IP port forwardings',
      description: 'Port forwardings in floating IPs',
    },
  ],
  operations: portForwardingOperations,
  additions: [
    {
      noun: 'floatingip',
      attributes: { port_forwardings: { type: computed('port forwardings') } },
      columns: sql`(select coalesce(json_agg(f order by f.created_at, f.id), '[]')
        from (select w.*, host(w.internal_ip_address) as internal_ip_address
          from network.port_forwardings w where w.floatingip_id = o.id) f) as port_forwardings`,
      view: (row: { port_forwardings: PortForwardingRow[] }) => ({
        port_forwardings: row.port_forwardings.map((forwarding) => {
          const {
            description: _long,
            external_port_range: _outside,
            internal_port_range: _inside,
            ...rest
          } = portForwardingNoun.view(forwarding);
          return rest;
        }),
      }),
    },
  ],
  rows: [namedRows('Load_Balancer', 'floatingip', 'pf-floatingip-', '-(tcp|udp)$')],
  memberships: [
    { table: 'Logical_Router', column: 'load_balancer', child: 'Load_Balancer' },
    { table: 'Logical_Switch', column: 'load_balancer', child: 'Load_Balancer' },
  ],
};
