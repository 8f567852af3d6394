import type { Caller } from '../../identity/caller.ts';
import { policyNotAuthorized } from '../errors.ts';
import type { NetworkDatabase } from '../tables.ts';
import type { FixedIpRequest } from './addressing.ts';
import type { PortRow } from './noun.ts';

/** What of a change of a port only the owner of its network may ask for. */
interface GuestValues {
  readonly fixed_ips?: readonly FixedIpRequest[];
  readonly port_security_enabled?: boolean;
  readonly allowed_address_pairs?: readonly unknown[];
  readonly device_owner?: string;
}

const same = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** The first of these that is asked for; what is sent as it is asks for nothing. */
function asked(row: PortRow, values: GuestValues): string | undefined {
  const { fixed_ips, port_security_enabled, allowed_address_pairs, device_owner } = values;
  const present = (wanted: FixedIpRequest) =>
    row.fixed_ips.some(
      ({ subnet_id, ip_address }) =>
        (wanted.subnet_id ?? subnet_id) === subnet_id &&
        (wanted.ip_address ?? ip_address) === ip_address,
    );
  if (fixed_ips !== undefined) {
    if (fixed_ips.length !== row.fixed_ips.length || !fixed_ips.every(present)) return 'fixed_ips';
  }
  if ((port_security_enabled ?? row.port_security_enabled) !== row.port_security_enabled) {
    return 'port_security_enabled';
  }
  if (
    allowed_address_pairs !== undefined &&
    !same(allowed_address_pairs, row.allowed_address_pairs)
  ) {
    return 'allowed_address_pairs';
  }
  const becomesDevice = device_owner?.startsWith('network:') && device_owner !== row.device_owner;
  return becomesDevice ? 'device_owner' : undefined;
}

/** Whether the caller's project has the network. */
export async function ownsNetworkOf(
  database: NetworkDatabase,
  caller: Caller,
  row: Pick<PortRow, 'network_id'>,
): Promise<boolean> {
  const network = await database
    .selectFrom('network.networks')
    .select('project_id')
    .where('id', '=', row.network_id)
    .executeTakeFirst();
  return network?.project_id === caller.projectId;
}

/** Fails with PolicyNotAuthorized when a guest of a network asks for what only its owner may. */
export async function checkGuestUpdate(
  database: NetworkDatabase,
  caller: Caller,
  row: PortRow,
  values: GuestValues,
): Promise<void> {
  if (caller.isAdmin) return;
  const name = asked(row, values);
  if (name === undefined || (await ownsNetworkOf(database, caller, row))) return;
  throw policyNotAuthorized(
    `update_port:${name} is disallowed by policy: network ${row.network_id} belongs to another project.`,
  );
}
