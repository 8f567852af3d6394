import { checkThing, invalid, isFault, listOf, mapsIn, PATIENCE, textIn } from '../requests.ts';
import { named, REQUIRED, since } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';
import type { ValueMap } from '../../language/index.ts';

const HELD = 'held_since';

/** The parts of `ROUTER:subnet_id=SUBNET`: an interface has no id of its own. */
function partsOf(physicalId: string): { router: string; body: Record<string, string> } {
  const [router = '', rest = ''] = physicalId.split(':');
  const [key = '', value = ''] = rest.includes('=') ? rest.split('=') : ['subnet_id', rest];
  return { router, body: { [key]: value } };
}

/** The port by which the router is there; undefined when it is not. */
async function interfacePort(
  step: Step,
  physicalId = step.physicalId ?? '',
): Promise<ValueMap | undefined> {
  const { router, body } = partsOf(physicalId);
  const ports = await listOf(step, 'network', '/v2.0/ports', 'ports', { device_id: router });
  return ports.find((port) =>
    'port_id' in body
      ? port['id'] === body['port_id']
      : mapsIn(port, 'fixed_ips').some((one) => one['subnet_id'] === body['subnet_id']),
  );
}

/** Takes the interface away; false while floating IPs or routes hold it. */
async function removed(step: Step, heldSince: string | undefined): Promise<boolean> {
  if (step.physicalId === null) return true;
  const { router, body } = partsOf(step.physicalId);
  try {
    await step.cloud.request('network', 'PUT', `/v2.0/routers/${router}/remove_router_interface`, {
      body,
    });
  } catch (error) {
    if (isFault(error, 'notFound')) return true;
    if (!isFault(error, 'conflict')) throw error;
    if (heldSince === undefined) await step.save({ data: { [HELD]: String(Date.now()) } });
    else if (Date.now() - Number(heldSince) > PATIENCE) throw error;
    return false;
  }
  return true;
}

export const routerInterface: ResourceType = {
  name: 'OS::Neutron::RouterInterface',
  description: 'Puts a router on a subnet, by an address of its own or by a given port.',
  properties: {
    router: named('neutron.router', 'The router.', { ...REQUIRED, formerly: ['router_id'] }),
    subnet: named('neutron.subnet', 'The subnet whose gateway it becomes.', {
      formerly: ['subnet_id'],
    }),
    port: named('neutron.port', 'The port by which it shall be there.', {
      formerly: ['port_id'],
      ...since('2015.1'),
    }),
  },
  attributes: {},
  validate({ subnet, port }) {
    if (subnet && port) throw invalid('Give either subnet or port, not both.');
    if (subnet === undefined && port === undefined)
      throw invalid('A router interface needs a subnet or a port.');
  },
  async create(step) {
    const router = textIn(step.properties, 'router') ?? '';
    const subnet = textIn(step.properties, 'subnet');
    const [key, value] =
      subnet === undefined
        ? (['port_id', textIn(step.properties, 'port') ?? ''] as const)
        : (['subnet_id', subnet] as const);
    const physicalId = `${router}:${key}=${value}`;
    try {
      await step.cloud.request('network', 'PUT', `/v2.0/routers/${router}/add_router_interface`, {
        body: { [key]: value },
      });
    } catch (error) {
      // Called again, the step finds what it had done.
      if (!step.repeated || !isFault(error, 'badRequest', 'conflict')) throw error;
      if ((await interfacePort(step, physicalId)) === undefined) throw error;
    }
    await step.save({ physicalId, later: true });
  },
  async delete(step) {
    await removed(step, undefined);
  },
  async isDeleted(step) {
    const heldSince = step.data[HELD];
    return heldSince === undefined || (await removed(step, heldSince));
  },
  check: (step) => checkThing(step, 'router interface', () => interfacePort(step)),
  async describe(step) {
    return (await interfacePort(step)) ?? {};
  },
};
