import type { Ovenbird } from '../../../ovn/index.ts';
import type { ServerFault } from '../tables.ts';
import type { Server, ServerChange } from './model.ts';

/** What can be seen of a server at this moment. */
export interface Sight {
  /** Its row in the `Ovenbird` database. */
  readonly row: Ovenbird['Server'] | undefined;
  /** Every port is ACTIVE, or its host has no datapath. */
  readonly portsReady: boolean;
  /** Ports that are not, for the message. */
  readonly portsMissing: readonly string[];
  /** The host's agent lives: it can be waited for. */
  readonly hostUp: boolean;
}

/** What follows from it. */
export type Outcome =
  /** `again`: time alone will change the answer, after so many milliseconds. */
  | { readonly kind: 'wait'; readonly again?: number }
  /** Nothing of the server is left on its host: ports, resources and row can go. */
  | { readonly kind: 'gone' }
  /** Nothing of the server is left on the host that it was to leave: it goes on to where it is wanted. */
  | { readonly kind: 'left' }
  | {
      readonly kind: 'change';
      readonly change: ServerChange;
      /** How the action that was under way ended. */
      readonly result?: 'Success' | 'Error';
      readonly message?: string;
      /** Nobody ordered it: what happened, for the list of actions. */
      readonly happened?: string;
      /** How far the move that the server was on has come (`MoveRow`). */
      readonly move?: 'finished' | 'reverted' | 'error';
    };

/** Nova's numbers of power states (`OS-EXT-STS:power_state`). */
const POWER_STATE: Readonly<Record<string, number>> = {
  running: 1,
  paused: 3,
  stopped: 4,
  suspended: 4,
};

/** How long a new server waits for its ports, as Nova's `vif_plugging_timeout`. */
const PORTS_TIMEOUT = 300_000;

/**
 * A server whose process ends at once is ACTIVE for so long before it is SHUTOFF: clients that wait for ACTIVE
 * look every five seconds, and would wait for ever if they missed it.
 */
const ACTIVE_AT_LEAST = 8000;

/** A new attempt after an error shows the old error until the agent has taken it up. */
const RETRY_GRACE = 10_000;

/** Tasks of a server that goes to another flavor or back. */
const MOVING: ReadonlySet<string | null> = new Set([
  'resize_prep',
  'resize_migrating',
  'resize_finish',
  'resize_reverting',
]);

const WAIT: Outcome = { kind: 'wait' };

export const faultOf = (
  source: ServerFault['source'],
  message: string,
  details?: string,
  now = new Date(),
): string =>
  JSON.stringify({
    code: 500,
    message,
    details,
    created: now.toISOString().slice(0, 19) + 'Z',
    source,
  } satisfies ServerFault);

/**
 * Compares what a server should be doing (our tables) with what it is seen to do (the host's report, the ports'
 * status) and says how its state changes. Pure and repeatable: whoever asks again after a crash gets the same.
 */
