import type { Value } from '../../language/index.ts';
import { checkThing, find, isFault, show, textIn } from '../requests.ts';
import { format, named, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';
import { interfacesBefore, written } from './siblings.ts';

const put = (step: Step, id: string, floatingip: Record<string, Value>) =>
  step.cloud.request('network', 'PUT', `/v2.0/floatingips/${encodeURIComponent(id)}`, {
    body: { floatingip },
  });

/** Takes the port away from a floating IP that may be gone, or another port's by now. */
async function release(step: Step, id: string, port: Value | undefined): Promise<void> {
  try {
    const now = await show(
      step,
      'network',
      `/v2.0/floatingips/${encodeURIComponent(id)}`,
      'floatingip',
    );
    if (now['port_id'] === port) await put(step, id, { port_id: null });
  } catch (error) {
    if (!isFault(error, 'notFound')) throw error;
  }
}

const floatingIpOf = (step: Step): string => textIn(step.properties, 'floatingip_id') ?? '';

async function associate(step: Step): Promise<void> {
  await put(step, floatingIpOf(step), {
    port_id: step.properties['port_id'] ?? null,
    ...(step.properties['fixed_ip_address'] !== undefined && {
      fixed_ip_address: step.properties['fixed_ip_address'],
    }),
  });
}

export const floatingIpAssociation: ResourceType = {
  name: 'OS::Neutron::FloatingIPAssociation',
  description: 'Makes a floating IP stand for a port.',
  properties: {
    floatingip_id: named('neutron.floating_ip', 'The floating IP: its address or id.', {
      ...REQUIRED,
      ...UPDATABLE,
    }),
    port_id: named('neutron.port', 'The port; it must have an address.', {
      ...REQUIRED,
      ...UPDATABLE,
    }),
    fixed_ip_address: text("The port's address, when it has several.", {
      ...UPDATABLE,
      ...format('ip_addr'),
    }),
  },
  attributes: {},
  needs: (own, others) => interfacesBefore(written(own, 'port_id'), others),
  async create(step) {
    await associate(step);
    await step.save({ physicalId: step.uuid });
  },
  async update(step) {
    const former = textIn(step.former, 'floatingip_id');
    if (step.changed.has('floatingip_id') && former !== undefined)
      await release(step, former, step.former['port_id']);
    await associate(step);
  },
  async delete(step) {
    if (step.physicalId !== null)
      await release(step, floatingIpOf(step), step.properties['port_id']);
  },
  check: (step) =>
    checkThing(step, 'association', async () => {
      const path = `/v2.0/floatingips/${encodeURIComponent(floatingIpOf(step))}`;
      const found = await find(step, 'network', path, 'floatingip');
      return found?.['port_id'] === step.properties['port_id'] ? found : undefined;
    }),
  describe: (step) =>
    show(
      step,
      'network',
      `/v2.0/floatingips/${encodeURIComponent(floatingIpOf(step))}`,
      'floatingip',
    ),
};
