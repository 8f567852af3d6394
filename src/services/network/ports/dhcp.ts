import type { DesiredRow, Reference } from '../../../ovn/desired.ts';
import { badRequest } from '../../../core/errors.ts';
import { keys } from '../northbound/keys.ts';
import { answersDhcp, dhcpOptions } from '../subnets/desired.ts';
import type { ExtraDhcpOptionJson } from '../tables.ts';
import type { PortState } from './desired.ts';

/*
 * DHCP options of single ports: the API's names are those of dnsmasq, or the options' numbers; OVN has its own.
 */

const V4: Readonly<Record<string, string>> = {
  'arp-timeout': 'arp_cache_timeout',
  'tcp-keepalive': 'tcp_keepalive_interval',
  netmask: 'netmask',
  router: 'router',
  'dns-server': 'dns_server',
  'log-server': 'log_server',
  'lpr-server': 'lpr_server',
  'domain-name': 'domain_name',
  'domain-search': 'domain_search_list',
  'swap-server': 'swap_server',
  'policy-filter': 'policy_filter',
  'router-solicitation': 'router_solicitation',
  'nis-server': 'nis_server',
  'ntp-server': 'ntp_server',
  'server-id': 'server_id',
  'tftp-server': 'tftp_server',
  'classless-static-route': 'classless_static_route',
  'ms-classless-static-route': 'ms_classless_static_route',
  'ip-forward-enable': 'ip_forward_enable',
  'router-discovery': 'router_discovery',
  'ethernet-encap': 'ethernet_encap',
  'default-ttl': 'default_ttl',
  'tcp-ttl': 'tcp_ttl',
  mtu: 'mtu',
  'lease-time': 'lease_time',
  T1: 'T1',
  T2: 'T2',
  'bootfile-name': 'bootfile_name',
  'bootfile-name-alt': 'bootfile_name_alt',
  wpad: 'wpad',
  'path-prefix': 'path_prefix',
  'tftp-server-address': 'tftp_server_address',
  'server-ip-address': 'next_server',
  '1': 'netmask',
  '3': 'router',
  '6': 'dns_server',
  '7': 'log_server',
  '9': 'lpr_server',
  '15': 'domain_name',
  '16': 'swap_server',
  '19': 'ip_forward_enable',
  '21': 'policy_filter',
  '23': 'default_ttl',
  '26': 'mtu',
  '31': 'router_discovery',
  '32': 'router_solicitation',
  '35': 'arp_cache_timeout',
  '36': 'ethernet_encap',
  '37': 'tcp_ttl',
  '38': 'tcp_keepalive_interval',
  '41': 'nis_server',
  '42': 'ntp_server',
  '51': 'lease_time',
  '54': 'server_id',
  '58': 'T1',
  '59': 'T2',
  '66': 'tftp_server',
  '67': 'bootfile_name',
  '119': 'domain_search_list',
  '121': 'classless_static_route',
  '150': 'tftp_server_address',
  '210': 'path_prefix',
  '249': 'ms_classless_static_route',
  '252': 'wpad',
  '255': 'next_server',
};

const V6: Readonly<Record<string, string>> = {
  'bootfile-name': 'bootfile_name',
  'server-id': 'server_id',
  'dns-server': 'dns_server',
  'domain-search': 'domain_search',
  'ia-addr': 'ia_addr',
  '2': 'server_id',
  '5': 'ia_addr',
  '23': 'dns_server',
  '24': 'domain_search',
  '59': 'bootfile_name',
};

/** Texts, which OVN wants in quotes. */
const QUOTED = new Set([
  'domain_name',
  'domain_search_list',
  'domain_search',
  'bootfile_name',
  'bootfile_name_alt',
  'path_prefix',
  'wpad',
  'tftp_server',
]);

/** Lists to which the port's add instead of replacing the subnet's. */
const ADDED = new Set(['classless_static_route']);

/** Options without which the port gets what the subnet has, and which an empty value takes away. */
const MAY_BE_BLANK = new Set(['router', 'classless-static-route']);

const DISABLED = 'dhcp_disabled';

/** OVN's name of an option; undefined for those that OVN cannot send, which are kept and not sent. */
const ovnName = ({ opt_name, ip_version }: Pick<ExtraDhcpOptionJson, 'opt_name' | 'ip_version'>) =>
  (ip_version === 4 ? V4 : V6)[opt_name];

