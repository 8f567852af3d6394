import type { Value, ValueMap } from '../../language/index.ts';
import { lookUp } from '../constraints.ts';
import {
  checkThing,
  find,
  idOf,
  invalid,
  isFault,
  listOf,
  make,
  show,
  textIn,
} from '../requests.ts';
import { deprecated, format, gives, named, oneOf, text, UPDATABLE } from '../shapes.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';
import { externalNetwork, routerOf, setGateway } from './vpc.ts';

const pathOf = (id: string): string => `/v2.0/floatingips/${encodeURIComponent(id)}`;

async function setPort(step: Step, id: string, port: Value): Promise<void> {
  await step.cloud.request('network', 'PUT', pathOf(id), {
    body: { floatingip: { port_id: port } },
  });
}

async function release(step: Step, id: string): Promise<void> {
  await setPort(step, id, null).catch((error: unknown) => {
    if (!isFault(error, 'notFound')) throw error;
  });
}

/** A server's first port. */
async function portOf(step: Step, server: string): Promise<ValueMap> {
  const [port] = await listOf(step, 'network', '/v2.0/ports', 'ports', { device_id: server });
  if (port === undefined) throw new ResourceFailure(`The server ${server} has no port.`);
  return port;
}

async function associate(step: Step, id: string): Promise<void> {
  const server = textIn(step.properties, 'InstanceId');
  if (server === undefined) await release(step, id);
  else await setPort(step, id, (await portOf(step, server))['id'] ?? null);
}

export const elasticIp: ResourceType = {
  name: 'AWS::EC2::EIP',
  description: 'A floating IP, in the words of Amazon.',
  properties: {
    Domain: text('Where it may be used.', { ...oneOf('vpc'), ...deprecated('9.0.0') }),
    InstanceId: named('nova.server', 'The server that it stands for.', UPDATABLE),
  },
  attributes: { AllocationId: gives.text('Its id.') },
  async create(step) {
    const made = await make(step, 'network', '/v2.0/floatingips', {
      member: 'floatingip',
      body: { floating_network_id: await externalNetwork(step) },
    });
    const id = String(made['id']);
    await step.save({
      physicalId: id,
      data: { address: String(made['floating_ip_address']) },
    });
    if (textIn(step.properties, 'InstanceId') !== undefined) await associate(step, id);
  },
  update: (step) => associate(step, idOf(step)),
  async delete(step) {
    if (step.physicalId === null) return;
    await step.cloud
      .request('network', 'DELETE', pathOf(step.physicalId))
      .catch((error: unknown) => {
        if (!isFault(error, 'notFound')) throw error;
      });
  },
  check: (step) =>
    checkThing(step, 'floating IP', () => find(step, 'network', pathOf(idOf(step)), 'floatingip')),
  describe: (step) => show(step, 'network', pathOf(idOf(step)), 'floatingip'),
  // What templates get for it is the address.
  reference: (step) => step.data['address'] ?? step.name,
  async attribute(step, name) {
    if (name === 'AllocationId') return step.physicalId ?? undefined;
    return (await show(step, 'network', pathOf(idOf(step)), 'floatingip'))[name];
  },
};

/** The id of the floating IP that is meant. */
async function floatingIpOf(step: Step, properties = step.properties): Promise<string> {
  const id = textIn(properties, 'AllocationId');
  if (id !== undefined) return id;
  return lookUp(step.cloud, 'neutron.floating_ip', textIn(properties, 'EIP') ?? '');
}

/** The router between port and floating IP gets its gateway, and the floating IP its port. */
async function connect(step: Step): Promise<string> {
  const id = await floatingIpOf(step);
  const given = textIn(step.properties, 'NetworkInterfaceId');
  const port =
    given === undefined
      ? await portOf(step, textIn(step.properties, 'InstanceId') ?? '')
      : await show(step, 'network', `/v2.0/ports/${encodeURIComponent(given)}`, 'port');
  if (textIn(step.properties, 'AllocationId') !== undefined) {
    const router = await routerOf(step, String(port['network_id']));
    const found = await show(step, 'network', pathOf(id), 'floatingip');
    if (router !== undefined) await setGateway(step, router, String(found['floating_network_id']));
  }
  await setPort(step, id, port['id'] ?? null);
  return id;
}

export const elasticIpAssociation: ResourceType = {
  name: 'AWS::EC2::EIPAssociation',
  description: 'Makes a floating IP stand for a server or port, in the words of Amazon.',
  properties: {
    InstanceId: named('nova.server', 'The server.', UPDATABLE),
    EIP: text("The floating IP's address.", { ...UPDATABLE, ...format('ip_addr') }),
    AllocationId: text("The floating IP's id.", UPDATABLE),
    NetworkInterfaceId: text('The port.', UPDATABLE),
  },
  attributes: {},
  validate(properties) {
    const has = (name: string): boolean => properties[name] !== undefined;
    if (has('EIP') === has('AllocationId')) throw invalid('Give either EIP or AllocationId.');
    if (has('EIP') && !has('InstanceId')) throw invalid('EIP needs an InstanceId.');
    if (!has('InstanceId') && !has('NetworkInterfaceId'))
      throw invalid('Give an InstanceId or a NetworkInterfaceId.');
  },
  mustReplace: ({ changed }) =>
    (changed.has('AllocationId') || changed.has('EIP')) &&
    (changed.has('InstanceId') || changed.has('NetworkInterfaceId')),
  async create(step) {
    await step.save({ physicalId: await connect(step) });
  },
  async update(step) {
    const former = step.physicalId;
    const id = await connect(step);
    if (former !== null && former !== id) await release(step, former);
    await step.save({ physicalId: id });
  },
  async delete(step) {
    if (step.physicalId !== null) await release(step, step.physicalId);
  },
};
