import { existsSync, readdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { homeFolder } from '../../core/configuration.ts';
import { sleep } from '../../core/time.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { lastLines } from '../../cloud/files.ts';
import { flag, text, UsageError, type Command } from '../command.ts';

/** Milliseconds between two looks at a log that is followed. */
const LOOK = 200;

export const command: Command = {
  summary: "prints a component's log",
  positionals: ['COMPONENT'],
  options: {
    follow: { type: 'boolean', short: 'f', help: 'go on printing what is added' },
    lines: {
      type: 'string',
      short: 'n',
      value: 'NUMBER',
      help: 'how many of the last lines; default 50',
    },
  },
  details: '"ovenbird status" names the components; "supervisor" has a log too.',
  examples: ['npx ovenbird logs control-plane', 'npx ovenbird logs ovn-controller -n 200 -f'],
  async run(given) {
    const { layout } = openCloud(homeFolder());
    const known = readdirSync(layout.log)
      .filter((name) => name.endsWith('.log'))
      .map((name) => name.slice(0, -'.log'.length));
    const [component] = given.positionals;
    if (component === undefined || !known.includes(component))
      throw new UsageError(
        `${component === undefined ? 'name a component' : `there is no log of "${component}"`}: ${known.join(', ')}`,
      );
    const wish = text(given, 'lines') ?? '50';
    if (!/^\d{1,7}$/.test(wish)) throw new UsageError(`--lines ${wish}: not a number of lines`);
    const file = layout.logOf(component);
    for (const line of lastLines(file, Number(wish))) process.stdout.write(`${line}\n`);
    if (!flag(given, 'follow')) return 0;
    // Without a reader there is nothing left to do.
    process.stdout.once('error', () => process.exit(0));
    await follow(file);
    return 0;
  },
};

/** Prints what is added, also after the log was set aside and begun anew; ends with the process. */
async function follow(file: string): Promise<void> {
  let position = (await sizeOf(file)) ?? 0;
  for (;;) {
    const size = (await sizeOf(file)) ?? 0;
    if (size < position) position = 0;
    if (size > position) {
      const handle = await open(file, 'r');
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(size - position),
        0,
        size - position,
        position,
      );
      await handle.close();
      process.stdout.write(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    await sleep(LOOK);
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  if (!existsSync(file)) return undefined;
  const handle = await open(file, 'r');
  try {
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}
