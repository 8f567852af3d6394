import { badRequest } from '../../../core/errors.ts';
import { Invalid, type AttributeType } from '../attributes/attribute.ts';
import { shown } from '../attributes/types.ts';

/** Longest name with all its domains (RFC 1035 §2.3.4). */
const MOST = 255;

/** Checks the parts of a name (RFC 952, RFC 1123 §2.1); a dot at the end says that it is whole. */
function checkName(name: string): void {
  const trimmed = name.endsWith('.') ? name.slice(0, -1) : name;
  const refuse = (reason: string) =>
    new Invalid(`${shown(name)} not a valid PQDN or FQDN. Reason: ${reason}`);
  if (trimmed.length > MOST) throw refuse(`it exceeds the ${MOST} characters that a name may have`);
  const labels = trimmed.split('.');
  for (const label of labels) {
    if (label === '') throw refuse('Encountered an empty component');
    if (label.startsWith('-') || label.endsWith('-')) {
      throw refuse(`Name '${label}' must not start or end with a hyphen`);
    }
    if (!/^[a-zA-Z0-9-]{1,63}$/.test(label)) {
      throw refuse(
        `Name '${label}' must be 1-63 characters long, each of which can only be alphanumeric or a hyphen`,
      );
    }
  }
  if (labels.length > 1 && /^\d+$/.test(labels.at(-1)!)) {
    throw refuse(`TLD '${labels.at(-1)}' must not be all numeric`);
  }
}

const named = (description: string, check: (name: string) => void): AttributeType => ({
  description,
  comparedAs: 'text',
  convert(value) {
    if (typeof value !== 'string') throw new Invalid(`${shown(value)} is not a valid string`);
    const name = value.toLowerCase();
    if (name !== '') {
      check(name);
      checkName(name);
    }
    return name;
  },
});

/** A port's name: alone, or whole with the cloud's domain and a dot at the end. */
export const dnsName = named('name of a host', () => {});

/** A floating IP's name, always without its domain. */
export const relativeDnsName = named('name of a host without its domain', (name) => {
  if (name.endsWith('.')) {
    throw new Invalid(`${shown(name)} is a FQDN. It should be a relative domain name`);
  }
});

/** A domain, with a dot at its end. */
export const dnsDomain = named('domain, ending with a dot', (name) => {
  if (!name.endsWith('.')) throw new Invalid(`${shown(name)} is not a FQDN`);
  if (name.length > MOST - 2) {
    throw new Invalid(`${shown(name)} is so long that no name in it could have ${MOST} characters`);
  }
});

/** A domain as it stands in names: without the dot at its end. */
export const bare = (name: string): string => (name.endsWith('.') ? name.slice(0, -1) : name);

/** A port's name together with the cloud's domain must be one that there can be. */
export function checkPortName(name: string, cloudDomain: string): void {
  const domain = bare(cloudDomain);
  if (name === '') return;
  if (name.endsWith('.')) {
    if (bare(name).endsWith(`.${domain}`)) return;
    throw invalidName(
      `The dns_name passed is a FQDN. Its higher level labels must be equal to the dns_domain option, that has been set to '${domain}', with one or more labels in front of it`,
    );
  }
  if (name.length + domain.length + 2 > MOST) {
    throw invalidName(
      `The dns_name passed is a PQDN of ${name.length} characters. Together with the dns_domain option '${domain}' it exceeds the ${MOST} characters of a FQDN`,
    );
  }
}

const invalidName = (reason: string) =>
  badRequest(`Invalid input for dns_name. Reason: ${reason}.`, 'HTTPBadRequest');

/** One address of a port with the names under which it is known. */
export interface DnsAssignment {
  readonly ip_address: string;
  readonly hostname: string;
  /** With a dot at its end. */
  readonly fqdn: string;
}

/** The names of a port's addresses: its own, or for a port without one some that are made of the addresses. */
export function dnsAssignments(
  name: string,
  addresses: readonly string[],
  cloudDomain: string,
): DnsAssignment[] {
  return addresses.map((ip_address) => {
    const hostname = name || `host-${ip_address.replaceAll(/[.:]/g, '-')}`;
    const fqdn = hostname.endsWith('.') ? hostname : `${hostname}.${bare(cloudDomain)}.`;
    return { ip_address, hostname, fqdn };
  });
}
