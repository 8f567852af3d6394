import type { DesiredRow, DesiredValue, Reference } from './desired.ts';

export const isReference = (value: unknown): value is Reference =>
  typeof value === 'object' &&
  value !== null &&
  'ref' in value &&
  // A map column may well have an entry named "ref"; its value is then no object.
  typeof value.ref === 'object';

/** The references that a column's value holds. */
export function referencesOf(value: DesiredValue): Reference[] {
  if (isReference(value)) return [value];
  return Array.isArray(value) ? value.filter(isReference) : [];
}

/** A row that another one needs. */
export interface Need {
  readonly table: string;
  readonly key: string;
}

/** Every row that must exist before this one can be written. */
export function needsOf(desired: DesiredRow): Need[] {
  const needs: Need[] = (desired.parents ?? []).map(({ table, key }) => ({ table, key }));
  for (const value of Object.values(desired.columns)) {
    if (isReference(value) || Array.isArray(value))
      for (const { ref } of referencesOf(value)) needs.push(ref);
  }
  return needs;
}
