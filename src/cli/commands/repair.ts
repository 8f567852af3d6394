import { homeFolder } from '../../core/configuration.ts';
import { askOvenbird } from '../../cloud/api.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { flag, text, UsageError, type Command } from '../command.ts';
import { countDifferences, describeDifference, type Difference } from '../differences.ts';
import { duration, print } from '../terminal.ts';

/** Exit code of a dry run that found something; 1 and 2 are those of every command. */
const DIFFERS = 3;
/** Seconds of a day: the longest time for which repairs can be held. */
const LONGEST_HOLD = 86_400;

interface Answer {
  readonly differences: readonly Difference[];
  /** After a repair: what could not be put right. */
  readonly remaining?: readonly Difference[];
}

export const command: Command = {
  summary: 'compares OVN and the hosts with what they should be, and repairs them',
  options: {
    'dry-run': { type: 'boolean', help: 'only print the differences' },
    hold: {
      type: 'string',
      value: 'SECONDS',
      help: 'for so long let stand what somebody changes by hand; 0 ends that',
    },
    json: { type: 'boolean', help: 'print the differences as JSON' },
  },
  details: [
    'The cloud does this by itself: within seconds after somebody else wrote to its rows, at every start and',
    'connection, and now and then in the background; "ovenbird events" tells what it found. So a dry run seldom finds',
    'anything, unless repairs are held to try something by hand: what the API asks for is done then too, and',
    'everything is put right at the end of that time, or by "ovenbird repair". Rows that are not ours are never touched.',
    '',
    'Ends with 0 when nothing differs or everything was repaired, with 3 when a dry run found differences, with 1',
    'when something could not be repaired or the cloud does not answer, with 2 for a wrong command line.',
  ].join('\n'),
  examples: [
    'npx ovenbird repair --dry-run',
    'npx ovenbird repair --json',
    'npx ovenbird repair --hold 600',
  ],
  async run(given) {
    const dry = flag(given, 'dry-run');
    const hold = text(given, 'hold');
    if (hold !== undefined) return holdRepairs(hold, dry || flag(given, 'json'));
    const { differences, remaining = [] } = await ask<Answer>(
      dry ? 'GET' : 'POST',
      '/ovenbird/v1/repair',
    );
    if (flag(given, 'json'))
      print(JSON.stringify(dry ? { differences } : { differences, remaining }, null, 2));
    else if (differences.length === 0) print('nothing differs');
    else {
      print(differences.map(describeDifference).join('\n'));
      print(countDifferences(differences));
      if (remaining.length > 0)
        print(
          `could not be repaired, see "ovenbird logs control-plane": ${countDifferences(remaining)}`,
        );
    }
    if (dry) return differences.length === 0 ? 0 : DIFFERS;
    return remaining.length === 0 ? 0 : 1;
  },
};

async function holdRepairs(given: string, more: boolean): Promise<number> {
  if (more) throw new UsageError('repair: --hold goes with no other option');
  if (!/^\d{1,5}$/.test(given) || Number(given) > LONGEST_HOLD)
    throw new UsageError(`repair: --hold ${given}: not a number of seconds up to ${LONGEST_HOLD}`);
  const seconds = Number(given);
  await ask('POST', `/ovenbird/v1/repair/hold?seconds=${seconds}`);
  print(
    seconds === 0
      ? 'what somebody changes by hand is repaired again'
      : `for ${duration(seconds)} what somebody changes by hand stays; then it is repaired`,
  );
  return 0;
}

async function ask<T>(method: string, path: string): Promise<T> {
  try {
    return await askOvenbird<T>(openCloud(homeFolder()), method, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED')
      throw new Error('the cloud is not up: start it with "npx ovenbird up"', { cause: error });
    throw error;
  }
}
