import type { ServerImage } from '../tables.ts';

/** How a container runs, beyond image and flavor. */
export interface ContainerSettings {
  /** Replaces the image's command; words. */
  readonly command: readonly string[] | undefined;
  /** Replaces the image's entrypoint, and its command. */
  readonly entrypoint: readonly string[] | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly tty: boolean;
  readonly workingDirectory: string | undefined;
  readonly pidsLimit: number;
  /** Programs such as sudo may raise rights within the container; only the flavor's owner says so. */
  readonly setuid: boolean;
  /** `always`, `on-failure`, either with `:N`; undefined: it stays down. */
  readonly restart: string | undefined;
}

/** Of metadata, image properties and extra specs: which of them say how a container runs. */
export const PREFIX = 'ovenbird:';
/** What no flavor says. */
const PIDS_LIMIT = 1024;
const MOST_PIDS = 1_000_000;
const MOST_WORDS = 256;

type Values = Readonly<Record<string, string>>;

/** The properties of an image that servers keep. */
export const keptProperties = (properties: Values): Values =>
  Object.fromEntries(Object.entries(properties).filter(([name]) => name.startsWith(PREFIX)));

/**
 * Reads the settings: metadata of the server goes before properties of its image, and those before extra specs of its
 * flavor, which only know `pids_limit`, `restart` and `setuid`. Nobody gets more processes than the flavor (or 1024) gives.
 *
 * `refusals`: what cannot be read, in sentences; it counts as not said.
 */
export function settingsOf(
  metadata: Values,
  image: Pick<ServerImage, 'command' | 'properties'>,
  extraSpecs: Values,
): { readonly settings: ContainerSettings; readonly refusals: readonly string[] } {
  const refusals: string[] = [];
  const properties = image.properties ?? {};
  const own = (name: string) => metadata[PREFIX + name] ?? properties[PREFIX + name];
  const either = (name: string) => own(name) ?? extraSpecs[PREFIX + name];
  const read = <T>(
    name: string,
    text: string | undefined,
    parse: (text: string) => { readonly value: T } | string,
  ): T | undefined => {
    if (text === undefined) return undefined;
    const found = parse(text);
    if (typeof found !== 'string') return found.value;
    refusals.push(`${PREFIX}${name} ${found}`);
    return undefined;
  };
  const words = (text: string): { readonly value: readonly string[] } | string => {
    if (!text.trimStart().startsWith('[')) return { value: ['/bin/sh', '-c', text] };
    const list = jsonOf(text);
    const isList =
      Array.isArray(list) &&
      list.length <= MOST_WORDS &&
      list.every((word) => typeof word === 'string' && !word.includes('\0'));
    return isList ? { value: list as string[] } : 'is not a JSON array of words';
  };
  const number = (text: string) =>
    /^[1-9]\d{0,6}$/.test(text) && Number(text) <= MOST_PIDS
      ? { value: Number(text) }
      : `is not a number from 1 to ${MOST_PIDS}`;
  const flavorPids = read('pids_limit', extraSpecs[`${PREFIX}pids_limit`], number) ?? PIDS_LIMIT;
  const command = own('command') ?? image.command;
  return {
    refusals,
    settings: {
      command: command === undefined ? undefined : commandOf(command),
      entrypoint: read('entrypoint', own('entrypoint'), words),
      environment: environmentOf({ ...properties, ...metadata }, refusals),
      tty:
        read('tty', own('tty'), (text) =>
          /^(?:true|false|yes|no|1|0)$/i.test(text)
            ? { value: /^(?:true|yes|1)$/i.test(text) }
            : 'is neither true nor false',
        ) ?? false,
      workingDirectory: read('working_dir', own('working_dir'), (text) =>
        /^\/[^\0]{0,1000}$/.test(text) ? { value: text } : 'is not an absolute path',
      ),
      pidsLimit: Math.min(flavorPids, read('pids_limit', own('pids_limit'), number) ?? flavorPids),
      setuid: extraSpecs[`${PREFIX}setuid`] === 'true',
      restart: read('restart', either('restart'), (text) =>
        /^(?:never|no|(?:always|on-failure)(?::[1-9]\d{0,5})?)$/.test(text)
          ? { value: text.startsWith('n') ? undefined : text }
          : 'is none of never, always, on-failure and on-failure:N',
      ),
    },
  };

  function commandOf(text: string): readonly string[] | undefined {
    // The older property is always a line for a shell.
    if (own('command') === undefined) return ['/bin/sh', '-c', text];
    return read('command', text, words);
  }
}

function environmentOf(values: Values, refusals: string[]): Record<string, string> {
  const prefix = `${PREFIX}env:`;
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (!name.startsWith(prefix)) continue;
    const variable = name.slice(prefix.length);
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(variable) || value.includes('\0'))
      refusals.push(`${name.slice(0, 100)} does not name a variable`);
    else environment[variable] = value;
  }
  return environment;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