export function settle(server: Server, sight: Sight, now = Date.now()): Outcome {
  const { row } = sight;
  if (server.power === 'deleted') {
    // A host that is down cannot answer; when it returns it finds no row and removes what it still has.
    return server.host === null || row?.state[0] === 'deleted' || !sight.hostUp
      ? { kind: 'gone' }
      : WAIT;
  }
  if (server.leaving_for !== null)
    return server.host === null || row?.state[0] === 'deleted' || !sight.hostUp
      ? { kind: 'left' }
      : WAIT;
  const state = row?.state[0];
  if (row === undefined || state === undefined) return WAIT;
  const age = now - server.updated_at.getTime();
  if (state === 'error') {
    const retried = server.vm_state === 'error' && server.task_state !== null;
    if (server.vm_state === 'error' && (!retried || age < RETRY_GRACE)) return WAIT;
    const message = row.message[0] ?? 'The host reports an error without a message.';
    return {
      kind: 'change',
      change: {
        vm_state: 'error',
        task_state: null,
        power_state: 0,
        fault: faultOf('host', message),
        // What cannot be rescued goes on as it was.
        ...(server.task_state === 'rescuing'
          ? {
              rescue: null,
              generation: server.generation + 1,
              power: server.vm_state === 'stopped' ? ('stopped' as const) : ('running' as const),
            }
          : {}),
      },
      result: 'Error',
      message,
      ...(MOVING.has(server.task_state) ? { move: 'error' as const } : {}),
    };
  }
  const caughtUp = row.observed_generation >= server.generation;
  const power = POWER_STATE[state] ?? 0;
  const become = (change: ServerChange, result?: 'Success') => ({
    kind: 'change' as const,
    change: { power_state: power, task_state: null, ...change },
    ...(result ? { result } : {}),
  });
  const launched = { launched_at: server.launched_at ?? new Date(now), fault: null };

  switch (server.vm_state === 'building' ? 'building' : server.task_state) {
    case 'building':
    case 'powering-on':
    case 'rebuilding':
    case 'unshelving':
    case 'rebooting':
    case 'rebooting_hard': {
      if (!caughtUp || state === 'preparing') return WAIT;
      if (server.task_state === 'rebuilding' && server.power === 'stopped')
        return become({ vm_state: 'stopped', fault: null }, 'Success');
      // One that has ended already was there all the same: that it stopped is the next thing to be seen.
      if (state === 'stopped' || sight.portsReady)
        return become(
          { vm_state: 'active', ...launched, power_state: POWER_STATE['running'] },
          'Success',
        );
      if (server.vm_state !== 'building' || age < PORTS_TIMEOUT) return WAIT;
      const message = `Virtual Interface creation failed: the ports ${sight.portsMissing.join(', ')} did not become ACTIVE within ${PORTS_TIMEOUT / 1000} s.`;
      return {
        kind: 'change',
        change: {
          vm_state: 'error',
          task_state: null,
          power_state: power,
          fault: faultOf('network', message),
        },
        result: 'Error',
        message,
      };
    }
    case 'resize_prep':
    case 'resize_finish':
    case 'resize_reverting': {
      const isThere = server.power === 'stopped' ? state === 'stopped' : state !== 'preparing';
      if (!caughtUp || !isThere) return WAIT;
      const isBack = server.task_state === 'resize_reverting';
      const before = server.power === 'stopped' ? 'stopped' : 'active';
      return {
        ...become({ vm_state: isBack ? before : 'resized', fault: null }, 'Success'),
        move: isBack ? 'reverted' : 'finished',
      };
    }
    case 'rescuing':
    case 'unrescuing':
      // What ends at once was there all the same.
      if (!caughtUp || state === 'preparing') return WAIT;
      return server.task_state === 'rescuing'
        ? become(
            { vm_state: 'rescued', launched_at: server.launched_at ?? new Date(now) },
            'Success',
          )
        : become({ vm_state: 'active', ...launched }, 'Success');
    case 'powering-off':
      return state === 'stopped' ? become({ vm_state: 'stopped', fault: null }, 'Success') : WAIT;
    case 'pausing':
      if (state === 'paused') return become({ vm_state: 'paused' }, 'Success');
      return state === 'stopped' && caughtUp
        ? become({ vm_state: 'stopped', power: 'stopped' })
        : WAIT;
    case 'suspending':
      if (state === 'suspended') return become({ vm_state: 'suspended' }, 'Success');
      return state === 'stopped' && caughtUp
        ? become({ vm_state: 'stopped', power: 'stopped' })
        : WAIT;
    case 'resuming':
      if (state === 'running') return become({ vm_state: 'active' }, 'Success');
      return state === 'stopped' && caughtUp
        ? become({ vm_state: 'stopped', power: 'stopped' })
        : WAIT;
    case 'unpausing':
      if (state === 'running') return become({ vm_state: 'active' }, 'Success');
      return state === 'stopped' && caughtUp
        ? become({ vm_state: 'stopped', power: 'stopped' })
        : WAIT;
    case null:
      return settled(server, row, state, caughtUp, age);
    default:
      return WAIT;
  }
}

/** Nothing is under way: what happened by itself. */
function settled(
  server: Server,
  row: Ovenbird['Server'],
  state: string,
  caughtUp: boolean,
  age: number,
): Outcome {
  const power = POWER_STATE[state] ?? 0;
  const change = (values: ServerChange) => ({
    kind: 'change' as const,
    change: { power_state: power, ...values },
  });
  const [started, finished] = [row.started_at[0], row.finished_at[0]];
  if (['active', 'paused', 'suspended'].includes(server.vm_state)) {
    if (state === 'stopped' && caughtUp && server.power !== 'stopped') {
      const ran = started !== undefined && finished !== undefined ? (finished - started) * 1000 : 0;
      if (age < ACTIVE_AT_LEAST && ran < ACTIVE_AT_LEAST)
        return { kind: 'wait', again: ACTIVE_AT_LEAST - age };
      const [code] = row.exit_code;
      if (code === undefined) return change({ vm_state: 'stopped', power: 'stopped' });
      const happened = `The main process of the server ended by itself with exit code ${code}.`;
      return {
        ...change({
          vm_state: 'stopped',
          power: 'stopped',
          ...(code === 0 ? {} : { fault: faultOf('exit', happened) }),
        }),
        happened,
      };
    }
  }
  if (server.vm_state === 'error' && server.fault?.source === 'host' && caughtUp) {
    if (state === 'running' && server.power === 'running')
      return change({
        vm_state: 'active',
        fault: null,
        launched_at: server.launched_at ?? new Date(),
      });
    if (state === 'stopped' && server.power === 'stopped')
      return change({ vm_state: 'stopped', fault: null });
    if (state === 'paused' && server.power === 'paused')
      return change({ vm_state: 'paused', fault: null });
    if (state === 'suspended' && server.power === 'suspended')
      return change({ vm_state: 'suspended', fault: null });
  }
  const isExpected =
    server.vm_state === 'resized' ||
    server.vm_state === 'rescued' ||
    state === (server.vm_state === 'active' ? 'running' : server.vm_state);
  return isExpected && server.power_state !== power
    ? change({ updated_at: server.updated_at })
    : WAIT;
}
