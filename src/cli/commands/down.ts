import { homeFolder } from '../../core/configuration.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { takeDown, type DownResult } from '../../cloud/down.ts';
import { dismissSupervisor, takeLock } from '../../cloud/lock.ts';
import { flag, type Command } from '../command.ts';
import { print } from '../terminal.ts';

/** What a `down` did, for a person. */
export function describeDown({ stopped, running, servers }: DownResult): string {
  const ended =
    stopped.length === 0 ? 'nothing was running' : `stopped: ${stopped.toSorted().join(', ')}`;
  if (running.length === 0) return ended;
  const kept =
    servers === undefined
      ? 'the Docker Engine did not say whether there are servers'
      : `${servers.length} server${servers.length === 1 ? '' : 's'}`;
  return `${ended}\nstill running: ${kept}, ${running.join(', ')}. "npx ovenbird down --all" ends them too`;
}

export const command: Command = {
  summary: 'stops the control plane; servers keep running unless --all',
  options: { all: { type: 'boolean', help: 'stop the servers and everything else too' } },
  details: 'Nothing is lost: the next "up" finds what runs and starts the rest.',
  examples: ['npx ovenbird down', 'npx ovenbird down --all'],
  async run(given) {
    const home = homeFolder();
    const cloud = openCloud(home);
    await dismissSupervisor(cloud.layout);
    const lock = await takeLock(home, cloud.layout, 'command');
    try {
      print(describeDown(await takeDown(cloud, flag(given, 'all'))));
    } finally {
      await lock.release();
    }
    return 0;
  },
};
