import { readFileSync } from 'node:fs';
import { homeFolder } from '../../core/configuration.ts';
import { sleep } from '../../core/time.ts';
import { openCloud, type Cloud } from '../../cloud/cloud.ts';
import { lockHolder, takeLock } from '../../cloud/lock.ts';
import { isAlive, signal, type ProcessIdentity } from '../../cloud/process.ts';
import { resetCloud, type ResetResult } from '../../cloud/reset.ts';
import { flag, type Command } from '../command.ts';
import { inSeconds } from '../progress.ts';
import { confirm, print } from '../terminal.ts';

/** Milliseconds that the supervisor has for it. */
const PATIENCE = 120_000;

export const command: Command = {
  summary: 'empties the cloud: back to how it was after its first start',
  options: { yes: { type: 'boolean', short: 'y', help: 'do not ask' } },
  details:
    'Passwords stay, so that an openrc stays valid. A cloud that is up is up again afterwards.',
  examples: ['npx ovenbird reset', 'npx ovenbird reset --yes'],
  async run(given) {
    const home = homeFolder();
    const cloud = openCloud(home);
    const question = `All servers, networks, images and users of the cloud "${cloud.configuration.name}" in ${home} will be lost.`;
    if (!flag(given, 'yes') && !(await confirm(question))) {
      print('nothing was changed');
      return 1;
    }
    const before = performance.now();
    const holder = lockHolder(cloud.layout);
    if (holder?.purpose === 'supervisor') {
      await resetBySupervisor(cloud, holder);
    } else {
      const lock = await takeLock(home, cloud.layout, 'command');
      try {
        await resetCloud(cloud);
      } finally {
        await lock.release();
      }
    }
    print(
      `the cloud "${cloud.configuration.name}" is empty again (${inSeconds(performance.now() - before)})`,
    );
    return 0;
  },
};

/** The supervisor does it itself, so that the terminal in which it runs keeps its cloud. */
async function resetBySupervisor(cloud: Cloud, holder: ProcessIdentity): Promise<void> {
  const asked = resultOf(cloud)?.at;
  signal(holder, 'SIGUSR2');
  const deadline = performance.now() + PATIENCE;
  while (performance.now() < deadline) {
    const result = resultOf(cloud);
    if (result !== undefined && result.at !== asked) {
      if (result.error !== undefined) throw new Error(`the reset failed: ${result.error}`);
      return;
    }
    if (!isAlive(holder)) throw new Error('the supervisor ended meanwhile: repeat the command');
    await sleep(20);
  }
  throw new Error('the supervisor did not finish within two minutes: see "npx ovenbird status"');
}

function resultOf(cloud: Cloud): ResetResult | undefined {
  try {
    return JSON.parse(readFileSync(cloud.layout.resetResult, 'utf8')) as ResetResult;
  } catch {
    return undefined;
  }
}
