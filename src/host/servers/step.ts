import type { Instance } from '../drivers/driver.ts';
import type { ServerWish } from '../wish.ts';
import type { StartRecord } from './record.ts';

/** The one thing to do next so that a server becomes what is wished. */
export type Step =
  | { readonly kind: 'create' }
  /** `why` is for the log. */
  | { readonly kind: 'start'; readonly why: string; readonly restarts?: number }
  /** It is started again by itself in so many milliseconds. */
  | { readonly kind: 'wait'; readonly milliseconds: number; readonly restarts: number }
  /** `seconds`: how long it may take to end by itself. */
  | { readonly kind: 'stop'; readonly seconds: number; readonly reboot: boolean }
  | { readonly kind: 'pause' }
  | { readonly kind: 'unpause' }
  | { readonly kind: 'suspend' }
  /** From now on it runs from another image, or from its own disk again. */
  | { readonly kind: 'rescue' }
  | { readonly kind: 'unrescue' }
  /** Everything of it goes. */
  | { readonly kind: 'remove' }
  /** What there is goes, because it was made from another image than the one wished, or is to be made anew. */
  | { readonly kind: 'discard' }
  /** It is as wished, or it ended by itself, which only a new order changes. */
  | { readonly kind: 'settled' };

const SETTLED: Step = { kind: 'settled' };

/** Pause before a server is started again by itself, in milliseconds: doubled each time, as Docker does it. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 60_000;
/** One that ran so long is started at once: what went wrong before does not count any more. In milliseconds. */
const SOUND = 10_000;

/**
 * Decides from what is, never from what was said before: the same answer comes out whether this agent, an earlier
 * one or a person did the last thing.
 *
 * @param record the last start that was begun; it is written before the engine is asked, and names the run before it,
 *   so that a start which a crash prevented can be told from a server that ended by itself.
 * @param session changes with every boot of the machine and when the cloud itself stopped its servers: what ran
 *   before then is started again.
 */
export function nextStep(
  wish: ServerWish,
  instance: Instance | undefined,
  record: StartRecord | undefined,
  session: string,
  now = Date.now(),
): Step {
  if (wish.power === 'deleted') return { kind: 'remove' };
  if (instance === undefined) return wish.power === 'stopped' ? SETTLED : { kind: 'create' };
  if (instance.imageId !== wish.image.id || instance.build !== wish.build) {
    return { kind: 'discard' };
  }
  const alive = instance.state === 'running' || instance.state === 'paused';
  if (instance.rescue !== wish.rescue?.id) {
    if (alive) return { kind: 'stop', seconds: wish.stopTimeout, reboot: true };
    // What it remembers was another system's.
    if (instance.state === 'suspended') return { kind: 'stop', seconds: 0, reboot: true };
    return { kind: instance.rescue === undefined ? 'rescue' : 'unrescue' };
  }
  if (wish.power === 'stopped') {
    // Stopping gives up what it remembers.
    if (instance.state === 'suspended' && instance.processId === undefined) {
      return { kind: 'stop', seconds: 0, reboot: false };
    }
    return alive || instance.state === 'suspended'
      ? { kind: 'stop', seconds: wish.stopTimeout, reboot: false }
      : SETTLED;
  }
  if (instance.state === 'suspended') {
    if (wish.power === 'suspended') return SETTLED;
    // A reboot is a new start: what it remembers is given up.
    if (record !== undefined && record.generation < wish.generation) {
      return { kind: 'stop', seconds: 0, reboot: true };
    }
    // Where it is only frozen the same run goes on.
    return instance.processId !== undefined
      ? { kind: 'unpause' }
      : { kind: 'start', why: 'it was suspended and is wished again' };
  }
  if (!alive) {
    // What is down has nothing that could be kept for later.
    if (wish.power === 'suspended' && instance.run !== undefined) return SETTLED;
    const why = reasonToStart(wish, instance, record, session);
    return why === undefined ? restartOf(wish, instance, record, now) : { kind: 'start', why };
  }
  if (record !== undefined && record.generation < wish.generation) {
    const seconds = wish.rebootKind === 'soft' ? wish.stopTimeout : 0;
    return { kind: 'stop', seconds, reboot: true };
  }
  if (wish.power === 'suspended') return { kind: 'suspend' };
  if (wish.power === 'paused' && instance.state === 'running') return { kind: 'pause' };
  if (wish.power === 'running' && instance.state === 'paused') return { kind: 'unpause' };
  return SETTLED;
}

function reasonToStart(
  wish: ServerWish,
  instance: Instance,
  record: StartRecord | undefined,
  session: string,
): string | undefined {
  if (instance.run === undefined) return 'it never ran';
  if (record === undefined) return undefined;
  if (record.generation < wish.generation) return 'it was ordered anew';
  if (record.run === (instance.run ?? null)) return 'its last start did not happen';
  if (record.stopped) return 'it was stopped by order and is wished again';
  if (record.session !== session) return 'it ran when the machine or the cloud was stopped';
  return undefined;
}

/** Whether a server that ended by itself is to be started again, and when. */
function restartOf(
  { restart, power, rescue }: ServerWish,
  { exitCode, startedAt, finishedAt }: Instance,
  record: StartRecord | undefined,
  now: number,
): Step {
  if (restart.when === 'never' || power !== 'running' || rescue !== undefined) return SETTLED;
  if (record === undefined || record.stopped || finishedAt === undefined) return SETTLED;
  // Of a machine nobody knows how it ended: it may have switched itself off.
  if (restart.when === 'failure' && (exitCode ?? 0) === 0) return SETTLED;
  const ran = finishedAt.getTime() - (startedAt?.getTime() ?? finishedAt.getTime());
  const before = ran >= SOUND ? 0 : (record.restarts ?? 0);
  if (restart.attempts > 0 && before >= restart.attempts) return SETTLED;
  const pause = before === 0 ? FIRST_PAUSE : Math.min(FIRST_PAUSE * 2 ** before, LONGEST_PAUSE);
  const left = finishedAt.getTime() + pause - now;
  const restarts = before + 1;
  // A clock that was set back must not have it wait for ever.
  return left > 0
    ? { kind: 'wait', milliseconds: Math.min(left, pause), restarts }
    : { kind: 'start', why: `it ended with exit code ${exitCode}`, restarts };
}
