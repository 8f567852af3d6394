import { ResourceFailure, type ResourceType, type Step } from '../type.ts';
import type { ValueMap } from '../../language/index.ts';
import { checkThing, find, isFault, mapsIn, show, textIn } from '../requests.ts';
import { format, list, map, named, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import { gatewaysOf, interfacesOf, written } from './siblings.ts';

type Route = { readonly destination: string; readonly nexthop: string };

const keyOf = ({ destination, nexthop }: ValueMap): string =>
  `${String(destination)} ${String(nexthop)}`;
const bare = ({ destination, nexthop }: ValueMap): Route => ({
  destination: String(destination),
  nexthop: String(nexthop),
});

const edit = (step: Step, router: string, verb: 'add' | 'remove', routes: readonly ValueMap[]) =>
  step.cloud.request('network', 'PUT', `/v2.0/routers/${router}/${verb}_extraroutes`, {
    body: { router: { routes: routes.map(bare) } },
  });

async function routesOf(step: Step, router: string): Promise<readonly ValueMap[] | undefined> {
  const found = await find(step, 'network', `/v2.0/routers/${router}`, 'router');
  return found && mapsIn(found, 'routes');
}

async function removeRoutes(
  step: Step,
  router: string,
  routes: readonly ValueMap[],
): Promise<void> {
  if (routes.length === 0) return;
  try {
    await edit(step, router, 'remove', routes);
  } catch (error) {
    if (!isFault(error, 'notFound')) throw error;
  }
}

/** Adds routes, none of which the router may have from elsewhere. */
async function addRoutes(step: Step, router: string, routes: readonly ValueMap[]): Promise<void> {
  // A repeated step may find what it had added.
  if (!step.repeated) {
    const present = new Set(((await routesOf(step, router)) ?? []).map(keyOf));
    const twice = routes.find((route) => present.has(keyOf(route)));
    if (twice)
      throw new ResourceFailure(
        `The router ${router} has the route to ${String(twice['destination'])} over ${String(twice['nexthop'])} already.`,
      );
  }
  if (routes.length > 0) await edit(step, router, 'add', routes);
}

async function checkRoutes(step: Step, router: string, routes: readonly ValueMap[]): Promise<void> {
  await checkThing(step, 'route', async () => {
    const present = new Set(((await routesOf(step, router)) ?? []).map(keyOf));
    return routes.every((route) => present.has(keyOf(route))) ? {} : undefined;
  });
}

/** One route of a router. Heat calls it unsupported, since it edits another resource; templates have it all the same. */
export const extraRoute: ResourceType = {
  name: 'OS::Neutron::ExtraRoute',
  description: "Adds a route to a router's table.",
  support: { status: 'UNSUPPORTED', message: 'Use OS::Neutron::ExtraRouteSet.' },
  properties: {
    router_id: named('neutron.router', 'The router.', REQUIRED),
    destination: text('The CIDR that the route leads to.', REQUIRED),
    nexthop: text('The address that it leads over.', REQUIRED),
  },
  attributes: {},
  needs: (own, others) => [
    ...interfacesOf(written(own, 'router_id'), others),
    ...gatewaysOf(written(own, 'router_id'), others),
  ],
  async create(step) {
    const router = textIn(step.properties, 'router_id') ?? '';
    await addRoutes(step, router, [step.properties]);
    const { destination, nexthop } = bare(step.properties);
    await step.save({ physicalId: `${router}:${destination}:${nexthop}` });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    await removeRoutes(step, textIn(step.properties, 'router_id') ?? '', [step.properties]);
  },
  check: (step) => checkRoutes(step, textIn(step.properties, 'router_id') ?? '', [step.properties]),
  describe: (step) =>
    show(step, 'network', `/v2.0/routers/${textIn(step.properties, 'router_id') ?? ''}`, 'router'),
};

export const extraRouteSet: ResourceType = {
  name: 'OS::Neutron::ExtraRouteSet',
  description: "Adds routes to a router's table, beside those that it has from elsewhere.",
  support: { version: '14.0.0' },
  properties: {
    router: named('neutron.router', 'The router.', REQUIRED),
    routes: list('The routes.', {
      default: [],
      ...UPDATABLE,
      items: map('A route.', {
        members: {
          destination: text('The CIDR that it leads to.', { ...REQUIRED, ...format('net_cidr') }),
          nexthop: text('The address that it leads over.', { ...REQUIRED, ...format('ip_addr') }),
        },
      }),
    }),
  },
  attributes: {},
  needs: (own, others) => interfacesOf(written(own, 'router'), others),
  async create(step) {
    const router = textIn(step.properties, 'router') ?? '';
    await addRoutes(step, router, mapsIn(step.properties, 'routes'));
    await step.save({ physicalId: router });
  },
  async update(step) {
    const router = textIn(step.properties, 'router') ?? '';
    const [before, after] = [mapsIn(step.former, 'routes'), mapsIn(step.properties, 'routes')];
    const [old, wanted] = [new Set(before.map(keyOf)), new Set(after.map(keyOf))];
    await removeRoutes(
      step,
      router,
      before.filter((route) => !wanted.has(keyOf(route))),
    );
    const added = after.filter((route) => !old.has(keyOf(route)));
    if (added.length > 0) await edit(step, router, 'add', added);
  },
  async delete(step) {
    if (step.physicalId === null) return;
    await removeRoutes(step, step.physicalId, mapsIn(step.properties, 'routes'));
  },
  check: (step) =>
    checkRoutes(step, textIn(step.properties, 'router') ?? '', mapsIn(step.properties, 'routes')),
  describe: (step) =>
    show(step, 'network', `/v2.0/routers/${textIn(step.properties, 'router') ?? ''}`, 'router'),
};
