import { idOf, isFault, listOf, textsIn } from '../requests.ts';
import {
  format,
  gives,
  list,
  named,
  since,
  tags,
  text,
  UPDATABLE,
  valueSpecs,
  yesNo,
} from '../shapes.ts';
import type { Step } from '../type.ts';
import { neutronType } from './neutron.ts';

/** Makes exactly these agents serve the network. */
async function replaceAgents(step: Step, id: string): Promise<void> {
  const path = `/v2.0/networks/${id}/dhcp-agents`;
  const old = (await listOf(step, 'network', path, 'agents')).map((agent) => String(agent['id']));
  const wanted = textsIn(step.properties, 'dhcp_agent_ids');
  const attempt = async (method: 'POST' | 'DELETE', at: string, body?: unknown) => {
    try {
      await step.cloud.request('network', method, at, body === undefined ? {} : { body });
    } catch (error) {
      // It is there already, or not any more.
      if (
        !isFault(error, 'conflict', 'notFound') ||
        (method === 'POST' && isFault(error, 'notFound'))
      )
        throw error;
    }
  };
  for (const agent of wanted.filter((one) => !old.includes(one)))
    await attempt('POST', `/v2.0/agents/${agent}/dhcp-networks`, { network_id: id });
  for (const agent of old.filter((one) => !wanted.includes(one)))
    await attempt('DELETE', `/v2.0/agents/${agent}/dhcp-networks/${id}`);
}

export const net = neutronType({
  name: 'OS::Neutron::Net',
  description: 'A network: one broadcast domain, for the project or shared with others.',
  collection: 'networks',
  member: 'network',
  renamed: { qos_policy: 'qos_policy_id' },
  apart: ['dhcp_agent_ids'],
  properties: {
    name: text('What the network is called; need not be unique.', UPDATABLE),
    value_specs: valueSpecs(UPDATABLE),
    admin_state_up: yesNo('Whether traffic passes.', { default: true, ...UPDATABLE }),
    tenant_id: text('The project that shall own it; only administrators may name another one.'),
    shared: yesNo('Whether all projects may use it; for administrators.', {
      default: false,
      ...UPDATABLE,
    }),
    dhcp_agent_ids: list('The DHCP agents that shall serve the network.', UPDATABLE),
    port_security_enabled: yesNo('Whether ports start with address checks and security groups.', {
      ...UPDATABLE,
      ...since('5.0.0'),
    }),
    qos_policy: named('neutron.qos_policy', 'The QoS policy of its ports.', {
      ...UPDATABLE,
      ...since('6.0.0'),
    }),
    dns_domain: text('The DNS zone of its ports, with a dot at the end.', {
      ...UPDATABLE,
      ...format('dns_domain'),
      ...since('7.0.0'),
    }),
    availability_zone_hints: list('The availability zones that shall serve it.', since('19.0.0')),
    tags: tags('9.0.0'),
  },
  attributes: {
    status: gives.text('ACTIVE, DOWN, BUILD or ERROR.'),
    name: gives.text('The name.'),
    subnets: gives.list('The ids of its subnets.'),
    admin_state_up: gives.text('Whether traffic passes.'),
    tenant_id: gives.text('The project that owns it.'),
    port_security_enabled: gives.yesNo('Whether ports start protected.', since('5.0.0')),
    mtu: gives.integer('The largest packet, in bytes.', since('5.0.0')),
    qos_policy_id: gives.text('The id of its QoS policy.', since('6.0.0')),
    l2_adjacency: gives.yesNo('Whether all its ports are in one broadcast domain.', since('9.0.0')),
    segments: gives.list('Its segments, those without a name first.', since('11.0.0')),
  },
  async made(step, id) {
    if (textsIn(step.properties, 'dhcp_agent_ids').length > 0) await replaceAgents(step, id);
  },
  async changed(step) {
    if (step.changed.has('dhcp_agent_ids')) await replaceAgents(step, idOf(step));
  },
  computed: {
    async segments(step) {
      try {
        const found = await listOf(step, 'network', '/v2.0/segments', 'segments', {
          network_id: idOf(step),
        });
        return found.toSorted((a, b) => Number(a['name'] !== null) - Number(b['name'] !== null));
      } catch (error) {
        // Segments are for administrators.
        if (isFault(error, 'forbidden')) return null;
        throw error;
      }
    },
  },
});
