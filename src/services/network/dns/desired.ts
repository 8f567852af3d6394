import type { DesiredRow } from '../../../ovn/desired.ts';
import { parseIp } from '../addresses/ip.ts';
import { switchName } from '../northbound/names.ts';
import { bare, dnsAssignments } from './names.ts';

/** A port that has a name and is used, and those of its network whose names may be the same. */
export interface NamesState {
  /** Of the port. */
  readonly id: string;
  readonly network_id: string;
  /** Of the network: its ports are known there as well. */
  readonly network_domain: string;
  /** The port itself among them, oldest first. */
  readonly ports: readonly {
    readonly id: string;
    readonly dns_name: string;
    readonly dns_domain: string;
    readonly addresses: readonly string[];
  }[];
}

/** Name under which an address asks for its name (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseName(address: string): string {
  const { version, value } = parseIp(address)!;
  if (version === 4) return `${address.split('.').toReversed().join('.')}.in-addr.arpa`;
  const digits = value.toString(16).padStart(32, '0');
  return `${[...digits].toReversed().join('.')}.ip6.arpa`;
}

/**
 * What OVN answers to the servers of a network about one port: a name alone, in the cloud's domain, in the network's
 * and in the port's own; and the way back to the name in the cloud's domain. Names that several ports have lead to all
 * of them, in each one's row, since OVN answers by the first row that has the name.
 */
export function dnsRecords(
  { id, network_domain: networkDomain, ports }: NamesState,
  cloudDomain: string,
): Record<string, string> {
  const addressesOf = new Map<string, Set<string>>();
  const own = new Set<string>();
  const reverse: Record<string, string> = {};
  for (const port of ports) {
    for (const { ip_address, hostname, fqdn } of dnsAssignments(
      port.dns_name,
      port.addresses,
      cloudDomain,
    )) {
      const [label] = hostname.split('.');
      const names = new Set([bare(hostname), bare(fqdn)]);
      for (const domain of [networkDomain, port.dns_domain]) {
        if (domain !== '')
          names.add(`${hostname.endsWith('.') ? label : hostname}.${bare(domain)}`);
      }
      for (const name of names) {
        addressesOf.set(name, (addressesOf.get(name) ?? new Set()).add(ip_address));
        if (port.id === id) own.add(name);
      }
      if (port.id === id) reverse[reverseName(ip_address)] = bare(fqdn);
    }
  }
  const forward = [...own].map((name) => [name, [...addressesOf.get(name)!].join(' ')]);
  return { ...(Object.fromEntries(forward) as Record<string, string>), ...reverse };
}

/**
 * One row for each port, with ML2/OVN's mark of the switch. ML2/OVN has one row for each switch, which is written
 * whole whenever one of its thousand names changes.
 */
export function desiredNames(state: NamesState, cloudDomain: string): DesiredRow[] {
  const records = dnsRecords(state, cloudDomain);
  if (Object.keys(records).length === 0) return [];
  const name = switchName(state.network_id);
  return [
    {
      table: 'DNS',
      key: state.id,
      columns: { records, external_ids: { ls_name: name, port_id: state.id } },
      parents: [{ table: 'Logical_Switch', key: name, column: 'dns_records' }],
    },
  ];
}
