import type { DesiredRow } from '../../../ovn/desired.ts';
import { derivedMac } from '../addresses/mac.ts';
import { bare } from '../dns/names.ts';
import { keys } from '../northbound/keys.ts';
import type { HostRouteJson } from '../tables.ts';

/** Seconds; addresses of ports never change hands while the port lives. */
const LEASE_TIME = 43_200;

/** What a subnet's rows are made of. */
export interface SubnetState {
  readonly id: string;
  readonly revision_number: number;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly dns_nameservers: readonly string[];
  readonly host_routes: readonly HostRouteJson[];
  readonly ipv6_address_mode: string | null;
  /** Of the network. */
  readonly mtu: number;
  /** Of the network's metadata port in this subnet. */
  readonly metadata_ip: string | null;
}

/** Hardware address from which OVN answers for the subnet: the same whenever it is computed. */
const serverMac = (subnet: SubnetState): string => derivedMac(`dhcp ${subnet.id}`);

const set = (values: readonly string[]): string => `{${values.join(', ')}}`;

/** The routes that DHCP hands out; clients that take them ignore the router option, so it is among them. */
export function staticRoutes(subnet: SubnetState): HostRouteJson[] {
  const routes: HostRouteJson[] = [];
  if (subnet.metadata_ip !== null) {
    routes.push({ destination: '169.254.169.254/32', nexthop: subnet.metadata_ip });
  }
  routes.push(...subnet.host_routes);
  if (routes.length > 0 && subnet.gateway_ip !== null) {
    routes.push({ destination: '0.0.0.0/0', nexthop: subnet.gateway_ip });
  }
  return routes;
}

/** The domain of ports' names when no other is configured; like Neutron's it is not handed out. */
const DEFAULT_DOMAIN = 'openstacklocal';

/** OVN's DHCP options of a subnet; undefined when it answers no one. */
export function dhcpOptions(
  subnet: SubnetState,
  domain = DEFAULT_DOMAIN,
): Record<string, string> | undefined {
  if (!subnet.enable_dhcp || subnet.ipv6_address_mode === 'slaac') return undefined;
  return subnet.ip_version === 4 ? dhcpv4Options(subnet, domain) : dhcpv6Options(subnet);
}

function dhcpv4Options(subnet: SubnetState, domain: string): Record<string, string> | undefined {
  // A DHCP server has an address; without gateway and metadata port there is none that it could use.
  const server = subnet.gateway_ip ?? subnet.metadata_ip;
  if (server === null) return undefined;
  const options: Record<string, string> = {
    server_id: server,
    server_mac: serverMac(subnet),
    lease_time: String(LEASE_TIME),
    mtu: String(subnet.mtu),
  };
  if (subnet.gateway_ip !== null) options['router'] = subnet.gateway_ip;
  if (subnet.dns_nameservers.length > 0) options['dns_server'] = set(subnet.dns_nameservers);
  if (domain !== '' && domain !== DEFAULT_DOMAIN) options['domain_name'] = `"${bare(domain)}"`;
  const routes = staticRoutes(subnet);
  if (routes.length > 0) {
    options['classless_static_route'] = set(
      routes.map(({ destination, nexthop }) => `${destination},${nexthop}`),
    );
  }
  return options;
}

function dhcpv6Options(subnet: SubnetState): Record<string, string> {
  const options: Record<string, string> = { server_id: serverMac(subnet) };
  if (subnet.dns_nameservers.length > 0) options['dns_server'] = set(subnet.dns_nameservers);
  if (subnet.ipv6_address_mode === 'dhcpv6-stateless') options['dhcpv6_stateless'] = 'true';
  return options;
}

/** Whether ports with an address of the subnet name DHCP options. */
export const answersDhcp = (subnet: {
  readonly ip_version: 4 | 6;
  readonly enable_dhcp: boolean;
  readonly gateway_ip: string | null;
  readonly metadata_ip: string | null;
  readonly ipv6_address_mode: string | null;
}): boolean =>
  subnet.enable_dhcp &&
  // Servers that make their addresses themselves ask no DHCP server.
  subnet.ipv6_address_mode !== 'slaac' &&
  (subnet.ip_version === 6 || (subnet.gateway_ip ?? subnet.metadata_ip) !== null);

/** A subnet is a row of DHCP options; its gateway and addresses are in the rows of ports. */
export function desiredSubnet(subnet: SubnetState, domain?: string): DesiredRow[] {
  const options = dhcpOptions(subnet, domain);
  if (options === undefined) return [];
  return [
    {
      table: 'DHCP_Options',
      key: keys.dhcpOptions(subnet.id),
      columns: {
        cidr: subnet.cidr,
        options,
        external_ids: {
          subnet_id: subnet.id,
          'neutron:revision_number': String(subnet.revision_number),
        },
      },
    },
  ];
}
