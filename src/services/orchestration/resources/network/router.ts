import {
  invalid,
  isFault,
  isUpdate,
  listIn,
  listOf,
  mapIn,
  mapsIn,
  textIn,
  textsIn,
  idOf,
} from '../requests.ts';
import { isMap } from '../../language/index.ts';
import {
  format,
  gives,
  hidden,
  list,
  map,
  named,
  REQUIRED,
  since,
  tags,
  text,
  UPDATABLE,
  valueSpecs,
  yesNo,
} from '../shapes.ts';
import type { Step } from '../type.ts';
import { neutronType } from './neutron.ts';
import { subnetsOf, written } from './siblings.ts';

const agentsOf = ({ properties }: Pick<Step, 'properties'>): readonly string[] => {
  const single = textIn(properties, 'l3_agent_id');
  const several = textsIn(properties, 'l3_agent_ids');
  return several.length === 0 && single !== undefined ? [single] : several;
};

/** Makes exactly these agents serve the router. */
async function replaceAgents(step: Step, id: string): Promise<void> {
  const serving = await listOf(step, 'network', `/v2.0/routers/${id}/l3-agents`, 'agents');
  const old = serving.map((agent) => String(agent['id']));
  const wanted = agentsOf(step);
  for (const agent of old.filter((one) => !wanted.includes(one))) {
    await step.cloud.request('network', 'DELETE', `/v2.0/agents/${agent}/l3-routers/${id}`);
  }
  for (const agent of wanted.filter((one) => !old.includes(one))) {
    try {
      await step.cloud.request('network', 'POST', `/v2.0/agents/${agent}/l3-routers`, {
        body: { router_id: id },
      });
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
    }
  }
}

export const router = neutronType({
  name: 'OS::Neutron::Router',
  description: 'A router between networks, and to an external one.',
  collection: 'routers',
  member: 'router',
  apart: ['l3_agent_id', 'l3_agent_ids'],
  properties: {
    name: text('What the router is called.', UPDATABLE),
    external_gateway_info: map('The external network, and how the router is on it.', {
      ...UPDATABLE,
      members: {
        network: named('neutron.network', 'The external network.', { ...REQUIRED, ...UPDATABLE }),
        enable_snat: yesNo('Whether addresses are translated on the way out.', UPDATABLE),
        external_fixed_ips: list("The router's addresses there.", {
          ...UPDATABLE,
          ...since('6.0.0'),
          items: map('A subnet, an address, or both.', {
            members: {
              ip_address: text('The address.', format('ip_addr')),
              subnet: named('neutron.subnet', 'The subnet that gives the address.'),
            },
          }),
        }),
      },
    }),
    value_specs: valueSpecs(UPDATABLE),
    admin_state_up: yesNo('Whether traffic passes.', { default: true, ...UPDATABLE }),
    l3_agent_id: text('The L3 agent that shall serve it.', {
      ...UPDATABLE,
      ...hidden('6.0.0', 'Use l3_agent_ids.'),
    }),
    l3_agent_ids: list('The L3 agents that shall serve it.', {
      ...UPDATABLE,
      items: text("An agent's id."),
      ...since('2015.1'),
    }),
    distributed: yesNo('Whether it is distributed over the hosts.', since('2015.1')),
    ha: yesNo('Whether it survives the loss of a gateway host.', since('2015.1')),
    availability_zone_hints: list('The availability zones that shall serve it.', {
      ...UPDATABLE,
      ...since('19.0.0'),
    }),
    tags: tags('9.0.0'),
  },
  attributes: {
    status: gives.text('ACTIVE, DOWN or ERROR.'),
    external_gateway_info: gives.map('Its external network, SNAT and addresses there.'),
    name: gives.text('The name.'),
    admin_state_up: gives.text('Whether traffic passes.'),
    tenant_id: gives.text('The project that owns it.'),
  },
  validate(properties) {
    const agents = agentsOf({ properties });
    if (textIn(properties, 'l3_agent_id') && listIn(properties, 'l3_agent_ids').length > 0)
      throw invalid('Give either l3_agent_id or l3_agent_ids, not both.');
    if (properties['distributed'] === true && agents.length > 0)
      throw invalid('A distributed router is served by all agents: leave out l3_agent_ids.');
    if (properties['distributed'] === true && properties['ha'] === true)
      throw invalid('A router is either distributed or ha, not both.');
    if (properties['ha'] !== true && agents.length > 1)
      throw invalid('Only a router with ha can have more than one L3 agent.');
  },
  needs(own, others) {
    const gateway = written(own, 'external_gateway_info');
    return isMap(gateway) ? subnetsOf(gateway['network'] ?? null, others) : [];
  },
  body(body, step) {
    if (!('external_gateway_info' in body)) return;
    const gateway = mapIn(body, 'external_gateway_info');
    if (Object.keys(gateway).length === 0) {
      // None from now on.
      if (isUpdate(step)) body['external_gateway_info'] = {};
      else delete body['external_gateway_info'];
      return;
    }
    const { network, external_fixed_ips: _, ...rest } = gateway;
    const addresses = mapsIn(gateway, 'external_fixed_ips').map(({ subnet, ...other }) => ({
      ...other,
      ...(subnet !== undefined && { subnet_id: subnet }),
    }));
    body['external_gateway_info'] = {
      ...rest,
      network_id: network ?? null,
      ...(addresses.length > 0 && { external_fixed_ips: addresses }),
    };
  },
  async made(step, id) {
    if (agentsOf(step).length > 0) await replaceAgents(step, id);
  },
  async changed(step) {
    if (step.changed.has('l3_agent_id') || step.changed.has('l3_agent_ids'))
      await replaceAgents(step, idOf(step));
  },
});
