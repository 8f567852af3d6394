import { homeFolder } from '../../core/configuration.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { followEvents, lastEvents, type CloudEvent } from '../../cloud/events.ts';
import { flag, text, UsageError, type Command } from '../command.ts';
import { describeRepair } from '../differences.ts';
import { print } from '../terminal.ts';

const CAUSES: Readonly<Record<string, string>> = {
  changed: 'somebody else had written to',
  compared: 'the regular comparison of',
  started: 'the comparison at the start of',
  reconnected: 'the comparison after a new connection to',
  requested: '"ovenbird repair" of',
};

function describe(event: CloudEvent): string {
  const { at, cause, database, times } = event;
  const why = CAUSES[cause] ?? cause;
  const found = cause === 'changed' ? `${why} ${database}` : `found by ${why} ${database}`;
  const again = times > 1 ? `; ${times} times in a row now` : '';
  return `${at}  ${describeRepair(event)}\n    ${found}${again}`;
}

export const command: Command = {
  summary: 'prints what the cloud repaired by itself: when, which row, what was wrong',
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on printing what happens' },
    lines: {
      type: 'string',
      short: 'n',
      value: 'NUMBER',
      help: 'how many of the last events; default 50',
    },
    json: { type: 'boolean', help: 'one JSON object a line' },
  },
  details:
    "An event is written when rows of OVN or of the hosts' database were not as the cloud had made them and were\nput right: somebody wrote to them by hand, or the cloud was killed half-way. What the API asks for is no event.\nThe last 4 to 8 MiB are kept, in log/events.jsonl below the home; they can be read while the cloud is down.",
  examples: ['npx ovenbird events', 'npx ovenbird events --follow --json'],
  async run(given) {
    const { layout } = openCloud(homeFolder());
    const wish = text(given, 'lines') ?? '50';
    if (!/^\d{1,7}$/.test(wish)) throw new UsageError(`--lines ${wish}: not a number of events`);
    const tell = (event: CloudEvent) =>
      print(flag(given, 'json') ? JSON.stringify(event) : describe(event));
    for (const event of lastEvents(layout, Number(wish))) tell(event);
    if (!flag(given, 'follow')) return 0;
    // Without a reader there is nothing left to do.
    process.stdout.once('error', () => process.exit(0));
    return followEvents(layout, tell);
  },
};
