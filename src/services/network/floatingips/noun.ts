import { sql } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import type { Attributes } from '../attributes/attribute.ts';
import { standardAttributes, standardView, type StandardRow } from '../attributes/standard.ts';
import { computed, ipAddress, oneOf, orNull, uuid } from '../attributes/types.ts';
import type { Noun } from '../collections/noun.ts';

/** A floating IP as it is read. */
export interface FloatingIpRow extends StandardRow {
  readonly floating_network_id: string;
  readonly floating_ip_address: string;
  readonly floating_port_id: string;
  readonly fixed_port_id: string | null;
  readonly fixed_ip_address: string | null;
  readonly router_id: string | null;
  readonly status: 'ACTIVE' | 'DOWN';
  readonly port_details: Record<string, unknown> | null;
}

const { name: _name, ...standard } = standardAttributes;

const attributes = {
  ...standard,
  floating_network_id: { type: uuid, post: true, required: true, column: 'floating_network_id' },
  floating_ip_address: {
    type: orNull(ipAddress),
    post: true,
    adminSets: true,
    initial: null,
    column: 'floating_ip_address',
  },
  subnet_id: { type: orNull(uuid), post: true, initial: null },
  port_id: { type: orNull(uuid), post: true, put: true, column: 'fixed_port_id' },
  fixed_ip_address: { type: orNull(ipAddress), post: true, put: true, column: 'fixed_ip_address' },
  router_id: { type: orNull(uuid), column: 'router_id' },
  status: { type: oneOf('ACTIVE', 'DOWN', 'ERROR'), column: 'status' },
  port_details: {
    type: computed('of the port it leads to'),
    filter: (values) => sql<boolean>`o.fixed_port_id = any(${values.filter(isUuid)}::uuid[])`,
  },
} satisfies Attributes;

export const floatingIpNoun: Noun<FloatingIpRow> = {
  singular: 'floatingip',
  plural: 'floatingips',
  title: 'Floating IP',
  path: '/v2.0/floatingips',
  parameter: 'floatingip_id',
  table: 'network.floatingips',
  attributes,
  columns: sql`o.*, (select json_build_object('name', p.name, 'network_id', p.network_id,
      'mac_address', p.mac_address, 'admin_state_up', p.admin_state_up, 'status', p.status,
      'device_id', p.device_id, 'device_owner', p.device_owner)
    from network.ports p where p.id = o.fixed_port_id) as port_details`,
  view: (row) => {
    const { name: _unnamed, ...view } = standardView(row);
    return {
      ...view,
      floating_network_id: row.floating_network_id,
      floating_ip_address: row.floating_ip_address,
      fixed_ip_address: row.fixed_ip_address,
      port_id: row.fixed_port_id,
      router_id: row.router_id,
      status: row.status,
      port_details: row.port_details,
    };
  },
};
