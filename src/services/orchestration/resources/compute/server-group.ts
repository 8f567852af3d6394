import {
  checkThing,
  find,
  idOf,
  invalid,
  isFault,
  make,
  mapIn,
  physicalName,
  show,
  textIn,
  textsIn,
} from '../requests.ts';
import { decimal, list, map, oneOf, since, text } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';

const GROUPS = '/v2.1/os-server-groups';
const MICROVERSION = { microversion: '2.64' };
const pathIn = (step: Step): string => `${GROUPS}/${encodeURIComponent(idOf(step))}`;

export const serverGroup: ResourceType = {
  name: 'OS::Nova::ServerGroup',
  description: 'A group of servers that shall be on the same host, or on different ones.',
  support: { version: '2014.2' },
  properties: {
    name: text('What the group is called.'),
    policies: list('The policy: a list of one.', {
      default: ['anti-affinity'],
      ...oneOf('anti-affinity', 'affinity', 'soft-anti-affinity', 'soft-affinity'),
      items: text('A policy.'),
    }),
    rules: map('Rules of the policy.', {
      ...since('17.0.0'),
      members: {
        max_server_per_host: decimal('With anti-affinity: how many may be on one host.'),
      },
    }),
  },
  attributes: {},
  validate(properties) {
    const policies = textsIn(properties, 'policies');
    if (policies.length > 1) throw invalid('A server group has one policy.');
    if (properties['rules'] && policies.length > 0 && !policies.includes('anti-affinity'))
      throw invalid('Only the policy anti-affinity has rules.');
  },
  async create(step) {
    const most = mapIn(step.properties, 'rules')['max_server_per_host'];
    const made = await make(step, 'compute', GROUPS, {
      member: 'server_group',
      body: {
        name: textIn(step.properties, 'name') ?? physicalName(step),
        policy: textsIn(step.properties, 'policies')[0] ?? 'anti-affinity',
        ...(most !== undefined && most !== null && { rules: { max_server_per_host: most } }),
      },
      ...MICROVERSION,
    });
    await step.save({ physicalId: String(made['id']) });
  },
  async delete(step) {
    if (step.physicalId === null) return;
    try {
      await step.cloud.request('compute', 'DELETE', pathIn(step));
    } catch (error) {
      if (!isFault(error, 'notFound')) throw error;
    }
  },
  check: (step) =>
    checkThing(step, 'server group', () =>
      find(step, 'compute', pathIn(step), 'server_group', MICROVERSION),
    ),
  describe: (step) => show(step, 'compute', pathIn(step), 'server_group', MICROVERSION),
};
