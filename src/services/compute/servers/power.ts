import { Type } from 'typebox';
import type { Action } from './actions.ts';
import type { Server, ServerChange } from './model.ts';
import { Nothing } from './nothing.ts';

const isHard = (argument: unknown): boolean => /^hard$/i.test((argument as { type: string }).type);

/** The order that a host carries out: what is desired, and the task until it is seen. */
const order = (server: Server, change: ServerChange, restart = false): ServerChange => ({
  ...change,
  ...(restart ? { generation: server.generation + 1 } : {}),
});

/** Orders to run, to rest and to start anew: a host carries them out. */
export const POWER_ACTIONS: Readonly<Record<string, Action>> = {
  'os-start': {
    summary: 'Start a server that is stopped',
    schema: Nothing,
    name: 'start',
    vmStates: () => ['stopped'],
    event: 'compute_start_instance',
    carriedOutByHost: true,
    apply: ({ server }) =>
      order(server, { power: 'running', task_state: 'powering-on', rescue: null }, true),
  },
  'os-stop': {
    summary: 'Stop a server',
    schema: Nothing,
    name: 'stop',
    vmStates: () => ['active', 'error'],
    mustHaveLaunched: true,
    event: 'compute_stop_instance',
    carriedOutByHost: true,
    apply: ({ server }) => order(server, { power: 'stopped', task_state: 'powering-off' }),
  },
  reboot: {
    summary: 'Start a server anew, asking its processes to end (SOFT) or not (HARD)',
    schema: Type.Object(
      { type: Type.String({ pattern: '^(?:[Ss][Oo][Ff][Tt]|[Hh][Aa][Rr][Dd])$' }) },
      { additionalProperties: false },
    ),
    name: 'reboot',
    vmStates: (argument) =>
      isHard(argument) ? ['active', 'stopped', 'paused', 'suspended', 'error'] : ['active'],
    taskStates: (argument) =>
      isHard(argument)
        ? [
            'rebooting',
            'rebooting_hard',
            'pausing',
            'unpausing',
            'resuming',
            'suspending',
            'powering-off',
            'powering-on',
          ]
        : [],
    mustHaveLaunched: true,
    event: 'compute_reboot_instance',
    carriedOutByHost: true,
    apply: ({ server, argument }) =>
      order(
        server,
        {
          power: 'running',
          task_state: isHard(argument) ? 'rebooting_hard' : 'rebooting',
          reboot_kind: isHard(argument) ? 'hard' : 'soft',
          rescue: null,
        },
        true,
      ),
  },
  suspend: {
    summary: 'Put a server aside, to go on later where it was',
    schema: Nothing,
    name: 'suspend',
    capability: 'suspend',
    vmStates: () => ['active'],
    event: 'compute_suspend_instance',
    carriedOutByHost: true,
    apply: ({ server }) => order(server, { power: 'suspended', task_state: 'suspending' }),
  },
  resume: {
    summary: 'Let a suspended server go on where it was',
    schema: Nothing,
    name: 'resume',
    vmStates: () => ['suspended'],
    event: 'compute_resume_instance',
    carriedOutByHost: true,
    apply: ({ server }) => order(server, { power: 'running', task_state: 'resuming' }),
  },
  pause: {
    summary: "Freeze a server's processes",
    schema: Nothing,
    name: 'pause',
    capability: 'pause',
    vmStates: () => ['active'],
    event: 'compute_pause_instance',
    carriedOutByHost: true,
    apply: ({ server }) => order(server, { power: 'paused', task_state: 'pausing' }),
  },
  unpause: {
    summary: 'Let a paused server go on',
    schema: Nothing,
    name: 'unpause',
    vmStates: () => ['paused'],
    event: 'compute_unpause_instance',
    carriedOutByHost: true,
    apply: ({ server }) => order(server, { power: 'running', task_state: 'unpausing' }),
  },
};
