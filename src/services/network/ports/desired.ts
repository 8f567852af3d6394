import type { DesiredRow, Membership, Reference } from '../../../ovn/desired.ts';
import {
  DROP_GROUP,
  gatewayChassisName,
  portGroupName,
  routerName,
  routerPortName,
  switchName,
} from '../northbound/names.ts';
import { keys } from '../northbound/keys.ts';
import { answersDhcp, dhcpOptions, type SubnetState } from '../subnets/desired.ts';
import type { AddressPairJson, ExtraDhcpOptionJson } from '../tables.ts';

/** One address of a port with what its subnet says. */
export interface PortStateAddress {
  readonly subnet_id: string;
  readonly ip_address: string;
  readonly ip_version: 4 | 6;
  readonly prefix_length: number;
  readonly enable_dhcp: boolean;
  readonly gateway_ip: string | null;
  readonly metadata_ip: string | null;
  readonly ipv6_ra_mode: string | null;
}

/** What a port's rows are made of. */
export interface PortState {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly network_id: string;
  readonly revision_number: number;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  readonly device_id: string;
  readonly device_owner: string;
  readonly port_security_enabled: boolean;
  readonly binding_host_id: string;
  readonly binding_vnic_type: string;
  readonly allowed_address_pairs: readonly AddressPairJson[];
  readonly extra_dhcp_opts: readonly ExtraDhcpOptionJson[];
  readonly router_id: string | null;
  readonly addresses: readonly PortStateAddress[];
  readonly security_groups: readonly string[];
  /** Address of the floating IP that leads here. */
  readonly floating_ip: string | null;
  /** Of the network. */
  readonly mtu: number;
  /** The port's subnets, only for ports with DHCP options of their own. */
  readonly subnets: readonly SubnetState[];
}

/** Hosts that gateways of routers may be on, the preferred one first. */
export type GatewayChassis = readonly string[];

/** A port is a logical switch port; a router's is a router port too. */
export function desiredPort(port: PortState, gateways: GatewayChassis): DesiredRow[] {
  // A floating IP's port only keeps its address.
  if (port.device_owner === 'network:floatingip') return [];
  if (port.router_id !== null)
    return [routerSwitchPort(port), ...routerPort(port, port.router_id, gateways)];
  return [switchPort(port), ...ownDhcpOptions(port)];
}

const cidrs = (port: PortState): string[] =>
  port.addresses.map(({ ip_address, prefix_length }) => `${ip_address}/${prefix_length}`);

const externalIds = (port: PortState) => ({
  'neutron:port_name': port.name,
  'neutron:device_id': port.device_id,
  'neutron:project_id': port.project_id,
  'neutron:cidrs': cidrs(port).join(' '),
  'neutron:device_owner': port.device_owner,
  'neutron:network_name': switchName(port.network_id),
  'neutron:security_group_ids': port.security_groups.join(' '),
  'neutron:revision_number': String(port.revision_number),
  'neutron:port_capabilities': '',
  'neutron:vnic_type': port.binding_vnic_type,
  ...(port.floating_ip === null ? {} : { 'neutron:port_fip': port.floating_ip }),
  ...(port.binding_host_id === '' ? {} : { 'neutron:host_id': port.binding_host_id }),
});

const onSwitch = (port: PortState): Membership => ({
  table: 'Logical_Switch',
  key: switchName(port.network_id),
  column: 'ports',
});

function switchPort(port: PortState): DesiredRow {
  const ips = port.addresses.map(({ ip_address }) => ip_address);
  const isMetadata = port.device_owner === 'network:distributed';
  const secured = port.port_security_enabled;
  const own = [port.mac_address, ...ips].join(' ');
  const parents = [onSwitch(port)];
  if (secured) {
    for (const group of [DROP_GROUP, ...port.security_groups.map(portGroupName)]) {
      parents.push({ table: 'Port_Group', key: group, column: 'ports' });
    }
  }
  return {
    table: 'Logical_Switch_Port',
    key: port.id,
    columns: {
      name: port.id,
      type: isMetadata ? 'localport' : '',
      enabled: [port.admin_state_up],
      addresses: secured || isMetadata ? [own] : [own, 'unknown'],
      port_security: secured ? portSecurity(port, ips) : [],
      options: {
        ...(port.binding_host_id === '' ? {} : { 'requested-chassis': port.binding_host_id }),
        ...(isMetadata ? {} : { mcast_flood_reports: 'true' }),
      },
      dhcpv4_options: dhcpReference(port, 4),
      dhcpv6_options: dhcpReference(port, 6),
      external_ids: externalIds(port),
    },
    parents,
  };
}

