import type { DesiredRow } from '../../../ovn/desired.ts';
import { routerName } from '../northbound/names.ts';
import { keys } from '../northbound/keys.ts';

/** What a floating IP's row is made of. */
export interface FloatingIpState {
  readonly id: string;
  readonly revision_number: number;
  readonly floating_network_id: string;
  readonly floating_ip_address: string;
  readonly fixed_port_id: string | null;
  readonly fixed_ip_address: string | null;
  readonly router_id: string | null;
  /** Hardware address of the floating IP's own port. */
  readonly mac_address: string;
}

/**
 * An associated floating IP is an address translation on its router's gateway. Without `external_mac` OVN does it
 * on the gateway's host, with it on the server's: that would need every host to be on the external network.
 */
export function desiredFloatingIp(floating: FloatingIpState): DesiredRow[] {
  const { fixed_port_id: portId, fixed_ip_address: fixedIp, router_id: routerId } = floating;
  if (portId === null || fixedIp === null || routerId === null) return [];
  return [
    {
      table: 'NAT',
      key: keys.floatingNat(floating.id),
      columns: {
        type: 'dnat_and_snat',
        external_ip: floating.floating_ip_address,
        logical_ip: fixedIp,
        logical_port: [portId],
        external_mac: [],
        external_ids: {
          'neutron:fip_id': floating.id,
          'neutron:revision_number': String(floating.revision_number),
          'neutron:fip_port_id': portId,
          'neutron:fip_external_mac': floating.mac_address,
          'neutron:fip_network_id': floating.floating_network_id,
          'neutron:router_name': routerName(routerId),
        },
      },
      parents: [{ table: 'Logical_Router', key: routerName(routerId), column: 'nat' }],
    },
  ];
}
