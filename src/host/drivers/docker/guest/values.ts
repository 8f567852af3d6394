/** Keys and values of a cloud-config, as YAML gives them. */
export type Settings = Readonly<Record<string, unknown>>;

/** So many of a list are looked at. */
export const MOST_ITEMS = 500;

export const isObject = (value: unknown): value is Settings =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array);

/** Text, or what YAML has read as a number or truth. */
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

export const listOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : typeof value === 'string' ? value.split(',') : [])
    .flatMap((entry: unknown) => textOf(entry)?.trim() ?? [])
    .filter((entry) => entry !== '');

export const isTruth = (value: unknown): boolean =>
  value === true ||
  (typeof value === 'string' && /^(?:true|yes|on|1)$/i.test(value)) ||
  value === 1;
