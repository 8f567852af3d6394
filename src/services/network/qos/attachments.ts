import { sql } from 'kysely';
import { isUuid } from '../../../core/ids.ts';
import type { Caller } from '../../identity/caller.ts';
import type { Values } from '../attributes/body.ts';
import { computed, orNull, uuid } from '../attributes/types.ts';
import type { Change } from '../change.ts';
import { find, select, visibleTo } from '../collections/noun.ts';
import type { Addition } from '../drivers/extension.ts';
import { holders, reallocate } from '../resource_requests/allocations.ts';
import { mayNotRemove } from './errors.ts';
import { qosPolicyNoun, type QosPolicyRow } from './noun.ts';
import { checkNetwork, checkPort } from './support.ts';
import { touchNetwork } from './users.ts';

/** The policy, which the caller must be allowed to know of; it stays as it is until the transaction ends. */
export async function usePolicy(change: Change, caller: Caller, id: string): Promise<QosPolicyRow> {
  // First the lock, then the look: a rule may be added meanwhile.
  await sql`select 1 from network.qos_policies where id = ${id} for share`.execute(
    change.transaction,
  );
  return find(change.transaction, qosPolicyNoun, caller, id);
}

/** A policy that somebody else gave, and that is not shared, only they take away again. */
export async function checkRemoval(
  change: Change,
  caller: Caller,
  present: string | null,
): Promise<void> {
  if (present === null || caller.isAdmin) return;
  const [policy] = await select(
    change.transaction,
    qosPolicyNoun,
    sql`o.id = ${present} and ${visibleTo(qosPolicyNoun, caller)}`,
  );
  if (policy === undefined) throw mayNotRemove(present);
}

/** Writes which policy something has. */
async function write(change: Change, table: string, id: string, policyId: string | null) {
  await sql`update ${sql.table(table)} set qos_policy_id = ${policyId} where id = ${id}`.execute(
    change.transaction,
  );
}

type Attached = { readonly id: string; readonly qos_policy_id: string | null };

/** `undefined` when the request says nothing new. */
async function newPolicy(
  change: Change,
  caller: Caller,
  row: Attached,
  values: Values,
): Promise<QosPolicyRow | null | undefined> {
  const wanted = values['qos_policy_id'] as string | null | undefined;
  if (wanted === undefined || wanted === row.qos_policy_id) return undefined;
  await checkRemoval(change, caller, row.qos_policy_id);
  return wanted === null ? null : usePolicy(change, caller, wanted);
}

const attribute = {
  type: orNull(uuid),
  post: true,
  put: true,
  initial: null,
  column: 'qos_policy_id',
} as const;

const view = (row: Attached) => ({ qos_policy_id: row.qos_policy_id });

/** The default policy of the project that has the network; it stays as it is until the transaction ends. */
async function defaultPolicy(change: Change, networkId: string): Promise<QosPolicyRow | undefined> {
  const { transaction } = change;
  const { rows } = await sql<{ id: string }>`select p.id from network.networks n
    join network.qos_policies p on p.project_id = n.project_id and p.is_default
    where n.id = ${networkId} for share of p`.execute(transaction);
  if (rows[0] === undefined) return undefined;
  const [policy] = await select(transaction, qosPolicyNoun, sql`o.id = ${rows[0].id}`);
  return policy;
}

/** A network's policy counts for its ports, and at the gateways that lead to it; new networks get the project's default. */
export const networkPolicy: Addition = {
  noun: 'network',
  attributes: { qos_policy_id: attribute },
  view,
  async create(change, caller, id, values) {
    const wanted = values['qos_policy_id'] as string | null;
    const policy =
      wanted === null ? await defaultPolicy(change, id) : await usePolicy(change, caller, wanted);
    if (policy === undefined) return;
    checkNetwork(typesOf(policy), id);
    await write(change, 'network.networks', id, policy.id);
  },
  async update(change, caller, row: Attached, values) {
    const policy = await newPolicy(change, caller, row, values);
    if (policy === undefined) return;
    if (policy !== null) checkNetwork(typesOf(policy), row.id);
    const served = await holders(change, sql`o.network_id = ${row.id} and o.qos_policy_id is null`);
    await write(change, 'network.networks', row.id, policy?.id ?? null);
    await reallocate(change, served);
    await touchNetwork(change, row.id);
  },
};

