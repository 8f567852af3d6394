import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import { unwrap, valuesOfUpdate } from '../attributes/body.ts';
import { document, find, findOwned } from '../collections/noun.ts';
import type { Room } from '../collections/operations.ts';
import type { HostRouteJson } from '../tables.ts';
import { checkRoutes, routerSubnets } from './interfaces.ts';
import { routerNoun } from './noun.ts';

/** Most extra routes of a router (Neutron's `max_routes`). */
const MOST_ROUTES = 30;

const same = (a: HostRouteJson) => (b: HostRouteJson) =>
  a.destination === b.destination && a.nexthop === b.nexthop;

/** Routes that are there are not added twice; what is not there is removed already. */
const WORK = {
  add_extraroutes: (present: readonly HostRouteJson[], named: readonly HostRouteJson[]) => [
    ...present,
    ...named.filter((route) => !present.some(same(route))),
  ],
  remove_extraroutes: (present: readonly HostRouteJson[], named: readonly HostRouteJson[]) =>
    present.filter((route) => !named.some(same(route))),
} as const;

/** Adding and removing single routes, whatever others there are (alias extraroute-atomic). */
export const extraRouteOperations = (room: Room): Operation[] =>
  (Object.keys(WORK) as (keyof typeof WORK)[]).map((name) =>
    operation({
      name,
      method: 'PUT',
      path: `/v2.0/routers/{router_id}/${name}`,
      summary:
        name === 'add_extraroutes' ? 'Add routes to a router' : 'Remove routes from a router',
      role: 'member',
      success: 200,
      body: Type.Unknown(),
      handle: async ({ caller, params, body }) => {
        const attributes = { routes: routerNoun.attributes['routes']! };
        const { routes: named = [] } = valuesOfUpdate(
          attributes,
          name,
          caller,
          unwrap(body, 'router'),
        ) as { routes?: HostRouteJson[] };
        const router = await room.commit(async (change) => {
          const row = await findOwned(
            change.transaction,
            routerNoun,
            caller,
            params['router_id']!,
            name,
          );
          const routes = WORK[name](row.routes, named);
          if (routes.length > MOST_ROUTES) {
            throw badRequest(
              `Unable to complete operation for ${row.id}. The number of routes exceeds the maximum ${MOST_ROUTES}.`,
              'RoutesExhausted',
            );
          }
          checkRoutes(routes, await routerSubnets(change.transaction, row.id));
          await sql`update network.routers set routes = ${JSON.stringify(routes)}::jsonb,
            revision_number = revision_number + 1, updated_at = now()
            where id = ${row.id}`.execute(change.transaction);
          change.touch(`router:${row.id}`);
          return find(change.transaction, routerNoun, caller, row.id);
        });
        return { body: { router: document(routerNoun, router, caller) } };
      },
    }),
  );
