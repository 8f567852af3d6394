import { sql, type RawBuilder } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import { operation, type Operation } from '../../operation.ts';
import { poolSize, type AllocationPool } from '../addresses/pools.ts';
import type { Room } from '../collections/operations.ts';
import { networkNotFound } from '../errors.ts';

interface SubnetUse {
  readonly subnet_id: string;
  readonly subnet_name: string;
  readonly cidr: string;
  readonly ip_version: 4 | 6;
  readonly allocation_pools: AllocationPool[];
  readonly used: number;
}

interface NetworkUse {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly subnets: SubnetUse[];
}

const total = ({ allocation_pools }: SubnetUse): bigint => poolSize(allocation_pools);

/** All digits of a count: those of IPv6 are beyond what a number of JavaScript holds, and JSON has no such bound. */
const exact = (count: bigint): unknown => rawJson.rawJSON(String(count));
// Node has it, the compiler's library of ES2025 not yet.
const rawJson = JSON as unknown as { rawJSON(text: string): unknown };

const documentOf = ({ id, name, project_id, subnets }: NetworkUse) => ({
  network_id: id,
  network_name: name,
  project_id,
  tenant_id: project_id,
  total_ips: exact(subnets.reduce((sum, subnet) => sum + total(subnet), 0n)),
  used_ips: subnets.reduce((sum, { used }) => sum + used, 0),
  subnet_ip_availability: subnets.map((subnet) => ({
    subnet_id: subnet.subnet_id,
    subnet_name: subnet.subnet_name,
    cidr: subnet.cidr,
    ip_version: subnet.ip_version,
    total_ips: exact(total(subnet)),
    used_ips: subnet.used,
  })),
});

async function useOf(
  room: Room,
  where: RawBuilder<unknown>,
  versions: readonly number[],
): Promise<NetworkUse[]> {
  const result = await sql<NetworkUse>`
    select n.id, n.name, n.project_id, (select coalesce(json_agg(json_build_object('subnet_id', s.id,
        'subnet_name', s.name, 'cidr', s.cidr, 'ip_version', s.ip_version, 'allocation_pools', s.allocation_pools,
        'used', (select count(*) from network.ip_allocations a where a.subnet_id = s.id))
        order by s.created_at, s.id), '[]')
      from network.subnets s where s.network_id = n.id and s.ip_version = any(${versions})) as subnets
    from network.networks n where ${where} order by n.created_at, n.id`.execute(room.database);
  return result.rows;
}

/** How many addresses of each network are used: for administrators. */
export const availabilityOperations = (room: Room): Operation[] => [
  operation({
    name: 'get_network_ip_availabilities',
    method: 'GET',
    path: '/v2.0/network-ip-availabilities',
    summary: 'List how many addresses networks have and use',
    role: 'admin',
    success: 200,
    handle: async ({ query }) => {
      const versions = query['ip_version']?.map(Number).filter(Number.isInteger) ?? [4, 6];
      const conditions: RawBuilder<unknown>[] = [sql`true`];
      const ids = query['network_id'];
      if (ids) conditions.push(sql`n.id = any(${ids.filter(isUuid)}::uuid[])`);
      const names = query['network_name'];
      if (names) conditions.push(sql`n.name = any(${names})`);
      const projects = query['project_id'] ?? query['tenant_id'];
      if (projects) conditions.push(sql`n.project_id = any(${projects})`);
      const networks = await useOf(room, sql.join(conditions, sql` and `), versions);
      return { body: { network_ip_availabilities: networks.map(documentOf) } };
    },
  }),
  operation({
    name: 'get_network_ip_availability',
    method: 'GET',
    path: '/v2.0/network-ip-availabilities/{network_id}',
    summary: 'Show how many addresses a network has and uses',
    role: 'admin',
    success: 200,
    handle: async ({ params }) => {
      const id = params['network_id']!;
      const [network] = isUuid(id) ? await useOf(room, sql`n.id = ${id}`, [4, 6]) : [];
      if (network === undefined) throw networkNotFound(id);
      return { body: { network_ip_availability: documentOf(network) } };
    },
  }),
];