const typesOf = (policy: QosPolicyRow) => policy.rules.map(({ type }) => type);

async function givePort(change: Change, id: string, policy: QosPolicyRow): Promise<void> {
  const port = await change.transaction
    .selectFrom('network.ports')
    .select(['id', 'device_owner', 'binding_host_id', 'binding_vnic_type'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  checkPort(typesOf(policy), port);
  await write(change, 'network.ports', id, policy.id);
}

/** A port's own policy counts instead of its network's. */
export const portPolicy: Addition = {
  noun: 'port',
  attributes: {
    qos_policy_id: attribute,
    qos_network_policy_id: {
      type: computed('policy of its network'),
      filter: (values) => sql<boolean>`exists (select 1 from network.networks n
        where n.id = o.network_id and n.qos_policy_id = any(${values.filter(isUuid)}::uuid[]))`,
    },
  },
  // Only networks that have a policy are looked at: a list of thousands of ports costs no more than before.
  columns: sql`case when o.network_id in (select id from network.networks where qos_policy_id is not null)
    then (select n.qos_policy_id from network.networks n where n.id = o.network_id) end
    as qos_network_policy_id`,
  view: (row: Attached & { readonly qos_network_policy_id: string | null }) => ({
    qos_policy_id: row.qos_policy_id,
    qos_network_policy_id: row.qos_network_policy_id,
  }),
  async create(change, caller, id, values) {
    const wanted = values['qos_policy_id'] as string | null;
    if (wanted !== null) await givePort(change, id, await usePolicy(change, caller, wanted));
  },
  async update(change, caller, row: Attached, values) {
    const policy = await newPolicy(change, caller, row, values);
    if (policy === undefined) return;
    const served = await holders(change, sql`o.id = ${row.id}`);
    if (policy === null) await write(change, 'network.ports', row.id, null);
    else await givePort(change, row.id, policy);
    await reallocate(change, served);
  },
};

/** A floating IP's policy counts at the gateway through which it leads, instead of the external network's. */
export const floatingIpPolicy: Addition = {
  noun: 'floatingip',
  attributes: {
    qos_policy_id: attribute,
    qos_network_policy_id: { type: computed('policy of its external network') },
  },
  columns: sql`(select n.qos_policy_id from network.networks n where n.id = o.floating_network_id)
    as qos_network_policy_id`,
  view: (row: Attached & { readonly qos_network_policy_id: string | null }) => ({
    qos_policy_id: row.qos_policy_id,
    qos_network_policy_id: row.qos_network_policy_id,
  }),
  async create(change, caller, id, values) {
    const wanted = values['qos_policy_id'] as string | null;
    if (wanted === null) return;
    const policy = await usePolicy(change, caller, wanted);
    checkNetwork(typesOf(policy), id);
    await write(change, 'network.floatingips', id, policy.id);
  },
  async update(change, caller, row: Attached, values) {
    const policy = await newPolicy(change, caller, row, values);
    if (policy === undefined) return;
    await write(change, 'network.floatingips', row.id, policy?.id ?? null);
  },
};

/** A gateway whose port is made anew has the policy that it had. */
export const keepGatewayPolicy = (change: Change, portId: string, policyId: string | null) =>
  write(change, 'network.ports', portId, policyId);

/**
 * The policy of a router's gateway, kept at its port; `undefined`: it keeps what it has. `present` is what it has
 * when it was there before.
 */
export async function setGatewayPolicy(
  change: Change,
  caller: Caller,
  portId: string,
  present: string | null,
  wanted: string | null | undefined,
): Promise<void> {
  const policy = await newPolicy(
    change,
    caller,
    { id: portId, qos_policy_id: present },
    { qos_policy_id: wanted },
  );
  if (policy === undefined) return;
  await write(change, 'network.ports', portId, policy?.id ?? null);
  change.touch(`port:${portId}`);
}
