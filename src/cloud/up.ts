import { messageOf } from '../core/errors.ts';
import { readConfiguration } from '../core/configuration.ts';
import { cloudOf, type Cloud } from './cloud.ts';
import { createOrOpenCloud, RefusedError, type CloudChoices } from './create.ts';
import { fatalFindings } from './doctor/index.ts';
import { chooseEngine } from './engine.ts';
import { writeAtomically } from './files.ts';
import { takeLock } from './lock.ts';
import { planOf } from './plan.ts';
import { resetCloud, type ResetResult } from './reset.ts';
import { Supervisor, type SupervisorEvent } from './supervisor.ts';

/** A cloud that is up, as long as this process supervises it. */
export interface RunningCloud {
  readonly cloud: Cloud;
  /** Stops supervising but keeps the lock, so that processes can be ended in peace. */
  stopSupervising(): Promise<void>;
  /** Stops supervising and gives the lock back; ends no process. */
  leave(): Promise<void>;
  /** Empties the cloud and brings it up again. */
  reset(): Promise<void>;
}

/**
 * Brings a cloud up from whatever there is: nothing, a stopped one, one whose supervisor died. Resolves when its
 * APIs answer, its first objects exist and its host is there. Fails with a sentence and its cure, before anything
 * was changed when the machine is not fit.
 */
export async function bringUp(
  home: string,
  choices: CloudChoices,
  report: (event: SupervisorEvent) => void,
): Promise<RunningCloud> {
  const fatal = await fatalFindings(home, choices);
  if (fatal.length > 0)
    throw new RefusedError(
      fatal.map(({ title, found, cure }) => `${title}: ${found}\n  ${cure}`).join('\n'),
    );
  let cloud = await createOrOpenCloud(home, choices);
  const lock = await takeLock(home, cloud.layout, 'supervisor');
  let supervisor: Supervisor | undefined;
  const start = async () => {
    const engine = cloud.configuration.driver === 'docker' ? await chooseEngine(cloud) : undefined;
    supervisor = new Supervisor(cloud, planOf(cloud, engine), report);
    await supervisor.start();
  };
  const leave = async () => {
    await supervisor?.stop();
    await lock.release();
  };
  try {
    await start();
  } catch (error) {
    await leave();
    throw error;
  }
  return {
    cloud,
    leave,
    stopSupervising: async () => supervisor?.stop(),
    async reset() {
      const at = new Date().toISOString();
      let failure: string | undefined;
      await supervisor?.stop();
      try {
        await resetCloud(cloud);
      } catch (error) {
        failure = messageOf(error);
      }
      cloud = cloudOf(readConfiguration(home));
      try {
        await start();
      } catch (error) {
        failure ??= messageOf(error);
      }
      const result: ResetResult = { at, ...(failure === undefined ? {} : { error: failure }) };
      writeAtomically(cloud.layout.resetResult, `${JSON.stringify(result)}\n`);
    },
  };
}
