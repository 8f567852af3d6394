import { run } from '../command.ts';
import { Together } from '../together.ts';

/** The file that stands for a process's network namespace. */
export const namespaceOf = (processId: number): string => `/proc/${processId}/ns/net`;

/** The file of a named network namespace (ip-netns(8)). */
export const namedNamespace = (name: string): string => `/run/netns/${name}`;

/** One line of a batch; a tolerated one may fail: what it removes may not be there. */
export interface BatchLine {
  readonly words: readonly string[];
  readonly tolerated?: boolean;
}

export const line = (...words: string[]): BatchLine => ({ words });
export const ifPossible = (...words: string[]): BatchLine => ({ words, tolerated: true });

/**
 * Runs `ip` commands in one process, in our own network namespace or in another. All are run; rejects with the words
 * of those that failed and were not tolerated. Words must hold no white space, which is true of all that a checked
 * address, device or number can be; others are refused, since `ip` would read them as more words. In our own namespace
 * what several servers need at once shares a process: starting one costs more than what it then does.
 */
export async function ipBatch(lines: readonly BatchLine[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  const words = lines.flatMap((entry) => entry.words);
  const wrong = words.find((word) => !/^[A-Za-z0-9@%:._/+-]+$/.test(word));
  if (wrong !== undefined) throw new TypeError(`"${wrong}" is no word of an ip command`);
  if (namespace === undefined) return own.add(lines);
  const [failure] = await runBatches([lines], ['nsenter', `--net=${namespace}`]);
  if (failure !== undefined) throw failure;
}

/** Batches of one process at most: it has seconds only. */
const MOST_BATCHES = 40;
const own = new Together<readonly BatchLine[]>((batches) => runBatches(batches, []), MOST_BATCHES);

/** Runs several batches in one process and says for each what failed. */
async function runBatches(
  batches: readonly (readonly BatchLine[])[],
  prefix: readonly string[],
): Promise<(Error | undefined)[]> {
  const lines = batches.flat();
  const input = lines.map((entry) => `${entry.words.join(' ')}\n`).join('');
  const [program = '', ...args] = [...prefix, 'ip', '-force', '-batch', '-'];
  const { code, stderr } = await run(program, args, { input, accept: [0, 1] });
  if (code === 0) return batches.map(() => undefined);
  const failed = new Map(
    [...stderr.matchAll(/([^]*?)Command failed -:(\d+)\s*/g)].map(([, text = '', number]) => [
      Number(number) - 1,
      text.trim(),
    ]),
  );
  // nsenter, or ip before it read a line.
  if (failed.size === 0) throw new Error(stderr.trim() || `ended with ${code}`);
  let at = 0;
  return batches.map((batch) => {
    const wrongs = batch.flatMap(({ words, tolerated }, index) => {
      const text = failed.get(at + index);
      return text === undefined || tolerated ? [] : [`ip ${words.join(' ')}: ${text}`];
    });
    at += batch.length;
    return wrongs.length === 0 ? undefined : new Error(wrongs.join('; '));
  });
}

/** A link as `ip -json address show` tells it. */
export interface Link {
  readonly ifname: string;
  readonly address?: string;
  readonly mtu: number;
  readonly flags: readonly string[];
  readonly addr_info?: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

/** The links of a namespace and their addresses. */
export async function links(namespace?: string): Promise<readonly Link[]> {
  const command = ['ip', '-json', 'address', 'show'];
  const [program = '', ...args] =
    namespace === undefined ? command : ['nsenter', `--net=${namespace}`, ...command];
  const { stdout } = await run(program, args);
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as Link[]);
}
