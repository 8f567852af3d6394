import { badRequest, conflict } from '../../../core/errors.ts';
import { cidrContains, parseCidr, usableRange, type Cidr } from '../addresses/cidr.ts';
import { formatIp, parseIp } from '../addresses/ip.ts';
import { defaultPools, inPools, type AllocationPool } from '../addresses/pools.ts';
import { invalidInput } from '../errors.ts';
import type { NetworkOptions } from '../options.ts';
import type { HostRouteJson } from '../tables.ts';
import type { Ipv6Mode } from './noun.ts';

/** The addresses of a subnet: what must fit together, whatever the database holds. */
export interface SubnetPlan {
  readonly cidr: Cidr;
  readonly gatewayIp: string | null;
  readonly pools: readonly AllocationPool[];
}

/** What a request says about the addresses of a new subnet. */
export interface PlanRequest {
  readonly ip_version?: number;
  readonly cidr?: string | null;
  readonly gateway_ip?: string | null;
  readonly allocation_pools?: readonly AllocationPool[];
  readonly ipv6_ra_mode: Ipv6Mode | null;
  readonly ipv6_address_mode: Ipv6Mode | null;
  readonly enable_dhcp: boolean;
}

const MULTICAST = [parseCidr('224.0.0.0/4')!, parseCidr('ff00::/8')!];
const LOOPBACK = [parseCidr('127.0.0.0/8')!, parseCidr('::1/128')!];

/** Reads and checks the addresses of a new subnet. */
export function planSubnet(request: PlanRequest): SubnetPlan {
  if (request.cidr === undefined || request.cidr === null) {
    throw badRequest(
      'a subnetpool must be specified in the absence of a cidr: send cidr, subnetpool_id or use_default_subnetpool.',
      'BadRequest',
    );
  }
  const cidr = parseCidr(request.cidr)!;
  if (request.ip_version === 5 || (request.ip_version ?? cidr.version) !== cidr.version) {
    throw invalidInput(
      `Requested ip_version ${request.ip_version} does not match the cidr ${request.cidr}.`,
    );
  }
  if (cidr.prefixLength === 0)
    throw invalidInput(`the prefix length of the cidr ${request.cidr} must not be 0.`);
  for (const [name, ranges] of [
    ['multicast', MULTICAST],
    ['loopback', LOOPBACK],
  ] as const) {
    if (ranges.some((range) => cidrContains(range, { version: cidr.version, value: cidr.first }))) {
      throw invalidInput(
        `the cidr ${request.cidr} is in a ${name} range, no host can have its addresses.`,
      );
    }
  }
  if (request.enable_dhcp) checkDhcp(cidr);
  checkModes(cidr, request);
  const gatewayIp =
    request.gateway_ip === undefined
      ? formatIp({ version: cidr.version, value: defaultGateway(cidr) })
      : request.gateway_ip;
  if (gatewayIp !== null) checkGateway(cidr, gatewayIp);
  const pools = request.allocation_pools ?? defaultPools(cidr, gatewayIp);
  if (request.allocation_pools !== undefined) checkPools(cidr, pools);
  if (gatewayIp !== null) checkGatewayOutside(pools, gatewayIp);
  return { cidr, gatewayIp, pools };
}

/** The first address that a host may have; of IPv6 the subnet-router address (RFC 4291, 2.6.1), as Neutron chooses. */
const defaultGateway = (cidr: Cidr): bigint =>
  cidr.version === 4 ? usableRange(cidr).first : cidr.first;

/** OVN's DHCP needs an address for itself beside the server's: as Neutron, at most /30 and /126. */
export function checkDhcp({ version, prefixLength, first }: Cidr): void {
  if (prefixLength > (version === 4 ? 30 : 126)) {
    throw invalidInput(
      `Subnet has a prefix length that is incompatible with DHCP service enabled: use /${version === 4 ? 30 : 126} or shorter, or enable_dhcp false.`,
    );
  }
  if (version === 4 && first === 0n) {
    throw invalidInput("First IP '0.0.0.0' of network is not supported if enable_dhcp is True.");
  }
}

/** Not more name servers and routes than the options allow (400). */
export function checkNumbers(
  options: Pick<NetworkOptions, 'max_dns_nameservers' | 'max_subnet_host_routes'>,
  subnet: {
    readonly dns_nameservers?: readonly string[];
    readonly host_routes?: readonly HostRouteJson[];
  },
): void {
  if ((subnet.dns_nameservers?.length ?? 0) > options.max_dns_nameservers) {
    throw badRequest(
      `Unable to complete operation for the subnet. The number of DNS nameservers exceeds the limit ${options.max_dns_nameservers}.`,
      'DNSNameServersExhausted',
    );
  }
  if ((subnet.host_routes?.length ?? 0) > options.max_subnet_host_routes) {
    throw badRequest(
      `Unable to complete operation for the subnet. The number of host routes exceeds the limit ${options.max_subnet_host_routes}.`,
      'HostRoutesExhausted',
    );
  }
}

