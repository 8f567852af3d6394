import { sql } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import type { Change } from '../change.ts';
import { scopeAffinity } from './rules.ts';

/**
 * All subnets of a network that have one IP version come from one pool or from none; in address scopes from pools of
 * one scope. `poolId` is the new subnet's.
 */
export async function checkAffinity(
  change: Change,
  networkId: string,
  version: 4 | 6,
  poolId: string | null,
): Promise<void> {
  const result = await sql<{
    id: string;
    pool: string | null;
    here: string | null;
    mine: string | null;
  }>`
    select s.id, s.subnetpool_id as pool, p.address_scope_id as here,
      (select m.address_scope_id from network.subnetpools m where m.id = ${poolId}::uuid) as mine
    from network.subnets s left join network.subnetpools p on p.id = s.subnetpool_id
    where s.network_id = ${networkId} and s.ip_version = ${version}
      and s.subnetpool_id is distinct from ${poolId}::uuid`.execute(change.transaction);
  for (const { id, pool, here, mine } of result.rows) {
    if (mine !== null) {
      if (here !== mine) throw scopeAffinity(id);
      continue;
    }
    throw badRequest(
      `Subnets hosted on the same network must be allocated from the same subnet pool: subnet ${id} is from ${pool ?? 'none'}.`,
      'NetworkSubnetPoolAffinityError',
    );
  }
}
