import type { DesiredRow } from '../../../ovn/desired.ts';
import { routerName } from '../northbound/names.ts';
import { keys } from '../northbound/keys.ts';
import { desiredFloatingQos, type FloatingQosState } from '../qos/desired.ts';
import { desiredPortForwardings, type ForwardingFloatingIp } from '../port_forwardings/desired.ts';

/** What a floating IP's row is made of. */
export interface FloatingIpState extends ForwardingFloatingIp {
  readonly floating_network_id: string;
  readonly fixed_port_id: string | null;
  readonly fixed_ip_address: string | null;
  /** Of the port it leads to. */
  readonly fixed_port_status: string | null;
  /** Whether its router translates on the hosts of servers. */
  readonly distributed: boolean | null;
  /** Hardware address of the floating IP's own port. */
  readonly mac_address: string;
  /** The rules of its QoS policy or of its network's; null when there is none. */
  readonly qos?: FloatingQosState | null;
}

/**
 * An associated floating IP is an address translation on its router's gateway. Without `external_mac` OVN does it on
 * the gateway's host, with it on the server's, which then answers for the address itself: that needs every host to be
 * on the external network, and the server to be on one.
 */
export function desiredFloatingIp(floating: FloatingIpState): DesiredRow[] {
  const { fixed_port_id: portId, fixed_ip_address: fixedIp, router_id: routerId } = floating;
  if (portId === null || fixedIp === null || routerId === null) {
    return desiredPortForwardings(floating);
  }
  const isDistributed = floating.distributed === true && floating.fixed_port_status === 'ACTIVE';
  return [
    {
      table: 'NAT',
      key: keys.floatingNat(floating.id),
      columns: {
        type: 'dnat_and_snat',
        external_ip: floating.floating_ip_address,
        logical_ip: fixedIp,
        logical_port: [portId],
        external_mac: isDistributed ? [floating.mac_address] : [],
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
    ...desiredFloatingQos(floating, isDistributed ? portId : undefined),
  ];
}
