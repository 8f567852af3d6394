import { checkThing, find, isFault, show, textIn } from '../requests.ts';
import { hidden, named, REQUIRED } from '../shapes.ts';
import type { ResourceType } from '../type.ts';
import { interfacesOf, networkOf, subnetsOf, written } from './siblings.ts';

const partsOf = (physicalId: string | null): readonly [string, string] => {
  const [router = '', network = ''] = (physicalId ?? '').split(':');
  return [router, network];
};

/** The old way of giving a router its gateway: a resource of its own, which only edits the router. */
export const routerGateway: ResourceType = {
  name: 'OS::Neutron::RouterGateway',
  description: "A router's gateway to an external network.",
  ...hidden('5.0.0', "Use the router's property external_gateway_info."),
  properties: {
    router_id: named('neutron.router', 'The router.', REQUIRED),
    network: named('neutron.network', 'The external network.', { formerly: ['network_id'] }),
  },
  attributes: {},
  needs: (own, others) => [
    ...interfacesOf(written(own, 'router_id'), others),
    ...subnetsOf(networkOf(own), others),
  ],
  async create(step) {
    const router = textIn(step.properties, 'router_id') ?? '';
    const network = textIn(step.properties, 'network') ?? null;
    await step.cloud.request('network', 'PUT', `/v2.0/routers/${router}`, {
      body: { router: { external_gateway_info: { network_id: network } } },
    });
    await step.save({ physicalId: `${router}:${network}` });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    const [router] = partsOf(step.physicalId);
    try {
      await step.cloud.request('network', 'PUT', `/v2.0/routers/${router}`, {
        body: { router: { external_gateway_info: {} } },
      });
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  },
  async check(step) {
    const [router, network] = partsOf(step.physicalId);
    await checkThing(step, 'router gateway', async () => {
      const found = await find(step, 'network', `/v2.0/routers/${router}`, 'router');
      const info = found?.['external_gateway_info'] as { network_id?: string } | null | undefined;
      return info?.network_id === network ? found : undefined;
    });
  },
  describe: (step) =>
    show(step, 'network', `/v2.0/routers/${partsOf(step.physicalId)[0]}`, 'router'),
};
