import type { DesiredRow } from '../../../ovn/desired.ts';
import { routerName, switchName } from '../northbound/names.ts';
import { lengthOf } from './ranges.ts';

/** One forwarding, as its floating IP's rows are made of it. */
export interface ForwardingState {
  readonly protocol: 'tcp' | 'udp';
  readonly external_first: number;
  readonly external_last: number;
  readonly internal_ip_address: string;
  readonly internal_first: number;
  readonly internal_last: number;
}

/** What of a floating IP its forwardings need. */
export interface ForwardingFloatingIp {
  readonly id: string;
  readonly revision_number: number;
  readonly floating_ip_address: string;
  readonly router_id: string | null;
  readonly port_forwardings: readonly ForwardingState[];
  /** Networks of the router's interfaces: servers there reach the floating IP too. */
  readonly internal_networks: readonly string[];
}

export const loadBalancerName = (floatingIpId: string, protocol: string): string =>
  `pf-floatingip-${floatingIpId}-${protocol}`;

/** A floating IP's forwardings are a load balancer for each protocol, with one virtual address for each port. */
export function desiredPortForwardings(floating: ForwardingFloatingIp): DesiredRow[] {
  const { router_id: routerId, floating_ip_address: address } = floating;
  if (routerId === null) return [];
  const rows: DesiredRow[] = [];
  for (const protocol of ['tcp', 'udp'] as const) {
    const own = floating.port_forwardings.filter((each) => each.protocol === protocol);
    if (own.length === 0) continue;
    const name = loadBalancerName(floating.id, protocol);
    rows.push({
      table: 'Load_Balancer',
      key: name,
      columns: {
        name,
        protocol: [protocol],
        vips: Object.fromEntries(own.flatMap((forwarding) => addressesOf(address, forwarding))),
        external_ids: {
          'neutron:device_owner': 'port_forwarding_plugin',
          'neutron:fip_id': floating.id,
          'neutron:router_name': routerName(routerId),
          'neutron:revision_number': String(floating.revision_number),
        },
      },
      parents: [
        { table: 'Logical_Router', key: routerName(routerId), column: 'load_balancer' },
        ...floating.internal_networks.map((id) => ({
          table: 'Logical_Switch',
          key: switchName(id),
          column: 'load_balancer',
        })),
      ],
    });
  }
  return rows;
}

/** Port by port; where inside there is one port for many outside, all lead to it. */
function addressesOf(address: string, forwarding: ForwardingState): [string, string][] {
  const { external_first: outside, internal_first: inside, internal_last: last } = forwarding;
  const step = last > inside ? 1 : 0;
  const length = lengthOf({ first: outside, last: forwarding.external_last });
  return Array.from({ length }, (_, index) => [
    `${address}:${outside + index}`,
    `${forwarding.internal_ip_address}:${inside + index * step}`,
  ]);
}
