import { sql } from 'kysely';
import { conflict, Fault, forbidden } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { valuesOfCreation } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import { find, findOwned, select, visibleTo, type AnyNoun } from '../collections/noun.ts';
import type { Rules } from '../collections/operations.ts';
import { networkNoun } from '../networks/noun.ts';
import { networkRules } from '../networks/rules.ts';
import { addInterface, removeInterface } from '../routers/interface-changes.ts';
import { routerNoun } from '../routers/noun.ts';
import { routerRules } from '../routers/rules.ts';
import { subnetPoolNoun, type SubnetPoolRow } from '../subnetpools/noun.ts';
import { subnetNoun } from '../subnets/noun.ts';
import { subnetRules } from '../subnets/rules.ts';
import type { NetworkDatabase } from '../tables.ts';

/** A project's network that the cloud made for it. */
interface Topology {
  readonly network_id: string;
  readonly router_id: string | null;
}

const failure = (reason: string): Fault =>
  conflict(`Deployment error: ${reason}.`, 'AutoAllocationFailure');

/** What a topology is made of; fails with what the cloud lacks. */
export async function requirementsOf(
  database: NetworkDatabase,
  caller: Caller,
): Promise<{ readonly outside: string; readonly pools: readonly SubnetPoolRow[] }> {
  const outside = await database
    .selectFrom('network.networks')
    .select('id')
    .where('is_default', '=', true)
    .executeTakeFirst();
  if (outside === undefined) {
    throw failure(
      'No default router:external network: an administrator gives one the attribute is_default',
    );
  }
  const pools = await select(
    database,
    subnetPoolNoun,
    sql`o.is_default and ${visibleTo(subnetPoolNoun, caller)} order by o.ip_version`,
  );
  if (pools.length === 0) {
    throw failure(
      'No default subnetpools defined: an administrator makes a shared subnet pool with is_default',
    );
  }
  return { outside: outside.id, pools };
}

/** The network that was made for a project; undefined: none was. */
export async function topologyOf(
  database: NetworkDatabase,
  projectId: string,
): Promise<Topology | undefined> {
  const found =
    await sql<Topology>`select network_id, router_id from network.auto_allocated_topologies
    where project_id = ${projectId}`.execute(database);
  return found.rows[0];
}

/** One change of a project's topology at a time: two requests at once mean one network. */
const lockTopology = (change: Change, projectId: string) =>
  sql`select pg_advisory_xact_lock(hashtextextended(${`network topology ${projectId}`}, 0))`.execute(
    change.transaction,
  );

/** Gives the id of the project's network, made now with a router to the outside when there is none. */
export async function allocateTopology(
  change: Change,
  caller: Caller,
  projectId: string,
): Promise<string> {
  await lockTopology(change, projectId);
  const present = await topologyOf(change.transaction, projectId);
  if (present !== undefined) return present.network_id;
  if (!caller.isAdmin && !caller.roles.has('member')) {
    throw forbidden(
      'The network has to be made first: that needs the role member.',
      'NotAuthorized',
    );
  }
  const { outside, pools } = await requirementsOf(change.transaction, caller);
  const make = async (noun: AnyNoun, { create }: Rules<never>, object: Record<string, unknown>) => {
    const whole = { ...object, project_id: projectId };
    return create!(
      change,
      caller,
      valuesOfCreation(noun.attributes, `create_${noun.singular}`, caller, whole),
    );
  };
  const network = await make(networkNoun, networkRules, { name: 'auto_allocated_network' });
  const subnets: string[] = [];
  for (const pool of pools) {
    try {
      subnets.push(
        await make(subnetNoun, subnetRules, {
          name: `auto_allocated_subnet_v${pool.ip_version}`,
          network_id: network,
          ip_version: pool.ip_version,
          subnetpool_id: pool.id,
        }),
      );
    } catch (error) {
      if (!(error instanceof Fault) || error.type === 'OverQuota') throw error;
      throw failure(`Unable to provide project private network: ${error.message}`);
    }
  }
  const router = await make(routerNoun, routerRules, {
    name: 'auto_allocated_router',
    external_gateway_info: { network_id: outside },
  });
  for (const subnet of subnets) await addInterface(change, caller, router, { subnet_id: subnet });
  await sql`insert into network.auto_allocated_topologies (project_id, network_id, router_id)
    values (${projectId}, ${network}, ${router})`.execute(change.transaction);
  return network;
}

/** Removes what was made for the project; fails with what still uses it, and then all of it stays. */
export async function deleteTopology(
  change: Change,
  caller: Caller,
  projectId: string,
): Promise<void> {
  await lockTopology(change, projectId);
  const topology = await topologyOf(change.transaction, projectId);
  if (topology === undefined) return;
  const network = await find(change.transaction, networkNoun, caller, topology.network_id);
  if (topology.router_id !== null) {
    const connected = await sql<{ id: string }>`select distinct a.subnet_id as id
      from network.ports p join network.ip_allocations a on a.port_id = p.id
      where p.router_id = ${topology.router_id} and p.network_id = ${network.id}
        and p.device_owner = 'network:router_interface'`.execute(change.transaction);
    for (const { id } of connected.rows) {
      await removeInterface(change, caller, topology.router_id, { subnet_id: id });
    }
    const router = await findOwned(
      change.transaction,
      routerNoun,
      caller,
      topology.router_id,
      'delete_router',
    );
    await routerRules.delete!(change, caller, router);
  }
  await networkRules.delete!(
    change,
    caller,
    await findOwned(change.transaction, networkNoun, caller, network.id, 'delete_network'),
  );
}
