import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import { unwrap, valuesOfUpdate } from '../attributes/body.ts';
import type { Change } from '../change.ts';
import { document, find, findOwned } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import { setGatewayPolicy } from '../qos/attachments.ts';
import {
  addGateway,
  checkPolicy,
  checkRoutesNow,
  removeGateway,
  setSnat,
  type GatewayRequest,
} from './gateway.ts';
import { gatewayList, routerNoun, type RouterGateway, type RouterRow } from './noun.ts';

/** Most gateways of one router. */
const MOST_GATEWAYS = 10;

type NamedGateway = GatewayRequest & { readonly network_id: string };

const unmatched = (routerId: string, reason: string) =>
  badRequest(
    `Unable to match a requested gateway port to existing gateway ports for router ${routerId}: ${reason}.`,
    'UnableToMatchGateways',
  );

/** The gateway that a request means: on its network, with one of its addresses, or the only one there. */
function matching(
  router: RouterRow,
  left: readonly RouterGateway[],
  request: NamedGateway,
): RouterGateway | undefined {
  const there = left.filter(({ network_id }) => network_id === request.network_id);
  const wanted = (request.external_fixed_ips ?? []).flatMap(({ ip_address }) => ip_address ?? []);
  if (wanted.length > 0) {
    return there.find(({ external_fixed_ips }) =>
      external_fixed_ips.some(({ ip_address }) => wanted.includes(ip_address)),
    );
  }
  if (there.length > 1) {
    throw unmatched(
      router.id,
      `several of its gateways are on network ${request.network_id}, name one by external_fixed_ips`,
    );
  }
  return there[0];
}

async function add(
  change: Change,
  caller: Caller,
  router: RouterRow,
  requests: readonly NamedGateway[],
): Promise<void> {
  if (router.gateways.length + requests.length > MOST_GATEWAYS) {
    throw badRequest(`Router ${router.id} can have ${MOST_GATEWAYS} gateways.`, 'BadRequest');
  }
  for (const request of requests) await addGateway(change, caller, router.id, request, false);
}

async function remove(
  change: Change,
  _caller: Caller,
  router: RouterRow,
  requests: readonly NamedGateway[],
): Promise<void> {
  let left: readonly RouterGateway[] = router.gateways;
  if (requests.length > 0 && left.length === 0) {
    throw badRequest(
      `Unable to remove extra gateways from a router ${router.id}: it has none.`,
      'UnableToRemoveGateways',
    );
  }
  for (const request of requests) {
    const gateway = matching(router, left, request);
    if (gateway === undefined) {
      throw unmatched(router.id, `none is like the one on network ${request.network_id}`);
    }
    left = left.filter((other) => other !== gateway);
    await removeGateway(change, router.id, gateway, left);
  }
}

/** Afterwards the router has these gateways, in this order; those that are there already stay. */
async function replace(
  change: Change,
  caller: Caller,
  router: RouterRow,
  requests: readonly NamedGateway[],
): Promise<void> {
  let left: readonly RouterGateway[] = router.gateways;
  const kept = requests.map((request) => {
    const gateway = matching(router, left, request);
    // With other addresses than asked for it is another one.
    const wanted = request.external_fixed_ips ?? [];
    const same =
      gateway !== undefined &&
      (wanted.length === 0 ||
        (wanted.length === gateway.external_fixed_ips.length &&
          wanted.every(({ ip_address }) =>
            gateway.external_fixed_ips.some((fixed) => fixed.ip_address === ip_address),
          )));
    if (!same) return undefined;
    left = left.filter((other) => other !== gateway);
    return gateway;
  });
  // What goes is still needed by floating IPs unless something of its network stays or comes.
  const remaining = [
    ...kept.filter((gateway) => gateway !== undefined),
    ...requests.map(({ network_id }): RouterGateway => ({
      port_id: '',
      network_id,
      external_fixed_ips: [],
      zones: [],
    })),
  ];
  for (const gateway of left) await removeGateway(change, router.id, gateway, remaining);
  const order: string[] = [];
  for (const [index, request] of requests.entries()) {
    const present = kept[index];
    if (present === undefined) {
      order.push(await addGateway(change, caller, router.id, request, false));
      continue;
    }
    order.push(present.port_id);
    const { qos_policy_id: policy } = request;
    await setGatewayPolicy(change, caller, present.port_id, present.qos_policy_id ?? null, policy);
  }
  await sql`update network.router_gateways set position = array_position(${order}::uuid[], port_id)
    where router_id = ${router.id}`.execute(change.transaction);
}

/** Adding, replacing and removing gateways of routers (alias external-gateway-multihoming). */
export const gatewayOperations = (room: Room): Operation[] =>
  (
    [
      ['add_external_gateways', 'Add gateways to a router', add],
      ['update_external_gateways', 'Replace the gateways of a router', replace],
      ['remove_external_gateways', 'Remove gateways from a router', remove],
    ] as const
  ).map(([name, summary, work]) =>
    operation({
      name,
      method: 'PUT',
      path: `/v2.0/routers/{router_id}/${name}`,
      summary,
      role: 'member',
      success: 200,
      body: Type.Unknown(),
      handle: async ({ caller, params, body }) => {
        const attributes = { external_gateways: { type: gatewayList, put: true } };
        const { external_gateways: requests } = valuesOfUpdate(
          attributes,
          name,
          caller,
          unwrap(body, 'router'),
        ) as { external_gateways?: NamedGateway[] };
        const router = await room.commit(async (change) => {
          const row = await findOwned(
            change.transaction,
            routerNoun,
            caller,
            params['router_id']!,
            name,
          );
          if (requests === undefined) return row;
          if (name !== 'remove_external_gateways') {
            for (const request of requests)
              checkPolicy(caller, request, `${name}:external_gateways`);
          }
          await work(change, caller, row, requests);
          await checkRoutesNow(change, row);
          const snat = requests.find(({ enable_snat }) => enable_snat !== undefined)?.enable_snat;
          if (snat !== undefined && name !== 'remove_external_gateways') {
            await setSnat(change, row.id, snat);
          }
          await sql`update network.routers set revision_number = revision_number + 1,
            updated_at = now() where id = ${row.id}`.execute(change.transaction);
          change.touch(`router:${row.id}`);
          return find(change.transaction, routerNoun, caller, row.id);
        });
        return { body: { router: document(routerNoun, router, caller) } };
      },
    }),
  );
