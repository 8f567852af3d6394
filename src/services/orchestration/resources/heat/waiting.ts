import type { Step } from '../type.ts';

/**
 * Notes that an action lasts so many seconds from now, negative for ever. A step that is called again after the process died
 * waits out what is left.
 */
export async function beginWaiting(step: Step, action: string, seconds: number): Promise<void> {
  if (step.data['waiting'] === action) return;
  // Over before it begins: there is nothing to note.
  if (seconds === 0 && step.data['until'] === undefined) return;
  const until = seconds < 0 ? 'for ever' : String(Date.now() + seconds * 1000);
  await step.save({ data: { waiting: action, until } });
}

/** Whether the time is over; the note goes with it. */
export async function waitedEnough(step: Step): Promise<boolean> {
  const until = step.data['until'];
  if (until === undefined) return true;
  if (until === 'for ever' || Date.now() < Number(until)) return false;
  await step.save({ data: { waiting: null, until: null } });
  return true;
}
