import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** What is wrong with a command line; ends the command with code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** One option as the help shows it. */
export interface OptionHelp {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** What stands for the value: `ADDRESS:PORT`. */
  readonly value?: string;
  readonly help: string;
}

/** Values by option name; positional arguments in order. */
export interface Arguments {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** One command of `ovenbird`: a file of its own in `commands/`, loaded when it is asked for. */
export interface Command {
  /** One line: what it does. */
  readonly summary: string;
  /** Names of positional arguments, for the help: `COMPONENT`. Their number is the most that is taken. */
  readonly positionals?: readonly string[];
  readonly options?: Readonly<Record<string, OptionHelp>>;
  /** More to know, shown below the options. */
  readonly details?: string;
  readonly examples: readonly string[];
  /** Gives the exit code. */
  run(given: Arguments): Promise<number>;
}

const HELP: OptionHelp = { type: 'boolean', short: 'h', help: 'show this text' };

/** Reads a command's arguments; fails with a sentence that names the one that is wrong. */
export function readArguments(name: string, command: Command, words: readonly string[]): Arguments {
  const known = { ...command.options, help: HELP };
  const options: Options = Object.fromEntries(
    Object.entries(known).map(([option, { type, short }]) => [
      option,
      { type, ...(short === undefined ? {} : { short }) },
    ]),
  );
  let parsed: { values: Record<string, unknown>; positionals: string[] };
  try {
    parsed = parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    const [sentence = 'it is not understood'] = (error as Error).message.split('. ');
    throw new UsageError(
      `${name}: ${sentence.replace(/\.$/, '')}. "ovenbird ${name} --help" lists what there is`,
    );
  }
  const most = command.positionals?.length ?? 0;
  const extra = parsed.positionals[most];
  if (extra !== undefined)
    throw new UsageError(
      `${name}: "${extra}" is one argument too many. "ovenbird ${name} --help" lists what there is`,
    );
  return {
    options: parsed.values as Arguments['options'],
    positionals: parsed.positionals,
  };
}

/** The text of `ovenbird COMMAND --help`. */
export function helpOf(name: string, command: Command): string {
  const options = Object.entries({ ...command.options, help: HELP }).map(
    ([option, { short, value, help }]) => {
      const left = `${short === undefined ? '    ' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`;
      return `  ${left.padEnd(28)} ${help}`;
    },
  );
  const usage = ['ovenbird', name, '[options]', ...(command.positionals ?? [])].join(' ');
  return [
    command.summary,
    '',
    `Usage: ${usage}`,
    '',
    'Options:',
    ...options,
    ...(command.details === undefined ? [] : ['', command.details.trim()]),
    '',
    'Examples:',
    ...command.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

/** A string option's value; undefined when it was not given. */
export const text = ({ options }: Arguments, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

/** Whether a switch was given. */
export const flag = ({ options }: Arguments, name: string): boolean => options[name] === true;
