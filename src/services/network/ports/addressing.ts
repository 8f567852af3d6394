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
import {
  allocateAddresses,
  isUsable,
  type AddressWish,
  type AllocationSubnet,
} from './allocation.ts';

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

/** The address a server makes for itself in such a subnet (RFC 4862). */
export function automaticAddress(subnet: Pick<AllocationSubnet, 'cidr'>, mac: string): string {
  return formatIp({ version: 6, value: parseCidr(subnet.cidr)!.first | interfaceId(mac) });
}

/** A port with the network's subnets and the addresses that are asked for; without these it gets what is usual. */
export interface Addressing {
  readonly port: AddressedPort;
  readonly subnets: readonly AllocationSubnet[];
  readonly requests: readonly FixedIpRequest[] | undefined;
  /** Place of the first new address in the port's list; default 0. */
  readonly first?: number;
}

/**
 * Gives ports their addresses: those asked for, or one of each IP version that the network has, and every
 * automatic one. Fails when one of the ports cannot have all of its own.
 */
export async function giveAddresses(
  change: Change,
  addressings: readonly Addressing[],
): Promise<void> {
  const wishes = addressings.flatMap((addressing) =>
    (addressing.requests === undefined
      ? usualWishes(addressing)
      : requestedWishes(addressing, addressing.requests)
    ).map((wish, index): AddressWish => ({
      ...wish,
      portId: addressing.port.id,
      position: (addressing.first ?? 0) + index,
    })),
  );
  const [failed] = await allocateAddresses(change.transaction, change.settings.cursors, wishes);
  if (failed === undefined) return;
  const { port, requests } = addressings.find(
    (addressing) => addressing.port.id === failed.portId,
  )!;
  if (failed.address !== undefined) throw ipAddressInUse(port.network_id, failed.address);
  const [subnet] = failed.subnets;
  throw ipAddressGenerationFailure(
    requests === undefined
      ? `network ${port.network_id}`
      : `subnet ${subnet!.id} (${subnet!.cidr})`,
  );
}

type Wish = Pick<AddressWish, 'subnets' | 'address'>;

const serves = (subnet: AllocationSubnet, deviceOwner: string): boolean =>
  subnet.service_types.length === 0 ||
  subnet.service_types.some(
    (type) => type === deviceOwner || (type.endsWith(':') && deviceOwner.startsWith(type)),
  );

/** The addresses of a port that asks for none in particular. */
function usualWishes({ port, subnets }: Addressing): Wish[] {
  const eligible = subnets.filter((subnet) => serves(subnet, port.device_owner));
  const automatic = eligible.filter((subnet) => isAutomatic(subnet.ipv6_address_mode));
  const wishes: Wish[] = ([4, 6] as const)
    .map((version) =>
      eligible.filter((subnet) => subnet.ip_version === version && !automatic.includes(subnet)),
    )
    .filter((alternatives) => alternatives.length > 0)
    .map((alternatives) => ({ subnets: alternatives }));
  if (port.device_owner.startsWith('network:router')) return wishes;
  return [...wishes, ...automatic.map((subnet) => automaticWish(subnet, port))];
}

const automaticWish = (subnet: AllocationSubnet, port: AddressedPort): Wish => ({
  subnets: [subnet],
  address: automaticAddress(subnet, port.mac_address),
});

/**
 * The addresses that a new port makes for itself beside those that were asked for: router advertisements reach it
 * whether somebody asked or not. The cloud's own ports take only what they are told.
 */
function unaskedWishes({ port, subnets, first }: Addressing, asked: readonly Wish[]): Wish[] {
  if (first !== undefined || port.device_owner.startsWith('network:')) return [];
  return subnets
    .filter(
      (subnet) =>
        isAutomatic(subnet.ipv6_address_mode) &&
        serves(subnet, port.device_owner) &&
        !asked.some((wish) => wish.subnets[0] === subnet),
    )
    .map((subnet) => automaticWish(subnet, port));
}

/** Where each address that is asked for belongs; fails when it cannot be. */
function requestedWishes(addressing: Addressing, requests: readonly FixedIpRequest[]): Wish[] {
  const { port, subnets } = addressing;
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
        ? subnets.find((candidate) => isUsable(candidate, ip_address!, port.device_owner))
        : subnets.find(({ id }) => id === subnet_id);
    if (subnet === undefined && subnet_id !== undefined) {
      throw invalidInput(
        `Failed to create port on network ${port.network_id}, because fixed_ips included invalid subnet ${subnet_id}.`,
      );
    }
    if (subnet === undefined) throw invalidIpForNetwork(ip_address!);
    if (ip_address !== undefined && !isUsable(subnet, ip_address, port.device_owner)) {
      throw invalidIpForSubnet(ip_address, subnet.cidr);
    }
    if (!isAutomatic(subnet.ipv6_address_mode) || port.device_owner.startsWith('network:router')) {
      return { subnets: [subnet], address: ip_address };
    }
    const own = automaticAddress(subnet, port.mac_address);
    if (ip_address !== undefined && ip_address !== own) {
      throw invalidInput(
        `IPv6 address ${ip_address} cannot be directly assigned to a port on subnet ${subnet.id} as the subnet is configured for automatic addresses.`,
      );
    }
    return { subnets: [subnet], address: own };
  });
  wishes.push(...unaskedWishes(addressing, wishes));
  const seen = new Set<string>();
  for (const { address } of wishes) {
    if (address === undefined) continue;
    if (seen.has(address)) throw invalidInput(`Duplicate IP address '${address}' in fixed_ips.`);
    seen.add(address);
  }
  return wishes;
}
