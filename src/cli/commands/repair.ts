import { homeFolder } from '../../core/configuration.ts';
import { askOvenbird } from '../../cloud/api.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { flag, type Command } from '../command.ts';
import { print } from '../terminal.ts';

/** As `src/ovn/desired.ts` describes it. */
interface Difference {
  readonly owner: string;
  readonly table: string;
  readonly key: string;
  readonly change: string;
  readonly columns?: Readonly<Record<string, readonly [unknown, unknown]>>;
}

const describe = ({ owner, table, key, change, columns = {} }: Difference): string =>
  [
    `${change} ${table} ${key} (${owner})`,
    ...Object.entries(columns).map(
      ([column, [live, desired]]) =>
        `    ${column}: ${JSON.stringify(live)} should be ${JSON.stringify(desired)}`,
    ),
  ].join('\n');

export const command: Command = {
  summary: 'compares OVN and the hosts with what they should be, and repairs them',
  options: {
    'dry-run': { type: 'boolean', help: 'only print the differences' },
    json: { type: 'boolean', help: 'print them as JSON' },
  },
  details:
    'The cloud does this by itself at every start and reconnection; differences afterwards mean that someone\nelse wrote to its databases.',
  examples: ['npx ovenbird repair --dry-run', 'npx ovenbird repair --json'],
  async run(given) {
    const dry = flag(given, 'dry-run');
    const cloud = openCloud(homeFolder());
    const { differences } = await askOvenbird<{ differences: Difference[] }>(
      cloud,
      dry ? 'GET' : 'POST',
      '/ovenbird/v1/repair',
    ).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
        throw new Error('the cloud is not up: start it with "npx ovenbird up"', { cause: error });
      throw error;
    });
    if (flag(given, 'json')) print(JSON.stringify({ differences }, null, 2));
    else if (differences.length > 0) print(differences.map(describe).join('\n'));
    else if (dry) print('nothing differs');
    return 0;
  },
};