/** Whether the port's client is not to be answered at all. */
const isDisabled = ({ opt_name, opt_value }: ExtraDhcpOptionJson): boolean =>
  opt_name === DISABLED && /^(true|t|yes|y|on|1)$/i.test(opt_value);

/** A text with or without the quotes that its author may have written. */
const unquoted = (value: string): string => /^"(.*)"$/s.exec(value)?.[1] ?? value;

/**
 * Values become part of OVN's logical flows: nothing may end a value there. Fails with what is wrong with the option.
 */
export function checkDhcpOption(option: {
  readonly opt_name: string;
  readonly opt_value: string | null;
  readonly ip_version?: number;
}): void {
  const { opt_name, opt_value, ip_version = 4 } = option;
  const refuse = (reason: string) =>
    badRequest(`Invalid input for extra_dhcp_opts. Reason: ${reason}.`, 'HTTPBadRequest');
  if (opt_name.trim() === '') throw refuse("opt_name: '' Blank strings are not permitted");
  if (ip_version !== 4 && ip_version !== 6) throw refuse(`ip_version: ${ip_version} is not 4 or 6`);
  if (opt_value === null || (opt_value === '' && MAY_BE_BLANK.has(opt_name))) return;
  if (opt_value.trim() === '') {
    throw refuse(`opt_value of ${opt_name}: '' Blank strings are not permitted`);
  }
  const name = ovnName({ opt_name, ip_version });
  if (name === undefined) return;
  const good = QUOTED.has(name)
    ? /^[^"\\\p{Cc}]*$/u.test(unquoted(opt_value))
    : /^[\w.:/{}, -]*$/.test(opt_value);
  if (!good) throw refuse(`opt_value of ${opt_name} has characters that it may not have`);
}

/** What the port's own options make of the subnet's. */
export function mergedOptions(
  subnet: Readonly<Record<string, string>>,
  own: readonly ExtraDhcpOptionJson[],
): Record<string, string> {
  const merged = { ...subnet };
  for (const option of own) {
    const name = ovnName(option);
    if (name === undefined) continue;
    const { opt_value: value } = option;
    if (value === '') delete merged[name];
    else if (QUOTED.has(name)) merged[name] = `"${unquoted(value)}"`;
    else if (ADDED.has(name)) {
      const members = [merged[name], value].map((list) => list?.replaceAll(/^\{|\}$/g, ''));
      merged[name] = `{${members.filter(Boolean).join(', ')}}`;
    } else merged[name] = value;
  }
  return merged;
}

const ownOptions = (port: PortState, version: 4 | 6) =>
  port.extra_dhcp_opts.filter(({ ip_version }) => ip_version === version);

/**
 * The row that answers the port's DHCP requests: its own where it has options of its own, else the subnet's. A port
 * in several IPv6 subnets is answered for one that gives addresses.
 */
export function dhcpReference(port: PortState, version: 4 | 6): Reference[] {
  if (port.device_owner.startsWith('network:')) return [];
  const answered = port.addresses.filter(
    (candidate) => candidate.ip_version === version && answersDhcp(candidate),
  );
  const address =
    answered.find(({ ipv6_address_mode }) => ipv6_address_mode !== 'dhcpv6-stateless') ??
    answered[0];
  const own = ownOptions(port, version);
  if (address === undefined || own.some(isDisabled)) return [];
  const hasOwn = own.some((option) => ovnName(option) !== undefined);
  const key = keys.dhcpOptions(address.subnet_id, hasOwn ? port.id : undefined);
  return [{ ref: { table: 'DHCP_Options', key } }];
}

/** The rows of a port with DHCP options of its own. */
export function ownDhcpOptions(port: PortState, domain: string): DesiredRow[] {
  const rows: DesiredRow[] = [];
  for (const version of [4, 6] as const) {
    const [reference] = dhcpReference(port, version);
    const subnet = port.subnets.find(
      ({ id }) => reference?.ref.key === keys.dhcpOptions(id, port.id),
    );
    if (subnet === undefined) continue;
    rows.push({
      table: 'DHCP_Options',
      key: keys.dhcpOptions(subnet.id, port.id),
      columns: {
        cidr: subnet.cidr,
        options: mergedOptions(dhcpOptions(subnet, domain) ?? {}, ownOptions(port, version)),
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
