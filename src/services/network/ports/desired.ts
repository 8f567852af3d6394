import type { DesiredRow, Membership } from '../../../ovn/desired.ts';
import { DROP_GROUP, portGroupName, switchName } from '../northbound/names.ts';
import { portQosOptions, type PortQosState } from '../qos/desired.ts';
import type { SubnetState } from '../subnets/desired.ts';
import type { AddressPairJson, ExtraDhcpOptionJson } from '../tables.ts';
import { dhcpReference, ownDhcpOptions } from './dhcp.ts';

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
  readonly ipv6_address_mode: string | null;
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
  readonly binding_profile: Readonly<Record<string, unknown>>;
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
  /** The rules of its QoS policy or of its network's; null when there is none. */
  readonly qos?: PortQosState | null;
}

/** A port is a logical switch port; a router's is mapped by `desiredRouterPort`. `domain` is what DHCP hands out. */
export function desiredPort(port: PortState, domain: string): DesiredRow[] {
  // A floating IP's port only keeps its address.
  if (port.device_owner === 'network:floatingip') return [];
  return [switchPort(port), ...ownDhcpOptions(port, domain)];
}

/** Addresses as OVN writes an interface's: with the length of the prefix. */
export const addressesWithLength = (port: PortState): string[] =>
  port.addresses.map(({ ip_address, prefix_length }) => `${ip_address}/${prefix_length}`);

/** What ML2/OVN writes with a switch port. */
export const externalIds = (port: PortState) => ({
  'neutron:port_name': port.name,
  'neutron:device_id': port.device_id,
  'neutron:project_id': port.project_id,
  'neutron:cidrs': addressesWithLength(port).join(' '),
  'neutron:device_owner': port.device_owner,
  'neutron:network_name': switchName(port.network_id),
  'neutron:security_group_ids': port.security_groups.join(' '),
  'neutron:revision_number': String(port.revision_number),
  'neutron:port_capabilities': capabilities(port).join(';'),
  'neutron:vnic_type': port.binding_vnic_type,
  ...(port.floating_ip === null ? {} : { 'neutron:port_fip': port.floating_ip }),
  ...(port.binding_host_id === '' ? {} : { 'neutron:host_id': port.binding_host_id }),
});

function capabilities({ binding_profile }: PortState): unknown[] {
  const listed = binding_profile['capabilities'];
  return Array.isArray(listed) ? listed : [];
}

export const onSwitch = (port: PortState): Membership => ({
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
      addresses: secured ? [own, ...otherMacs(port)] : isMetadata ? [own] : [own, 'unknown'],
      port_security: secured ? portSecurity(port, ips) : [],
      options: {
        ...requestedChassis(port),
        ...(isMetadata ? {} : { mcast_flood_reports: 'true' }),
        ...portQosOptions(port),
      },
      ...insideParent(port),
      dhcpv4_options: dhcpReference(port, 4),
      dhcpv6_options: dhcpReference(port, 6),
      external_ids: externalIds(port),
    },
    parents,
  };
}

/**
 * The host that may claim the port; two while a server moves (`migrating_to` in the binding's profile), of which the
 * second stays silent until the server's first RARP comes from it.
 */
function requestedChassis({
  binding_host_id: host,
  binding_profile: profile,
}: PortState): Record<string, string> {
  if (host === '') return {};
  const next = profile['migrating_to'];
  if (typeof next !== 'string' || next === '') return { 'requested-chassis': host };
  return { 'requested-chassis': `${host},${next}`, 'activation-strategy': 'rarp' };
}

/** A port whose packets come through another one, with a VLAN tag: a trunk's subport. */
function insideParent({ binding_profile: { parent_name: parent, tag } }: PortState) {
  const inside = typeof parent === 'string' && typeof tag === 'number';
  return { parent_name: inside ? [parent] : [], tag: inside ? [tag] : [] };
}

/** Hardware addresses of allowed pairs: what is sent to them is for the port. */
const otherMacs = (port: PortState): string[] => [
  ...new Set(
    port.allowed_address_pairs.flatMap(({ mac_address = port.mac_address }) =>
      mac_address === port.mac_address ? [] : [mac_address],
    ),
  ),
];

/** Which addresses may leave the port, per hardware address: its own, and those of the allowed pairs. */
function portSecurity(port: PortState, ips: readonly string[]): string[] {
  const byMac = new Map<string, string[]>([[port.mac_address, [...ips]]]);
  for (const { ip_address, mac_address = port.mac_address } of port.allowed_address_pairs) {
    byMac.set(mac_address, [...(byMac.get(mac_address) ?? []), ip_address]);
  }
  return [...byMac].map(([mac, addresses]) => [mac, ...addresses].join(' '));
}
