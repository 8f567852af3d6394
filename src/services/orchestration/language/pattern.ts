import vm from 'node:vm';

/** Milliseconds that one match may take: a pattern and the text it meets both come from users. */
const MOST_TIME = 250;

/** Patterns are written for Python; what it spells otherwise is spelt as JavaScript does. */
function translate(pattern: string): { source: string; flags: string } {
  const [, inline = ''] = /^\(\?([imsx]+)\)/.exec(pattern) ?? [];
  const source = pattern
    .slice(inline ? inline.length + 3 : 0)
    .replaceAll('(?P<', '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/(^|[^\\])\\A/g, '$1(?<![^])')
    .replace(/(^|[^\\])\\Z/g, '$1(?![^])');
  return { source, flags: `y${[...inline].filter((flag) => 'ims'.includes(flag)).join('')}` };
}

/** Why a pattern is none; undefined when it is one. */
export function patternFault(pattern: string): string | undefined {
  try {
    const { source, flags } = translate(pattern);
    void new RegExp(source, flags);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

let room: vm.Context | undefined;

/**
 * Whether a pattern matches the whole of a text, as Heat asks: the first match at the beginning must reach
 * the end. Undefined when it could not be told in time.
 */
export function matchesWhole(pattern: string, text: string): boolean | undefined {
  const { source, flags } = translate(pattern);
  if (!/[*+{]/.test(pattern))
    return new RegExp(source, flags).exec(text)?.[0].length === text.length;
  room ??= vm.createContext(Object.create(null));
  Object.assign(room, { source, flags, text });
  try {
    return vm.runInContext(
      '(() => { const match = new RegExp(source, flags).exec(text); return match !== null && match[0].length === text.length; })()',
      room,
      { timeout: MOST_TIME },
    ) as boolean;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return undefined;
    throw error;
  }
}

/** The texts that a pattern matches the beginning of; none when it is no pattern, or takes too long. */
export function matchingStarts(pattern: string, texts: readonly string[]): string[] {
  if (patternFault(pattern) !== undefined) return [];
  room ??= vm.createContext(Object.create(null));
  Object.assign(room, { ...translate(pattern), text: JSON.stringify(texts) });
  try {
    const found = vm.runInContext(
      'JSON.stringify(JSON.parse(text).filter((one) => new RegExp(source, flags).test(one)))',
      room,
      { timeout: MOST_TIME },
    ) as string;
    return JSON.parse(found) as string[];
  } catch {
    return [];
  }
}
