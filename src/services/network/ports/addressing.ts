import { badRequest } from '../../../core/errors.ts';
import { parseCidr } from '../addresses/cidr.ts';
import { formatIp } from '../addresses/ip.ts';
import { interfaceId } from '../addresses/mac.ts';
import type { Change } from '../change.ts';
import {
  invalidInput,
  invalidIpForNetwork,
  invalidIpForSubnet,
  ipAddressGenerationFailure,
  ipAddressInUse,
} from '../errors.ts';
import { isAutomatic } from '../subnets/plan.ts';
import { allocateAddress, isUsable, takeAddress, type AllocationSubnet } from './allocation.ts';

/** One address as a client asks for it: in a subnet, exactly one, or both. */
export interface FixedIpRequest {
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

/** The port that gets addresses. */
export interface AddressedPort {
  readonly id: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly device_owner: string;
}

/** Most addresses a port may have (Neutron's `max_fixed_ips_per_port`); routers' and the cloud's own may have more. */
const MOST_FIXED_IPS = 5;

/** A subnet with the addresses that are wanted in it; `address` undefined: any. */
interface Wish {
  readonly subnet: AllocationSubnet;
  readonly address: string | undefined;
}

/** The address a server makes for itself in such a subnet (RFC 4862). */
export function automaticAddress(subnet: Pick<AllocationSubnet, 'cidr'>, mac: string): string {
  return formatIp({ version: 6, value: parseCidr(subnet.cidr)!.first | interfaceId(mac) });
}

/** Where each wished address belongs; fails when it cannot be. */
function wishesOf(
  port: AddressedPort,
  subnets: readonly AllocationSubnet[],
  requests: readonly FixedIpRequest[],
): Wish[] {
  if (requests.length > MOST_FIXED_IPS && !port.device_owner.startsWith('network:')) {
    throw invalidInput(
      `Exceeded maximum amount of fixed ips per port: ${requests.length} of ${MOST_FIXED_IPS}.`,
    );
  }
  const wishes = requests.map(({ subnet_id, ip_address }): Wish => {
    if (subnet_id === undefined && ip_address === undefined) {
      throw badRequest('IP allocation requires subnet_id or ip_address.', 'InvalidInput');
    }
    const subnet =
      subnet_id === undefined
        ? subnets.find((candidate) => isUsable(candidate, ip_address!))
        : subnets.find(({ id }) => id === subnet_id);
    if (subnet === undefined && subnet_id !== undefined) {
      throw invalidInput(
        `Failed to create port on network ${port.network_id}, because fixed_ips included invalid subnet ${subnet_id}.`,
      );
    }
    if (subnet === undefined) throw invalidIpForNetwork(ip_address!);
    if (ip_address !== undefined && !isUsable(subnet, ip_address)) {
      throw invalidIpForSubnet(ip_address, subnet.cidr);
    }
    if (!isAutomatic(subnet.ipv6_address_mode) || port.device_owner.startsWith('network:router')) {
      return { subnet, address: ip_address };
    }
    const own = automaticAddress(subnet, port.mac_address);
    if (ip_address !== undefined && ip_address !== own) {
      throw invalidInput(
        `IPv6 address ${ip_address} cannot be directly assigned to a port on subnet ${subnet.id} as the subnet is configured for automatic addresses.`,
      );
    }
    return { subnet, address: own };
  });
  const seen = new Set<string>();
  for (const { address } of wishes) {
    if (address === undefined) continue;
    if (seen.has(address)) throw invalidInput(`Duplicate IP address '${address}' in fixed_ips.`);
    seen.add(address);
  }
  return wishes;
}

const serves = (subnet: AllocationSubnet, deviceOwner: string): boolean =>
  subnet.service_types.length === 0 ||
  subnet.service_types.some(
    (type) => type === deviceOwner || (type.endsWith(':') && deviceOwner.startsWith(type)),
  );

/**
 * Gives a port its addresses: those asked for, or one of each IP version that the network has, and every
 * automatic one. `first` is the place of the first new address in the port's list.
 */
export async function giveAddresses(
  change: Change,
  port: AddressedPort,
  subnets: readonly AllocationSubnet[],
  requests: readonly FixedIpRequest[] | undefined,
  first = 0,
): Promise<void> {
  const { transaction, settings } = change;
  let position = first;
  const take = async (subnet: AllocationSubnet, address: string, place: number) => {
    if (!(await takeAddress(transaction, subnet.id, address, port.id, place))) {
      throw ipAddressInUse(port.network_id, address);
    }
  };
  if (requests !== undefined) {
    const wishes = wishesOf(port, subnets, requests).map((wish, index) => ({
      ...wish,
      place: position + index,
    }));
    // Chosen addresses first, lest the search takes one of them.
    for (const { subnet, address, place } of wishes) {
      if (address !== undefined) await take(subnet, address, place);
    }
    for (const { subnet, address, place } of wishes) {
      if (address !== undefined) continue;
      const given = await allocateAddress(transaction, settings.cursors, subnet, port.id, place);
      if (given === undefined)
        throw ipAddressGenerationFailure(`subnet ${subnet.id} (${subnet.cidr})`);
    }
    return;
  }
  const eligible = subnets.filter((subnet) => serves(subnet, port.device_owner));
  for (const version of [4, 6] as const) {
    const candidates = eligible.filter(
      (subnet) => subnet.ip_version === version && !isAutomatic(subnet.ipv6_address_mode),
    );
    if (candidates.length === 0) continue;
    let given: string | undefined;
    for (const subnet of candidates) {
      given = await allocateAddress(transaction, settings.cursors, subnet, port.id, position);
      if (given !== undefined) break;
    }
    if (given === undefined) throw ipAddressGenerationFailure(`network ${port.network_id}`);
    position++;
  }
  if (port.device_owner.startsWith('network:router')) return;
  for (const subnet of eligible.filter((candidate) => isAutomatic(candidate.ipv6_address_mode))) {
    await take(subnet, automaticAddress(subnet, port.mac_address), position++);
  }
}
