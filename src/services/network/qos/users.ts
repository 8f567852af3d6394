import { sql } from 'kysely';
import type { Change } from '../change.ts';
import type { NetworkDatabase } from '../tables.ts';

/** What has a policy of its own choice. */
export interface PolicyUser {
  readonly kind: 'port' | 'network' | 'fip' | 'router';
  readonly id: string;
  readonly project_id: string;
}

/** Whatever was given the policy; networks' ports are not among them. */
export async function usersOf(database: NetworkDatabase, policyId: string): Promise<PolicyUser[]> {
  const { rows } = await sql<PolicyUser>`
    select 'port' as kind, id, project_id from network.ports
      where qos_policy_id = ${policyId} and device_owner <> 'network:router_gateway'
    union all select 'network', id, project_id from network.networks where qos_policy_id = ${policyId}
    union all select 'fip', id, project_id from network.floatingips where qos_policy_id = ${policyId}
    union all select 'router', r.id, r.project_id from network.ports p
      join network.routers r on r.id = p.router_id
      where p.qos_policy_id = ${policyId} and p.device_owner = 'network:router_gateway'`.execute(
    database,
  );
  return rows;
}

/** A port for which a policy counts, its own or its network's. */
export interface LimitedPort {
  readonly id: string;
  readonly device_owner: string;
  readonly binding_host_id: string;
  readonly binding_vnic_type: string;
}

const trusted = sql`(p.device_owner like 'network:%' or p.device_owner like 'neutron:%')
  and p.device_owner <> 'network:router_gateway'`;

/** The ports for which the policy counts. */
export async function limitedPorts(
  database: NetworkDatabase,
  policyId: string,
): Promise<LimitedPort[]> {
  const { rows } = await sql<LimitedPort>`
    select p.id, p.device_owner, p.binding_host_id, p.binding_vnic_type from network.ports p
      where p.qos_policy_id = ${policyId}
    union all select p.id, p.device_owner, p.binding_host_id, p.binding_vnic_type
      from network.networks n join network.ports p on p.network_id = n.id
      where n.qos_policy_id = ${policyId} and p.qos_policy_id is null and not (${trusted})`.execute(
    database,
  );
  return rows;
}

/** Everything whose rows depend on the policy may have to change. */
export async function touchUsers(change: Change, policyId: string): Promise<void> {
  const ports = await limitedPorts(change.transaction, policyId);
  change.touch(...ports.map(({ id }) => `port:${id}`));
  const floating = await sql<{ id: string }>`
    select f.id from network.floatingips f where f.qos_policy_id = ${policyId}
    union all select f.id from network.networks n
      join network.floatingips f on f.floating_network_id = n.id
      where n.qos_policy_id = ${policyId} and f.qos_policy_id is null`.execute(change.transaction);
  change.touch(...floating.rows.map(({ id }) => `floatingip:${id}`));
}

/** Everything on a network that has no policy of its own. */
export async function touchNetwork(change: Change, networkId: string): Promise<void> {
  const { rows } = await sql<{ owner: string }>`
    select 'port:' || p.id as owner from network.ports p
      where p.network_id = ${networkId} and p.qos_policy_id is null and not (${trusted})
    union all select 'floatingip:' || f.id from network.floatingips f
      where f.floating_network_id = ${networkId} and f.qos_policy_id is null`.execute(
    change.transaction,
  );
  change.touch(...rows.map(({ owner }) => owner));
}
