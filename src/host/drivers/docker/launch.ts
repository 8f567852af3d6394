import { messageOf } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { sleep } from '../../../core/time.ts';
import { passing } from '../../fault.ts';
import type { Driver } from '../driver.ts';
import { EngineFault, type Engine } from './engine.ts';
import { endLeftoverTask, removeLeftoverBundle } from './leftover.ts';

/** How often a start is tried while what an earlier one left is being cleared away. */
const ATTEMPTS = 20;
const PAUSE = 100;

/**
 * Starts a container of a server, also when an engine that was killed has left an earlier start half done.
 *
 * @param name of the container
 */
export async function launch(
  name: string,
  serverId: string,
  engine: Engine,
  driver: Pick<Driver, 'inspect' | 'remove'>,
  log: Logger,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await engine.json({
        method: 'POST',
        path: `/containers/${name}/start`,
        timeout: 120_000,
        what: 'starting the container',
      });
      return;
    } catch (error) {
      const isTaken =
        error instanceof EngineFault && /already (exists|in use)|file exists/.test(error.message);
      const instance = isTaken ? await driver.inspect(serverId) : undefined;
      if (instance === undefined) throw error;
      if (attempt >= ATTEMPTS) {
        // What never ran has nothing to lose: it is made anew, under an id that nothing remembers.
        if (instance.run === undefined) await driver.remove(serverId);
        throw passing(`the engine cannot start it at present: ${messageOf(error)}`, error);
      }
      if (await endLeftoverTask(instance.containerId)) {
        log.info({ server: serverId }, 'ended the task of a start that was cut off');
      } else if (attempt > 2) {
        await removeLeftoverBundle(messageOf(error), instance.containerId);
      }
      await sleep(PAUSE); // containerd is tidying up
    }
  }
}
