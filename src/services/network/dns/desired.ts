import type { DesiredRow } from '../../../ovn/desired.ts';
import { parseIp } from '../addresses/ip.ts';
import { switchName } from '../northbound/names.ts';
import { bare, dnsAssignments } from './names.ts';

/** The ports of a network that have names, and are used. */
export interface NamesState {
  /** Of the network. */
  readonly id: string;
  /** Of the network: its ports are known there as well. */
  readonly dns_domain: string;
  /** Oldest first. */
  readonly ports: readonly {
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
 * What OVN answers to the servers of a network: a name alone, in the cloud's domain, in the network's and in the
 * port's own; and the way back to the name in the cloud's domain. Names that several ports have lead to all of them.
 */
export function dnsRecords(
  { dns_domain: networkDomain, ports }: NamesState,
  cloudDomain: string,
): Record<string, string> {
  const addressesOf = new Map<string, Set<string>>();
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
      }
      reverse[reverseName(ip_address)] = bare(fqdn);
    }
  }
  const forward = [...addressesOf].map(([name, addresses]) => [name, [...addresses].join(' ')]);
  return { ...(Object.fromEntries(forward) as Record<string, string>), ...reverse };
}

/** One row for each switch, as ML2/OVN writes it; none where nothing has a name. */
export function desiredNames(state: NamesState, cloudDomain: string): DesiredRow[] {
  if (state.ports.length === 0) return [];
  const name = switchName(state.id);
  return [
    {
      table: 'DNS',
      key: name,
      columns: {
        records: dnsRecords(state, cloudDomain),
        external_ids: { ls_name: name },
      },
      parents: [{ table: 'Logical_Switch', key: name, column: 'dns_records' }],
    },
  ];
}
