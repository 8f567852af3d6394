import { homeFolder } from '../../core/configuration.ts';
import { askOvenbird } from '../../cloud/api.ts';
import { openCloud } from '../../cloud/cloud.ts';
import type { Command } from '../command.ts';
import { print } from '../terminal.ts';

export const command: Command = {
  summary: 'makes new keys for tokens and kept secrets; tokens already issued stay good',
  options: {},
  details: [
    'The cloud does this once a week by itself. A key that made tokens stays as long as one of them can live; secrets that',
    'must be read again (credentials, seeds of one-time passwords) are sealed anew with the new key.',
  ].join('\n'),
  examples: ['npx ovenbird rotate'],
  async run() {
    try {
      const { resealed } = await askOvenbird<{ resealed: number }>(
        openCloud(homeFolder()),
        'POST',
        '/ovenbird/v1/rotate',
      );
      print(`rotated the keys; ${resealed} secret${resealed === 1 ? '' : 's'} sealed anew`);
      return 0;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ECONNREFUSED')
        throw new Error('the cloud is not up: start it with "npx ovenbird up"', { cause: error });
      throw error;
    }
  },
};
