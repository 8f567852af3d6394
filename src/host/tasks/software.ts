import { sleep } from '../../core/time.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Driver } from '../drivers/driver.ts';
import { definite, HostFault } from '../fault.ts';
import type { Question } from './console.ts';

/** Who does not answer at present is asked again after so many milliseconds, for ten minutes. */
const PAUSE = 2_000;
const ATTEMPTS = 300;

/** Tries again while only the moment is wrong: the control plane or the engine is being restarted, the server starts. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isPassing = error instanceof HostFault && !error.definite;
      if (!isPassing || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE);
    }
  }
}

/**
 * Runs the script of a software deployment in a server and tells the control plane what became of it. The server remembers
 * what it ran: an agent that died in between finds the script running, or its outcome.
 */
export async function carryOutSoftware(
  { serverId, replyTo }: Question,
  driver: Driver,
  controlPlane: ControlPlane,
): Promise<void> {
  if (driver.carryOut === undefined) {
    throw definite(`the driver ${driver.name} of this host runs no scripts in servers`);
  }
  const wish = await patiently(() => controlPlane.softwareWish(replyTo));
  // Its deployment was deleted, or its outcome has been told.
  if (wish === undefined) return;
  const signal = new AbortController().signal;
  const outcome = await patiently(() => driver.carryOut!(serverId, wish, signal));
  await patiently(() => controlPlane.deliver(replyTo, Buffer.from(JSON.stringify(outcome))));
}
