import { realFolder } from '../cloud/files.ts';
import { homeFolder } from '../core/configuration.ts';
import { messageOf } from '../core/errors.ts';
import { helpOf, readArguments, UsageError, type Command } from './command.ts';

/** Every command, in the order in which a newcomer meets them; each file is loaded when it is asked for. */
export const COMMANDS: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  up: () => import('./commands/up.ts'),
  openrc: () => import('./commands/openrc.ts'),
  clouds: () => import('./commands/clouds.ts'),
  status: () => import('./commands/status.ts'),
  logs: () => import('./commands/logs.ts'),
  down: () => import('./commands/down.ts'),
  reset: () => import('./commands/reset.ts'),
  repair: () => import('./commands/repair.ts'),
  events: () => import('./commands/events.ts'),
  rotate: () => import('./commands/rotate.ts'),
  doctor: () => import('./commands/doctor.ts'),
  remove: () => import('./commands/remove.ts'),
};

/** Exit code of a command line that cannot be understood. */
const USAGE = 2;

/** Does what the words say; gives the exit code. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = words;
  // Whoever reads may have enough, as `head` has: what was begun is finished all the same.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    if (name === 'help' || name === '--help' || name === '-h') {
      process.stdout.write(await overview(rest[0]));
      return 0;
    }
    if (name === '--version') {
      const { readFileSync } = await import('node:fs');
      const file = new URL('../../package.json', import.meta.url);
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
      process.stdout.write(`${version}\n`);
      return 0;
    }
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined)
      throw new UsageError(
        `there is no command "${name}". The commands are ${Object.keys(COMMANDS).join(', ')}`,
      );
    // Two ways to one folder must not look like two clouds.
    process.env['OVENBIRD_HOME'] = realFolder(homeFolder());
    const { command } = await load();
    const given = readArguments(name, command, rest);
    if (given.options['help'] === true) {
      process.stdout.write(helpOf(name, command));
      return 0;
    }
    return await command.run(given);
  } catch (error) {
    process.stderr.write(`ovenbird: ${messageOf(error)}\n`);
    if (process.env['OVENBIRD_LOG_LEVEL'] === 'debug' && error instanceof Error)
      process.stderr.write(`${error.stack}\n`);
    return error instanceof UsageError ? USAGE : 1;
  }
}

async function overview(name: string | undefined): Promise<string> {
  const load = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name !== undefined && load !== undefined) return helpOf(name, (await load()).command);
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(
      async ([entry, loader]) => `  ${entry.padEnd(10)} ${(await loader()).command.summary}`,
    ),
  );
  return [
    'Ovenbird: an OpenStack-compatible cloud in one command.',
    '',
    'Usage: ovenbird COMMAND [options]',
    '',
    'Commands:',
    ...lines,
    '',
    '"ovenbird COMMAND --help" explains each, with examples.',
    'OVENBIRD_HOME names the folder of the cloud; default /var/lib/ovenbird.',
    '',
  ].join('\n');
}
