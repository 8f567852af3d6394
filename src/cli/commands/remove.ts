import { homeFolder } from '../../core/configuration.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { dismissSupervisor, takeLock } from '../../cloud/lock.ts';
import { removeCloud } from '../../cloud/remove.ts';
import { flag, type Command } from '../command.ts';
import { confirm, print } from '../terminal.ts';

export const command: Command = {
  summary: 'takes the cloud off this machine with all its servers and data',
  options: { yes: { type: 'boolean', short: 'y', help: 'do not ask' } },
  details: 'Debian packages stay; everything else that this cloud made or changed is undone.',
  examples: ['npx ovenbird remove', 'OVENBIRD_HOME=/var/lib/second npx ovenbird remove --yes'],
  async run(given) {
    const home = homeFolder();
    const cloud = openCloud(home);
    const question = `All servers, images and data of the cloud "${cloud.configuration.name}" in ${home} will be lost.`;
    if (!flag(given, 'yes') && !(await confirm(question))) {
      print('nothing was removed');
      return 1;
    }
    await dismissSupervisor(cloud.layout);
    const lock = await takeLock(home, cloud.layout, 'command');
    try {
      await removeCloud(cloud);
    } finally {
      await lock.release();
    }
    print(`the cloud "${cloud.configuration.name}" is gone`);
    return 0;
  },
};
