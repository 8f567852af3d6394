import { lookUp } from '../constraints.ts';
import { invalid, textIn } from '../requests.ts';
import { oneOf, REQUIRED, text, UPDATABLE } from '../shapes.ts';
import { neutronType } from './neutron.ts';

const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  network: ['access_as_shared', 'access_as_external'],
  qos_policy: ['access_as_shared'],
};

export const rbacPolicy = neutronType({
  name: 'OS::Neutron::RBACPolicy',
  description: 'Lets another project use a network or a QoS policy.',
  support: { version: '6.0.0' },
  collection: 'rbac-policies',
  member: 'rbac_policy',
  properties: {
    object_type: text('The kind of what is shared.', {
      ...REQUIRED,
      ...oneOf('network', 'qos_policy'),
    }),
    target_tenant: text('The project that may use it, or * for all.', {
      ...REQUIRED,
      ...UPDATABLE,
    }),
    action: text('What for: a QoS policy can only be shared.', {
      ...REQUIRED,
      ...oneOf('access_as_shared', 'access_as_external'),
    }),
    object_id: text('Its id or name.', REQUIRED),
    tenant_id: text('The project that shall own the policy; for administrators.'),
  },
  attributes: {},
  validate({ object_type: type, action }) {
    if (typeof type !== 'string' || typeof action !== 'string') return;
    const actions = ACTIONS[type] ?? [];
    if (!actions.includes(action))
      throw invalid(`For a ${type} the action must be ${actions.join(' or ')}, not ${action}.`);
  },
  async body(body, step) {
    const object = textIn(body, 'object_id');
    if (object === undefined) return;
    body['object_id'] = await lookUp(
      step.cloud,
      `neutron.${textIn(step.properties, 'object_type')}`,
      object,
    );
  },
});
