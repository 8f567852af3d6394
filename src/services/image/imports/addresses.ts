import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { badRequest, type Fault } from '../../../core/errors.ts';
import type { ImageOptions } from '../options.ts';

/** Networks that are nobody's on the Internet (IANA special-purpose address registries, RFC 6890). */
const SPECIAL = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
  '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24',
  '224.0.0.0/4', '240.0.0.0/4',
  // Within 2000::/3, which is all that is global: Teredo and 6to4 (they hide an IPv4 address), ORCHID, documentation.
  '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20',
] as const; // prettier-ignore

/** A list of networks; fails with a sentence about one that is none. */
function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    try {
      list.addSubnet(address, length === undefined ? (family === 'ipv6' ? 128 : 32) : Number(length), family); // prettier-ignore
    } catch (error) {
      throw new Error(
        `config.json, image: import_filtering_opts.allowed_networks: ${network} is no network such as 192.0.2.0/24`,
        { cause: error },
      );
    }
  }
  return list;
}

const SPECIAL_LIST = listOf(SPECIAL);
const GLOBAL_IPV6 = listOf(['2000::/3']);

/** One address a host name leads to. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/**
 * Which addresses an import may ask (against server-side request forgery): schemes, hosts and ports as the operator
 * lists them, and never a private network, this machine, or a name that leads there, unless the network is listed.
 */
export class AddressFilter {
  private readonly options: ImageOptions['import_filtering_opts'];
  private readonly allowed: BlockList;

  constructor(options: ImageOptions['import_filtering_opts']) {
    this.options = options;
    this.allowed = listOf(options.allowed_networks);
  }

  /** Reads the address; fails with 400 saying what is wrong with it. Names are not resolved yet. */
  check(text: string): URL {
    const refuse = (why: string): Fault =>
      badRequest(`URI for web-download does not pass filtering: ${text.slice(0, 200)} (${why})`);
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url === undefined) throw refuse('it is no absolute URI');
    const scheme = url.protocol.slice(0, -1);
    if (scheme !== 'http' && scheme !== 'https') throw refuse(`there is no way to get ${scheme}`);
    if (url.hostname === '') throw refuse('it names no host');
    const passes = <T>(value: T, allowed: readonly T[], disallowed: readonly T[]): boolean =>
      allowed.length > 0 ? allowed.includes(value) : !disallowed.includes(value);
    const { options } = this;
    if (!passes(scheme, options.allowed_schemes, options.disallowed_schemes))
      throw refuse(`scheme ${scheme} is not allowed`);
    const host = hostOf(url);
    if (!passes(host, options.allowed_hosts, options.disallowed_hosts))
      throw refuse(`host ${host} is not allowed`);
    const port = Number(url.port || (scheme === 'https' ? 443 : 80));
    if (!passes(port, options.allowed_ports, options.disallowed_ports))
      throw refuse(`port ${port} is not allowed`);
    if (url.username !== '' || url.password !== '') throw refuse('it has a user name or password');
    if (isIP(host) !== 0 && !this.isAllowed(host)) throw refuse(`${host} is not on the Internet`);
    return url;
  }

  /** The addresses of a host; fails when one of them must not be asked. Connect to these, not to the name. */
  async resolve(host: string): Promise<ResolvedAddress[]> {
    const addresses = await lookup(host, { all: true });
    const bad = addresses.find(({ address }) => !this.isAllowed(address));
    if (bad !== undefined || addresses.length === 0) {
      throw badRequest(
        `URI for web-download does not pass filtering: ${host} leads to ${bad?.address ?? 'nowhere'}, which is not on the Internet`,
      );
    }
    return addresses;
  }

  /** Whether an address, written as one, may be asked. */
  isAllowed(address: string): boolean {
    const plain = address.split('%')[0]!;
    // The mapped form is the IPv4 address for every purpose.
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? mappedHexadecimal(plain);
    if (mapped !== undefined) return this.isAllowed(mapped);
    const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
    if (this.allowed.check(plain, family)) return true;
    if (family === 'ipv6' && !GLOBAL_IPV6.check(plain, family)) return false;
    return !SPECIAL_LIST.check(plain, family) && !isOwn(plain);
  }
}

/** The host as a name or an address, without the brackets of IPv6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

function mappedHexadecimal(address: string): string | undefined {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (match === null) return undefined;
  const [high, low] = [parseInt(match[1]!, 16), parseInt(match[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** A public address of this machine leads to its own services as 127.0.0.1 does. */
const isOwn = (address: string): boolean =>
  Object.values(networkInterfaces()).some((entries) =>
    entries?.some((entry) => entry.address === address),
  );
