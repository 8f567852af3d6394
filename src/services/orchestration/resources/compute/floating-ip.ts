import type { Value } from '../../language/index.ts';
import { lookUp } from '../constraints.ts';
import { checkThing, find, isFault, listOf, make, pathOf, show, textIn } from '../requests.ts';
import { gives, hidden, named, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';

const FLOATING = '/v2.0/floatingips';
const pathIn = (step: Step): string => pathOf(FLOATING, step.physicalId ?? '');

/** The network that is meant without a pool: the only external one. */
async function externalNetwork(step: Step): Promise<string> {
  const pool = textIn(step.properties, 'pool');
  if (pool !== undefined) return lookUp(step.cloud, 'neutron.network', pool);
  const found = await listOf(step, 'network', '/v2.0/networks', 'networks', {
    'router:external': 'true',
  });
  const [first] = found;
  if (first === undefined)
    throw new ResourceFailure('There is no external network for a floating IP.');
  return String(first['id']);
}

/** The names that Heat kept for the time when the compute service had floating IPs. */
export const novaFloatingIp: ResourceType = {
  name: 'OS::Nova::FloatingIP',
  description: 'An address of an external network.',
  ...hidden('11.0.0', 'Use OS::Neutron::FloatingIP.'),
  properties: { pool: text('The external network; the only one without it.') },
  attributes: { pool: gives.text('The external network.'), ip: gives.text('The address.') },
  async create(step) {
    const made = await make(step, 'network', FLOATING, {
      member: 'floatingip',
      body: { floating_network_id: await externalNetwork(step) },
    });
    await step.save({ physicalId: String(made['id']) });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    await step.cloud.request('network', 'DELETE', pathIn(step)).catch((error: unknown) => {
      if (!isFault(error, 'notFound')) throw error;
    });
  },
  check: (step) =>
    checkThing(step, 'floating IP', () => find(step, 'network', pathIn(step), 'floatingip')),
  describe: (step) => show(step, 'network', pathIn(step), 'floatingip'),
  async attribute(step, name) {
    if (step.physicalId === null) return undefined;
    const found = await show(step, 'network', pathIn(step), 'floatingip');
    if (name === 'ip') return found['floating_ip_address'];
    return name === 'pool' ? found['floating_network_id'] : found[name];
  },
};

const put = (step: Step, id: string, port: Value) =>
  step.cloud.request('network', 'PUT', pathOf(FLOATING, id), {
    body: { floatingip: { port_id: port } },
  });

async function release(step: Step, id: string): Promise<void> {
  await put(step, id, null).catch((error: unknown) => {
    if (!isFault(error, 'notFound')) throw error;
  });
}

async function associate(step: Step): Promise<void> {
  const server = textIn(step.properties, 'server_id') ?? '';
  const [port] = await listOf(step, 'network', '/v2.0/ports', 'ports', { device_id: server });
  if (port === undefined)
    throw new ResourceFailure(`The server ${server} has no port for a floating IP.`);
  await put(step, textIn(step.properties, 'floating_ip') ?? '', port['id'] ?? null);
}

export const novaFloatingIpAssociation: ResourceType = {
  name: 'OS::Nova::FloatingIPAssociation',
  description: "Makes a floating IP stand for a server's first port.",
  ...hidden('11.0.0', 'Use OS::Neutron::FloatingIPAssociation.'),
  properties: {
    server_id: named('nova.server', 'The server.', { ...REQUIRED, ...UPDATABLE }),
    floating_ip: named('neutron.floating_ip', 'The floating IP.', { ...REQUIRED, ...UPDATABLE }),
  },
  attributes: {},
  async create(step) {
    await associate(step);
    await step.save({ physicalId: step.uuid });
  },
  async update(step) {
    const former = textIn(step.former, 'floating_ip');
    if (former !== undefined && step.changed.has('floating_ip')) await release(step, former);
    await associate(step);
  },
  async delete(step) {
    if (step.physicalId !== null) await release(step, textIn(step.properties, 'floating_ip') ?? '');
  },
};