function checkModes(
  cidr: Cidr,
  { ipv6_ra_mode, ipv6_address_mode, enable_dhcp }: PlanRequest,
): void {
  if (ipv6_ra_mode === null && ipv6_address_mode === null) return;
  if (cidr.version === 4) {
    throw invalidInput(
      'ipv6_ra_mode and ipv6_address_mode are only for subnets with ip_version 6.',
    );
  }
  if (!enable_dhcp) {
    throw invalidInput(
      'ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False.',
    );
  }
  if (ipv6_ra_mode !== null && ipv6_address_mode !== null && ipv6_ra_mode !== ipv6_address_mode) {
    throw invalidInput(
      `ipv6_ra_mode set to '${ipv6_ra_mode}' with ipv6_address_mode set to '${ipv6_address_mode}' is not valid: if both are set, they must be the same.`,
    );
  }
  if (isAutomatic(ipv6_address_mode) && cidr.prefixLength !== 64) {
    throw invalidInput(
      `the prefix length must be 64 for ipv6_address_mode ${ipv6_address_mode}, where servers make their own addresses.`,
    );
  }
}

/** Whether servers make their own addresses there, from the prefix and their hardware address. */
export const isAutomatic = (mode: string | null): boolean =>
  mode === 'slaac' || mode === 'dhcpv6-stateless';

/** The gateway must be an address that a host of the subnet may have. */
export function checkGateway(cidr: Cidr, gatewayIp: string): void {
  const ip = parseIp(gatewayIp)!;
  const first = defaultGateway(cidr);
  const { last } = usableRange(cidr);
  if (ip.version !== cidr.version || ip.value < first || ip.value > last) {
    throw invalidInput(
      `Gateway ${gatewayIp} is not valid on subnet: use an address from ${formatIp({ version: cidr.version, value: first })} to ${formatIp({ version: cidr.version, value: last })}.`,
    );
  }
}

/** Pools must lie within the subnet and not overlap. */
export function checkPools(cidr: Cidr, pools: readonly AllocationPool[]): void {
  const { first, last } = usableRange(cidr);
  const ranges = pools.map((pool) => ({
    pool,
    start: parseIp(pool.start)!,
    end: parseIp(pool.end)!,
  }));
  for (const { pool, start, end } of ranges) {
    if (start.version !== cidr.version || end.version !== cidr.version || start.value > end.value) {
      throw badRequest(
        `The allocation pool ${pool.start}-${pool.end} is not valid: start and end must be IPv${cidr.version} addresses in this order.`,
        'InvalidAllocationPool',
      );
    }
    if (start.value < first || end.value > last) {
      throw badRequest(
        `The allocation pool ${pool.start}-${pool.end} spans beyond the subnet's usable addresses.`,
        'OutOfBoundsAllocationPool',
      );
    }
  }
  ranges.sort((a, b) => (a.start.value < b.start.value ? -1 : 1));
  ranges.forEach((range, index) => {
    const next = ranges[index + 1];
    if (next === undefined || range.end.value < next.start.value) return;
    throw conflict(
      `Found overlapping allocation pools: ${range.pool.start}-${range.pool.end}, ${next.pool.start}-${next.pool.end}.`,
      'OverlappingAllocationPools',
    );
  });
}

/** An address of the pools would be given to a server, so the gateway's must not be among them. */
export function checkGatewayOutside(pools: readonly AllocationPool[], gatewayIp: string): void {
  const pool = pools.find((candidate) => inPools([candidate], gatewayIp));
  if (pool === undefined) return;
  throw conflict(
    `Gateway ip ${gatewayIp} conflicts with allocation pool ${pool.start}-${pool.end}.`,
    'GatewayConflictWithAllocationPools',
  );
}

/** What is for servers must be of the subnet's IP version. */
export function checkVersions(
  cidr: Cidr,
  nameservers: readonly string[],
  routes: readonly HostRouteJson[],
): void {
  const wrong = nameservers.find((address) => parseIp(address)!.version !== cidr.version);
  if (wrong !== undefined) {
    throw invalidInput(
      `dns_nameserver '${wrong}' does not match the ip_version '${cidr.version}'.`,
    );
  }
  const route = routes.find(({ nexthop }) => parseIp(nexthop)!.version !== cidr.version);
  if (route !== undefined) {
    throw invalidInput(
      `host_route ${route.destination} via ${route.nexthop} does not match the ip_version '${cidr.version}'.`,
    );
  }
}
