import { namedUuid } from '../../../../core/ids.ts';
import { isMap, type ValueMap } from '../../language/index.ts';
import {
  checkThing,
  find,
  idOf,
  isFault,
  isRemoved,
  listOf,
  make,
  mapsIn,
  physicalName,
  remove,
  show,
  textIn,
  textsIn,
  type Body,
} from '../requests.ts';
import { gives, list, named, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';

const TAGS = list('Tags, which nothing looks at.');
const pathOfNetwork = (id: string): string => `/v2.0/networks/${encodeURIComponent(id)}`;

/** The router of a network: it has the network's name, by which Heat finds it too. */
export async function routerOf(step: Step, network: string): Promise<string | undefined> {
  const found = await find(step, 'network', pathOfNetwork(network), 'network');
  if (found === undefined) return undefined;
  const routers = await listOf(step, 'network', '/v2.0/routers', 'routers', {
    name: String(found['name']),
  });
  if (routers.length > 1)
    throw new ResourceFailure(`There are several routers named ${String(found['name'])}.`);
  return routers[0] === undefined ? undefined : String(routers[0]['id']);
}

/** The external network that an internet gateway stands for. */
export async function externalNetwork(step: Step): Promise<string> {
  const [found] = await listOf(step, 'network', '/v2.0/networks', 'networks', {
    'router:external': 'true',
  });
  if (found === undefined) throw new ResourceFailure('There is no external network here.');
  return String(found['id']);
}

/** Asks a router; what is not there any more, or is so already, is no failure. */
export async function askRouter(
  step: Step,
  router: string,
  path: string,
  body: unknown,
): Promise<void> {
  try {
    await step.cloud.request('network', 'PUT', `/v2.0/routers/${router}${path}`, { body });
  } catch (error) {
    const isRepeated = step.repeated && isFault(error, 'badRequest', 'conflict');
    if (!isFault(error, 'notFound') && !isRepeated) throw error;
  }
}

export const setGateway = (step: Step, router: string, network: string | null): Promise<void> =>
  askRouter(step, router, '', {
    router: { external_gateway_info: network === null ? {} : { network_id: network } },
  });

async function makeRouter(step: Step, name: string, intendedId: string): Promise<string> {
  const { body } = await step.cloud.request('network', 'POST', '/v2.0/routers', {
    body: { router: { name } },
    intendedId,
  });
  const router = isMap(body) ? (body['router'] as ValueMap) : {};
  return String(router['id']);
}

export const vpc: ResourceType = {
  name: 'AWS::EC2::VPC',
  description: 'A network and its router, in the words of Amazon.',
  properties: { CidrBlock: text('The range; subnets have their own.'), Tags: TAGS },
  attributes: {},
  async create(step) {
    const name = physicalName(step);
    const made = await make(step, 'network', '/v2.0/networks', {
      member: 'network',
      body: { name },
    });
    const router = await makeRouter(step, name, namedUuid(step.intendedId, 'router'));
    await step.save({ physicalId: String(made['id']), data: { router } });
  },
  async delete(step) {
    const router = step.data['router'];
    if (router !== undefined) {
      await step.cloud
        .request('network', 'DELETE', `/v2.0/routers/${router}`)
        .catch((error: unknown) => {
          if (!isFault(error, 'notFound')) throw error;
        });
    }
    if (step.physicalId !== null) await remove(step, 'network', pathOfNetwork(step.physicalId));
  },
  async isDeleted(step) {
    return (
      step.physicalId === null || (await isRemoved(step, 'network', pathOfNetwork(step.physicalId)))
    );
  },
  check: (step) =>
    checkThing(step, 'network', () => find(step, 'network', pathOfNetwork(idOf(step)), 'network')),
  describe: (step) => show(step, 'network', pathOfNetwork(idOf(step)), 'network'),
};

export const awsSubnet: ResourceType = {
  name: 'AWS::EC2::Subnet',
  description: "A subnet behind its network's router, in the words of Amazon.",
  properties: {
    AvailabilityZone: text('The availability zone, which is passed on only.'),
    CidrBlock: text('The range.', REQUIRED),
    VpcId: text('The network.', REQUIRED),
    Tags: TAGS,
  },
  attributes: { AvailabilityZone: gives.text('The availability zone that was given.') },
  async create(step) {
    const network = textIn(step.properties, 'VpcId') ?? '';
    const made = await make(step, 'network', '/v2.0/subnets', {
      member: 'subnet',
      body: {
        network_id: network,
        cidr: step.properties['CidrBlock'] ?? null,
        name: physicalName(step),
        ip_version: 4,
      },
    });
    const id = String(made['id']);
    await step.save({ physicalId: id });
    const router = await routerOf(step, network);
    if (router !== undefined)
      await askRouter(step, router, '/add_router_interface', { subnet_id: id });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    const router = await routerOf(step, textIn(step.properties, 'VpcId') ?? '');
    if (router !== undefined)
      await askRouter(step, router, '/remove_router_interface', { subnet_id: step.physicalId });
    await remove(step, 'network', `/v2.0/subnets/${step.physicalId}`);
  },
  async isDeleted(step) {
    return (
      step.physicalId === null ||
      (await isRemoved(step, 'network', `/v2.0/subnets/${step.physicalId}`))
    );
  },
  check: (step) =>
    checkThing(step, 'subnet', () =>
      find(step, 'network', `/v2.0/subnets/${idOf(step)}`, 'subnet'),
    ),
  describe: (step) => show(step, 'network', `/v2.0/subnets/${idOf(step)}`, 'subnet'),
  async attribute(step, name) {
    if (name === 'AvailabilityZone') return step.properties['AvailabilityZone'] ?? null;
    return (await show(step, 'network', `/v2.0/subnets/${idOf(step)}`, 'subnet'))[name];
  },
};

export const networkInterface: ResourceType = {
  name: 'AWS::EC2::NetworkInterface',
  description: 'A port, in the words of Amazon.',
  properties: {
    Description: text('A description.'),
    GroupSet: list('Ids of security groups.', UPDATABLE),
    PrivateIpAddress: text('The address.'),
    SubnetId: named('neutron.subnet', 'The subnet that gives the address.', REQUIRED),
    Tags: TAGS,
  },
  attributes: { PrivateIpAddress: gives.text('The address.') },
  async create(step) {
    const subnet = textIn(step.properties, 'SubnetId') ?? '';
    const found = await show(step, 'network', `/v2.0/subnets/${subnet}`, 'subnet');
    const address = textIn(step.properties, 'PrivateIpAddress');
    const groups = textsIn(step.properties, 'GroupSet');
    const body: Body = {
      name: physicalName(step),
      admin_state_up: true,
      network_id: found['network_id'] ?? null,
      fixed_ips: [{ subnet_id: subnet, ...(address !== undefined && { ip_address: address }) }],
      ...(groups.length > 0 && { security_groups: groups }),
    };
    const made = await make(step, 'network', '/v2.0/ports', { member: 'port', body });
    await step.save({ physicalId: String(made['id']) });
  },
  async update(step) {
    const groups = textsIn(step.properties, 'GroupSet');
    if (groups.length === 0) return;
    await step.cloud.request('network', 'PUT', `/v2.0/ports/${idOf(step)}`, {
      body: { port: { security_groups: groups } },
    });
  },
  async delete(step) {
    if (step.physicalId !== null) await remove(step, 'network', `/v2.0/ports/${step.physicalId}`);
  },
  check: (step) =>
    checkThing(step, 'port', () => find(step, 'network', `/v2.0/ports/${idOf(step)}`, 'port')),
  describe: (step) => show(step, 'network', `/v2.0/ports/${idOf(step)}`, 'port'),
  async attribute(step, name) {
    const port = await show(step, 'network', `/v2.0/ports/${idOf(step)}`, 'port');
    if (name !== 'PrivateIpAddress') return port[name];
    return mapsIn(port, 'fixed_ips')[0]?.['ip_address'] ?? null;
  },
};
