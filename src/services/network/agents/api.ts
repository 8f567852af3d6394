import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { mutate, remove, type OvsdbClient, type TablesOf } from '../../../ovn/index.ts';
import { operation, type Operation } from '../../operation.ts';
import { unwrap, valuesOfUpdate } from '../attributes/body.ts';
import { boolean, booleanOf, text } from '../attributes/types.ts';
import { badResource } from '../errors.ts';
import { agentsOf, DESCRIPTION_KEYS, type Agent, type MetadataHost } from './model.ts';

export interface AgentDependencies {
  /** Its mirror must hold SB_Global, Chassis and Chassis_Private. */
  readonly southbound: OvsdbClient<TablesOf<'OVN_Southbound'>>;
  readonly metadataHosts: () => readonly MetadataHost[];
}

/** Neutron writes times of agents without zone. */
const timeOf = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ');

const documentOf = (agent: Agent) => ({
  id: agent.id,
  agent_type: agent.agent_type,
  binary: agent.binary,
  topic: 'n/a',
  host: agent.host,
  availability_zone: agent.zones.join(', '),
  admin_state_up: true,
  alive: agent.alive,
  description: agent.description,
  configurations: { chassis_name: agent.chassis, 'bridge-mappings': agent.bridgeMappings },
  start_flag: true,
  // Southbound knows no other time of an agent.
  created_at: timeOf(agent.seenAt),
  started_at: timeOf(agent.seenAt),
  heartbeat_timestamp: timeOf(agent.seenAt),
  resources_synced: null,
});
type Document = ReturnType<typeof documentOf>;

/** Parameters that say how to list rather than what. */
const CONTROLS = ['fields', 'sort_key', 'sort_dir', 'limit', 'marker', 'page_reverse'];
const FILTERS = [
  'id',
  'agent_type',
  'binary',
  'topic',
  'host',
  'availability_zone',
  'admin_state_up',
  'alive',
  'description',
] as const;

function matches(document: Document, query: Readonly<Record<string, readonly string[]>>): boolean {
  return FILTERS.every((name) => {
    const wanted = query[name];
    const value = document[name];
    if (wanted === undefined) return true;
    if (typeof value === 'boolean') return wanted.some((word) => booleanOf(word) === value);
    return wanted.includes(value);
  });
}

const only = (document: Document, fields: readonly string[] = []) =>
  fields.length === 0
    ? document
    : Object.fromEntries(Object.entries(document).filter(([name]) => fields.includes(name)));

const attributes = {
  admin_state_up: { type: boolean, put: true },
  description: { type: text(255), put: true },
};

/** Agents: the processes that make networks on the hosts. For administrators. */
export function agentOperations({ southbound, metadataHosts }: AgentDependencies): Operation[] {
  const all = () => agentsOf(southbound.mirror, metadataHosts());
  const find = (id: string): Agent => {
    const agent = all().find((candidate) => candidate.id === id);
    if (agent !== undefined) return agent;
    throw notFound(`Agent ${id.slice(0, 255)} could not be found.`, 'AgentNotFound');
  };
  const one = '/v2.0/agents/{agent_id}';
  return [
    operation({
      name: 'get_agents',
      method: 'GET',
      path: '/v2.0/agents',
      summary: 'List agents',
      role: 'reader',
      success: 200,
      handle: async ({ caller, query }) => {
        const unknown = Object.keys(query).filter(
          (name) => !CONTROLS.includes(name) && !FILTERS.some((filter) => filter === name),
        );
        if (unknown.length > 0) {
          throw badRequest(
            `${unknown.map((name) => `'${name.slice(0, 100)}'`).join(', ')} is invalid attribute for filtering agents.`,
            'HTTPBadRequest',
          );
        }
        // Others see that there is such a list, and nothing in it, as Neutron's policy filters it.
        const documents = (caller.isAdmin ? all() : [])
          .map(documentOf)
          .filter((document) => matches(document, query));
        return { body: { agents: documents.map((document) => only(document, query['fields'])) } };
      },
    }),
    operation({
      name: 'get_agent',
      method: 'GET',
      path: one,
      summary: 'Show an agent',
      role: 'admin',
      success: 200,
      handle: async ({ params, query }) => ({
        body: { agent: only(documentOf(find(params['agent_id']!)), query['fields']) },
      }),
    }),
    operation({
      name: 'update_agent',
      method: 'PUT',
      path: one,
      summary: 'Describe an agent',
      role: 'admin',
      success: 200,
      body: Type.Unknown(),
      handle: async ({ caller, params, body }) => {
        const agent = find(params['agent_id']!);
        const values = valuesOfUpdate(attributes, 'update_agent', caller, unwrap(body, 'agent'));
        if (values['admin_state_up'] === false) {
          throw badResource('agent', 'OVN agent status cannot be updated.');
        }
        const description = values['description'];
        if (typeof description === 'string') {
          const key = DESCRIPTION_KEYS[agent.binary];
          await southbound.transact([
            mutate(
              'Chassis_Private',
              [['name', '==', agent.chassis]],
              ['external_ids', 'delete', [key]],
              ['external_ids', 'insert', { [key]: description }],
            ),
          ]);
        }
        return { body: { agent: documentOf(find(agent.id)) } };
      },
    }),
    operation({
      name: 'delete_agent',
      method: 'DELETE',
      path: one,
      summary: 'Forget an agent that is gone',
      role: 'admin',
      success: 204,
      handle: async ({ params }) => {
        const agent = find(params['agent_id']!);
        if (agent.binary !== 'ovn-controller' || agent.alive) {
          throw badResource(
            'agent',
            agent.alive
              ? `agent ${agent.id} is alive: stop it on ${agent.host} first.`
              : `agent ${agent.id} goes with the controller agent of ${agent.host}: delete that one.`,
          );
        }
        await southbound.transact([
          remove('Chassis', [['name', '==', agent.chassis]]),
          remove('Chassis_Private', [['name', '==', agent.chassis]]),
        ]);
        return {};
      },
    }),
  ];
}
