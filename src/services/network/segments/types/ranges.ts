import type { NumberRange } from '../../drivers/type-driver.ts';

const wrong = (option: string, entry: string, reason: string): Error =>
  new Error(`config.json: network.${option}: '${entry}' ${reason}`);

function readNumbers(
  option: string,
  entry: string,
  [first = '', last = '']: readonly string[],
  limit: number,
): { minimum: number; maximum: number } {
  const [minimum, maximum] = [first, last].map((text) =>
    /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN,
  ) as [number, number];
  // Not a number compares as false.
  if (minimum >= 1 && minimum <= maximum && maximum <= limit) return { minimum, maximum };
  throw wrong(option, entry, `must be two numbers from 1 to ${limit}, the smaller first`);
}

/** Reads `first:last` of tunnels; fails with a sentence. */
export const readTunnelRanges = (
  option: string,
  entries: readonly string[],
  limit: number,
): NumberRange[] =>
  entries.map((entry) => {
    const parts = entry.split(':');
    if (parts.length !== 2) throw wrong(option, entry, 'must be first:last');
    return { physical_network: null, ...readNumbers(option, entry, parts, limit) };
  });

/** Reads `name` and `name:first:last` of VLANs: which physical networks there are, and the ranges for everyone. */
export function readVlanRanges(
  option: string,
  entries: readonly string[],
  limit: number,
): { readonly names: readonly string[]; readonly ranges: readonly NumberRange[] } {
  const names = new Set<string>();
  const ranges: NumberRange[] = [];
  for (const entry of entries) {
    const [name = '', ...numbers] = entry.split(':');
    if (name === '' || (numbers.length !== 0 && numbers.length !== 2)) {
      throw wrong(option, entry, 'must be name or name:first:last');
    }
    names.add(name);
    if (numbers.length > 0) {
      ranges.push({ physical_network: name, ...readNumbers(option, entry, numbers, limit) });
    }
  }
  return { names: [...names], ranges };
}
