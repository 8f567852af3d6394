import type { DesiredRow } from '../../../ovn/desired.ts';
import { gatewayChassisName, routerName, routerPortName, switchName } from '../northbound/names.ts';
import {
  addressesWithLength,
  externalIds,
  onSwitch,
  type PortState,
  type PortStateAddress,
} from '../ports/desired.ts';

/** What a router's port is made of beside what every port is. */
export interface RouterPortState extends PortState {
  readonly router_id: string;
  /** Kind of the port's network. */
  readonly network_type: string;
  /** Hosts that a gateway may be on, the preferred one first; null for interfaces. */
  readonly gateway_chassis: readonly string[] | null;
  /** Kinds of the networks of the router's interfaces. */
  readonly internal_types: readonly string[];
  /** Whether the router translates floating IPs on the hosts of their servers. */
  readonly distributed: boolean;
}

/**
 * A router's port is a port of the switch and one of the router, joined. A gateway to a network without subnets waits
 * for its address: OVN has no router's port without one.
 */
export function desiredRouterPort(port: RouterPortState): DesiredRow[] {
  return [switchPort(port), ...(port.addresses.length === 0 ? [] : routerPort(port))];
}

const isGateway = (port: PortState): boolean => port.device_owner === 'network:router_gateway';

const isPhysical = (type: string): boolean => type === 'vlan' || type === 'flat';

function switchPort(port: RouterPortState): DesiredRow {
  return {
    table: 'Logical_Switch_Port',
    key: port.id,
    columns: {
      name: port.id,
      type: 'router',
      enabled: [port.admin_state_up],
      addresses: ['router'],
      port_security: [],
      options: {
        'router-port': routerPortName(port.id),
        // The gateway announces itself and the floating IPs behind it.
        ...(isGateway(port)
          ? { 'nat-addresses': 'router', 'exclude-lb-vips-from-garp': 'true' }
          : {}),
      },
      dhcpv4_options: [],
      dhcpv6_options: [],
      external_ids: externalIds(port),
    },
    parents: [onSwitch(port)],
  };
}

function routerPort(port: RouterPortState): DesiredRow[] {
  const name = routerPortName(port.id);
  const v6 = port.addresses.filter(({ ip_version }) => ip_version === 6);
  const rows: DesiredRow[] = [
    {
      table: 'Logical_Router_Port',
      key: name,
      columns: {
        name,
        mac: port.mac_address,
        networks: addressesWithLength(port),
        enabled: [port.admin_state_up],
        options: routerPortOptions(port),
        ipv6_ra_configs:
          v6.length === 0 || isGateway(port) ? {} : routerAdvertisement(port, v6[0]!),
        external_ids: {
          'neutron:revision_number': String(port.revision_number),
          'neutron:subnet_ids': port.addresses.map(({ subnet_id }) => subnet_id).join(' '),
          'neutron:network_name': switchName(port.network_id),
          'neutron:router_name': port.router_id,
          'neutron:is_ext_gw': isGateway(port) ? 'True' : 'False',
        },
      },
      parents: [{ table: 'Logical_Router', key: routerName(port.router_id), column: 'ports' }],
    },
  ];
  const gateways = port.gateway_chassis ?? [];
  gateways.forEach((chassis, index) => {
    const key = gatewayChassisName(port.id, chassis);
    rows.push({
      table: 'Gateway_Chassis',
      key,
      columns: { name: key, chassis_name: chassis, priority: gateways.length - index },
      parents: [{ table: 'Logical_Router_Port', key: name, column: 'gateway_chassis' }],
    });
  });
  return rows;
}

/**
 * Where packets of networks on physical networks are routed. Their hosts could route themselves, but what then leaves
 * has the router's hardware address on several hosts at once; so the gateway's host does it, except with distributed
 * floating IPs where all networks are physical: then the gateway's packets go over the wire instead of a tunnel.
 */
function routerPortOptions(port: RouterPortState): Record<string, string> {
  const { distributed } = port;
  const allPhysical = port.internal_types.every(isPhysical);
  return {
    ...(isPhysical(port.network_type)
      ? { 'reside-on-redirect-chassis': String(!distributed || !allPhysical) }
      : {}),
    ...(distributed && isGateway(port) && port.internal_types.length > 0 && allPhysical
      ? { 'redirect-type': 'bridged' }
      : {}),
  };
}

/** How the router tells servers to make their addresses (RFC 4861). */
function routerAdvertisement(port: PortState, address: PortStateAddress): Record<string, string> {
  if (address.ipv6_ra_mode === null) return {};
  return {
    address_mode: address.ipv6_ra_mode.replace('dhcpv6-', 'dhcpv6_'),
    send_periodic: 'true',
    mtu: String(port.mtu),
  };
}
