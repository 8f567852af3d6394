import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { cidrsOverlap, formatCidr, parseCidr, type Cidr } from '../addresses/cidr.ts';
import type { Change } from '../change.ts';
import { findOwned } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import { invalidInput } from '../errors.ts';
import { networkNoun } from '../networks/noun.ts';
import { subnetPoolNoun, type SubnetPoolRow } from './noun.ts';
import { compact, subtract } from './prefixes.ts';
import { changePool, touchRoutersOfPool } from './rules.ts';

/** Most prefixes of one request. */
const LIMIT = 200;

const prefixBody = Type.Unknown({
  properties: { prefixes: Type.Array(Type.String(), { maxItems: LIMIT }) },
});

/** The prefixes of a body: a list of at least one range. */
function prefixesOf(body: unknown): Cidr[] {
  const list = (body as { prefixes?: unknown } | null)?.prefixes;
  if (!Array.isArray(list) || list.length === 0 || list.length > LIMIT) {
    throw badRequest(
      `Request body contains invalid data: send {"prefixes": ["10.0.0.0/8", …]}, at most ${LIMIT}.`,
      'HTTPBadRequest',
    );
  }
  return list.map((text: unknown) => {
    const range = typeof text === 'string' ? parseCidr(text) : undefined;
    if (range !== undefined) return range;
    throw badRequest(
      `Invalid input for prefixes. Reason: ${JSON.stringify(text)?.slice(0, 100)} is not a valid address range such as 10.0.0.0/24.`,
      'HTTPBadRequest',
    );
  });
}

/** One of the three: the pool is locked and the caller's. */
const poolOperation = (
  room: Room,
  name: string,
  summary: string,
  body: ReturnType<typeof Type.Unknown>,
  work: (change: Change, request: OperationRequest, pool: SubnetPoolRow) => Promise<unknown>,
): Operation =>
  operation({
    name,
    method: 'PUT',
    path: `${subnetPoolNoun.path}/{subnetpool_id}/${name}`,
    summary,
    role: 'member',
    success: 200,
    body,
    handle: async (request) => ({
      body: await room.commit(async (change) => {
        const { caller, params } = request;
        const id = params['subnetpool_id']!;
        const pool = await findOwned(change.transaction, subnetPoolNoun, caller, id, name);
        return work(change, request, pool);
      }),
    }),
  });

async function add(change: Change, { caller, body }: OperationRequest, pool: SubnetPoolRow) {
  const prefixes = [...pool.prefixes, ...prefixesOf(body).map(formatCidr)];
  return { prefixes: await changePool(change, caller, pool, { prefixes }) };
}

async function remove(change: Change, { body }: OperationRequest, pool: SubnetPoolRow) {
  const removed = prefixesOf(body);
  const present = pool.prefixes.map((text) => parseCidr(text)!);
  const subnets = await change.transaction
    .selectFrom('network.subnets')
    .select(['id', 'cidr'])
    .where('subnetpool_id', '=', pool.id)
    .execute();
  const used = subnets.find(({ cidr }) =>
    removed.some((range) => cidrsOverlap(range, parseCidr(cidr)!)),
  );
  if (used !== undefined) {
    throw badRequest(
      `Illegal update to prefixes: One or more the prefixes to be removed is in use by a subnet: ${used.id} has ${used.cidr}.`,
      'IllegalSubnetPoolPrefixUpdate',
    );
  }
  const prefixes = compact(subtract(present, removed)).map(formatCidr);
  if (prefixes.join() === pool.prefixes.join()) return { prefixes };
  await change.transaction
    .updateTable('network.subnetpools')
    .set({ prefixes, revision_number: sql`revision_number + 1`, updated_at: sql`now()` })
    .where('id', '=', pool.id)
    .execute();
  return { prefixes };
}

/** The network's subnets of the pool's IP version are the pool's from now on, and their ranges its prefixes. */
async function onboard(change: Change, { caller, body }: OperationRequest, pool: SubnetPoolRow) {
  const networkId = (body as { network_id?: unknown } | null)?.network_id;
  if (typeof networkId !== 'string' || !isUuid(networkId)) {
    throw invalidInput('network_id must be specified.');
  }
  const { transaction } = change;
  await findOwned(transaction, networkNoun, caller, networkId, 'onboard_network_subnets');
  const read = (column: 'network_id' | 'subnetpool_id', id: string) =>
    transaction
      .selectFrom('network.subnets')
      .select(['id', 'cidr'])
      .where(column, '=', id)
      .where('ip_version', '=', pool.ip_version)
      .execute();
  const subnets = await read('network_id', networkId);
  const taken = await read('subnetpool_id', pool.id);
  for (const { id, cidr } of subnets) {
    const other = taken.find((subnet) => cidrsOverlap(parseCidr(subnet.cidr)!, parseCidr(cidr)!));
    if (other === undefined) continue;
    throw badRequest(
      `Illegal subnetpool update : Onboarding subnet ${id}: ${cidr} conflicts with allocated prefixes in subnet pool ${pool.id}: ${other.cidr}.`,
      'IllegalSubnetPoolUpdate',
    );
  }
  const prefixes = [...pool.prefixes, ...subnets.map(({ cidr }) => cidr)];
  await sql`update network.subnets set subnetpool_id = ${pool.id}, revision_number = revision_number + 1,
      updated_at = now() where id = any(${subnets.map(({ id }) => id)}::uuid[])`.execute(
    transaction,
  );
  await changePool(change, caller, pool, { prefixes });
  await touchRoutersOfPool(change, pool.id);
  change.touch(...subnets.map(({ id }) => `subnet:${id}`));
  return subnets;
}

/** Changes of a pool's prefixes one by one, and subnets that come into a pool (aliases subnetpool-prefix-ops, subnet_onboard). */
export const prefixOperations = (room: Room): Operation[] => [
  poolOperation(room, 'add_prefixes', 'Add prefixes to a subnet pool', prefixBody, add),
  poolOperation(room, 'remove_prefixes', 'Take prefixes from a subnet pool', prefixBody, remove),
  poolOperation(
    room,
    'onboard_network_subnets',
    'Take the subnets of a network into a subnet pool',
    Type.Unknown({ properties: { network_id: Type.String({ format: 'uuid' }) } }),
    onboard,
  ),
];