/** Which addresses may leave the port, per hardware address: its own, and those of the allowed pairs. */
function portSecurity(port: PortState, ips: readonly string[]): string[] {
  const byMac = new Map<string, string[]>([[port.mac_address, [...ips]]]);
  for (const { ip_address, mac_address = port.mac_address } of port.allowed_address_pairs) {
    byMac.set(mac_address, [...(byMac.get(mac_address) ?? []), ip_address]);
  }
  return [...byMac].map(([mac, addresses]) => [mac, ...addresses].join(' '));
}

const DISABLED = 'dhcp_disabled';

/** The row that answers the port's DHCP requests: its own where it has options of its own, else the subnet's. */
function dhcpReference(port: PortState, version: 4 | 6): Reference[] {
  if (port.device_owner.startsWith('network:')) return [];
  const address = port.addresses.find(
    (candidate) => candidate.ip_version === version && answersDhcp(candidate),
  );
  const own = port.extra_dhcp_opts.filter(({ ip_version }) => ip_version === version);
  if (address === undefined || own.some(({ opt_name }) => opt_name === DISABLED)) return [];
  const key = keys.dhcpOptions(address.subnet_id, own.length > 0 ? port.id : undefined);
  return [{ ref: { table: 'DHCP_Options', key } }];
}

/** Names of options where OVN's differ from dnsmasq's, which the API uses. */
const OPTION_NAMES: Readonly<Record<string, string>> = {
  'tftp-server': 'tftp_server',
  'server-ip-address': 'tftp_server_address',
  'bootfile-name': 'bootfile_name',
  'domain-name': 'domain_name',
  'dns-server': 'dns_server',
  'ntp-server': 'ntp_server',
  'lease-time': 'lease_time',
  'classless-static-route': 'classless_static_route',
};

function ownDhcpOptions(port: PortState): DesiredRow[] {
  const rows: DesiredRow[] = [];
  for (const version of [4, 6] as const) {
    const [reference] = dhcpReference(port, version);
    const subnet = port.subnets.find(
      ({ id }) => reference?.ref.key === keys.dhcpOptions(id, port.id),
    );
    if (subnet === undefined) continue;
    const own = port.extra_dhcp_opts
      .filter(({ ip_version }) => ip_version === version)
      .map(({ opt_name, opt_value }) => [
        OPTION_NAMES[opt_name] ?? opt_name.replaceAll('-', '_'),
        opt_value,
      ]);
    rows.push({
      table: 'DHCP_Options',
      key: keys.dhcpOptions(subnet.id, port.id),
      columns: {
        cidr: subnet.cidr,
        options: { ...dhcpOptions(subnet), ...(Object.fromEntries(own) as Record<string, string>) },
        external_ids: {
          subnet_id: subnet.id,
          port_id: port.id,
          'neutron:revision_number': String(subnet.revision_number),
        },
      },
    });
  }
  return rows;
}

const isGateway = (port: PortState): boolean => port.device_owner === 'network:router_gateway';

function routerSwitchPort(port: PortState): DesiredRow {
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

function routerPort(port: PortState, routerId: string, gateways: GatewayChassis): DesiredRow[] {
  const name = routerPortName(port.id);
  const v6 = port.addresses.filter(({ ip_version }) => ip_version === 6);
  const rows: DesiredRow[] = [
    {
      table: 'Logical_Router_Port',
      key: name,
      columns: {
        name,
        mac: port.mac_address,
        networks: cidrs(port),
        enabled: [port.admin_state_up],
        ipv6_ra_configs:
          v6.length === 0 || isGateway(port) ? {} : routerAdvertisement(port, v6[0]!),
        external_ids: {
          'neutron:revision_number': String(port.revision_number),
          'neutron:subnet_ids': port.addresses.map(({ subnet_id }) => subnet_id).join(' '),
          'neutron:network_name': switchName(port.network_id),
          'neutron:router_name': routerId,
        },
      },
      parents: [{ table: 'Logical_Router', key: routerName(routerId), column: 'ports' }],
    },
  ];
  if (!isGateway(port)) return rows;
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

/** How the router tells servers to make their addresses (RFC 4861). */
function routerAdvertisement(port: PortState, address: PortStateAddress): Record<string, string> {
  if (address.ipv6_ra_mode === null) return {};
  return {
    address_mode: address.ipv6_ra_mode.replace('dhcpv6-', 'dhcpv6_'),
    send_periodic: 'true',
    mtu: String(port.mtu),
  };
}
