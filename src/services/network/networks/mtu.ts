import { sql } from 'kysely';
import { conflict } from '../../../core/errors.ts';
import type { Change } from '../change.ts';
import { invalidInput } from '../errors.ts';
import { mtuOf } from '../segments/allocation.ts';

/** What every link must carry in bytes: IPv4 (RFC 791) and IPv6 (RFC 8200 §5). */
const LEAST = { 4: 68, 6: 1280 } as const;

/** Largest packet in bytes of a network that has these segments. */
export const largestMtu = (
  { settings }: Pick<Change, 'settings'>,
  segments: readonly { network_type: string; physical_network: string | null }[],
): number => mtuOf(settings.types, segments, settings.options.global_physnet_mtu);

/** Refuses an MTU that no packet of the network could have; 0 is the largest there can be. */
export function checkMtu(mtu: number, maximum: number): void {
  if (mtu > maximum) {
    throw invalidInput(
      `Requested MTU is too big, maximum is ${maximum}: what the network below carries less the tunnel header.`,
    );
  }
}

/** Refuses (409 NetworkMTUSubnetConflict) an MTU that is too small for a network with a subnet of this IP version. */
export function checkMtuOfSubnet(networkId: string, mtu: number, version: 4 | 6): void {
  if (mtu >= LEAST[version]) return;
  throw conflict(
    `Unable to change MTU for network ${networkId}: its subnets of IPv${version} need at least ${LEAST[version]}, and it is ${mtu}.`,
    'NetworkMTUSubnetConflict',
  );
}

/** The same for the subnets that a network has. */
export async function checkMtuOfSubnets(
  change: Change,
  networkId: string,
  mtu: number,
): Promise<void> {
  if (mtu >= LEAST[6]) return;
  const versions = await sql<{ ip_version: 4 | 6 }>`select distinct ip_version from network.subnets
    where network_id = ${networkId}`.execute(change.transaction);
  for (const { ip_version: version } of versions.rows) checkMtuOfSubnet(networkId, mtu, version);
}
