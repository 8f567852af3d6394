import type { Extension } from '../drivers/extension.ts';
import { agentOperations, type AgentDependencies } from './api.ts';

/** Agents are what Southbound says of chassis; without Southbound there are none. */
export const agentsExtension = (dependencies: AgentDependencies): Extension => ({
  name: 'agents',
  aliases: [
    { alias: 'agent', name: 'agent', description: 'Processes that make networks on the hosts' },
  ],
  operations: () => agentOperations(dependencies),
});
