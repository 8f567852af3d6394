import { namedUuid } from '../../../../core/ids.ts';
import { sameThing, written } from '../network/siblings.ts';
import { find, invalid, isFault, listOf, make, physicalName, show, textIn } from '../requests.ts';
import { list, named, REQUIRED, text } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';
import { askRouter, externalNetwork, routerOf, setGateway } from './vpc.ts';

const TAGS = list('Tags, which nothing looks at.');

/** It is nothing by itself: what it is attached to gets the external network. */
export const internetGateway: ResourceType = {
  name: 'AWS::EC2::InternetGateway',
  description: 'The way out, in the words of Amazon: the external network.',
  properties: { Tags: TAGS },
  attributes: {},
  async create(step) {
    await step.save({ physicalId: physicalName(step) });
  },
};

/** The tag by which a gateway finds the routers that route tables are. */
const tagOf = (network: string): string => `vpc-${network}`;

async function routersOf(step: Step): Promise<string[]> {
  const network = textIn(step.properties, 'VpcId') ?? '';
  const own = await routerOf(step, network);
  const tables = await listOf(step, 'network', '/v2.0/routers', 'routers', {
    tags: tagOf(network),
  });
  return [...(own === undefined ? [] : [own]), ...tables.map((one) => String(one['id']))];
}

export const gatewayAttachment: ResourceType = {
  name: 'AWS::EC2::VPCGatewayAttachment',
  description: "Leads a network's routers to the external network.",
  properties: {
    VpcId: text('The network.', REQUIRED),
    InternetGatewayId: text('The gateway.'),
  },
  attributes: {},
  // Routers that are tables get their gateway with the others.
  needs: (own, others) =>
    others
      .filter(
        (one) =>
          one.type === 'AWS::EC2::RouteTable' &&
          sameThing(written(one, 'VpcId'), written(own, 'VpcId')),
      )
      .map(({ name }) => name),
  validate(properties) {
    if (properties['InternetGatewayId'] === undefined)
      throw invalid('There are no VPN gateways here: give an InternetGatewayId.');
  },
  async create(step) {
    const external = await externalNetwork(step);
    for (const router of await routersOf(step)) await setGateway(step, router, external);
    await step.save({ physicalId: physicalName(step) });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    for (const router of await routersOf(step)) await setGateway(step, router, null);
  },
};

export const routeTable: ResourceType = {
  name: 'AWS::EC2::RouteTable',
  description: 'A further router of a network, in the words of Amazon.',
  support: { version: '2014.1' },
  properties: { VpcId: text('The network.', REQUIRED), Tags: TAGS },
  attributes: {},
  async create(step) {
    const made = await make(step, 'network', '/v2.0/routers', {
      member: 'router',
      body: { name: physicalName(step) },
    });
    const id = String(made['id']);
    await step.save({ physicalId: id });
    await step.cloud.request('network', 'PUT', `/v2.0/routers/${id}/tags`, {
      body: { tags: [tagOf(textIn(step.properties, 'VpcId') ?? '')] },
    });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    await setGateway(step, step.physicalId, null);
    await step.cloud
      .request('network', 'DELETE', `/v2.0/routers/${step.physicalId}`)
      .catch((error: unknown) => {
        if (!isFault(error, 'notFound')) throw error;
      });
  },
  describe: (step) => show(step, 'network', `/v2.0/routers/${step.physicalId ?? ''}`, 'router'),
};

/** The router that a subnet has without a table. */
async function defaultRouter(step: Step, subnet: string): Promise<string | undefined> {
  const found = await find(step, 'network', `/v2.0/subnets/${subnet}`, 'subnet');
  return found && routerOf(step, String(found['network_id']));
}

export const routeTableAssociation: ResourceType = {
  name: 'AWS::EC2::SubnetRouteTableAssociation',
  description: "Puts a subnet behind a route table's router instead of its network's.",
  properties: {
    RouteTableId: text('The table.', REQUIRED),
    SubnetId: named('neutron.subnet', 'The subnet.', REQUIRED),
  },
  attributes: {},
  async create(step) {
    const subnet = textIn(step.properties, 'SubnetId') ?? '';
    const body = { subnet_id: subnet };
    const former = await defaultRouter(step, subnet);
    if (former !== undefined) await askRouter(step, former, '/remove_router_interface', body);
    const table = textIn(step.properties, 'RouteTableId') ?? '';
    await askRouter(step, table, '/add_router_interface', body);
    await step.save({ physicalId: namedUuid(step.intendedId, 'association') });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    const subnet = textIn(step.properties, 'SubnetId') ?? '';
    const body = { subnet_id: subnet };
    await askRouter(
      step,
      textIn(step.properties, 'RouteTableId') ?? '',
      '/remove_router_interface',
      body,
    );
    const former = await defaultRouter(step, subnet);
    if (former !== undefined) await askRouter(step, former, '/add_router_interface', body);
  },
};
