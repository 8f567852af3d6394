import { sql } from 'kysely';
import type { ResourceRequest } from './contract.ts';
import type { NetworkTransaction } from '../tables.ts';
import { minimumColumn, requestOf, type Requester } from './request.ts';

/** See `NetworkService.resourceRequests`. */
export async function resourceRequests(
  transaction: NetworkTransaction,
  portIds: readonly string[],
): Promise<Map<string, ResourceRequest>> {
  if (portIds.length === 0) return new Map();
  const ids = sql`any(${portIds}::uuid[])`;
  // In the order in which a change of a network's or a port's policy locks: nobody gives them another one meanwhile,
  // and nobody changes the policies' rules.
  await sql`select 1 from network.networks
    where id in (select network_id from network.ports where id = ${ids}) order by id for share`.execute(
    transaction,
  );
  await sql`select 1 from network.ports where id = ${ids} order by id for no key update`.execute(
    transaction,
  );
  await sql`select 1 from network.qos_policies where id in (
      select coalesce(p.qos_policy_id, n.qos_policy_id) from network.ports p
      join network.networks n on n.id = p.network_id where p.id = ${ids})
    order by id for share`.execute(transaction);
  const { rows } = await sql<Requester>`select o.id, o.binding_vnic_type, ${minimumColumn}
    from network.ports o where o.id = ${ids}`.execute(transaction);
  return new Map(
    rows.flatMap((row) => {
      const request = requestOf(row);
      return request === null ? [] : [[row.id, request] as const];
    }),
  );
}

/** See `NetworkService.portAllocations`. */
export async function portAllocations(
  transaction: NetworkTransaction,
  portIds: readonly string[],
): Promise<Map<string, Record<string, string>>> {
  if (portIds.length === 0) return new Map();
  const { rows } = await sql<{ id: string; allocation: Record<string, string> }>`
    select id, binding_profile -> 'allocation' as allocation from network.ports
    where id = any(${portIds}::uuid[]) and jsonb_typeof(binding_profile -> 'allocation') = 'object'
  `.execute(transaction);
  return new Map(rows.map(({ id, allocation }) => [id, allocation]));
}

/** See `NetworkService.networksWithMinimum`. */
export async function networksWithMinimum(
  transaction: NetworkTransaction,
  networkIds: readonly string[],
): Promise<string[]> {
  if (networkIds.length === 0) return [];
  const { rows } = await sql<{ id: string }>`select n.id from network.networks n
    where n.id = any(${networkIds}::uuid[])
      and n.qos_policy_id in (select policy_id from network.qos_rules
        where type = 'minimum_bandwidth' and min_kbps > 0)
      and (select g.physical_network from network.segments g where g.network_id = n.id
        order by g.segment_index limit 1) is not null
    order by n.id`.execute(transaction);
  return rows.map(({ id }) => id);
}
