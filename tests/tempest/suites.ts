import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Suites by name, each with the Python package that holds its tests. */
export const SUITES = {
  network: 'tempest.api.network',
  neutron: 'neutron_tempest_plugin.api',
  taas: 'neutron_tempest_plugin.tap_as_a_service.api',
  identity: 'tempest.api.identity',
  image: 'tempest.api.image',
  compute: 'tempest.api.compute',
} as const;

export type Suite = keyof typeof SUITES;

const fileOf = (suite: Suite): string => path.join(import.meta.dirname, `${suite}.txt`);

/** The ids that must pass. */
export const listOf = (suite: Suite): string[] =>
  readFileSync(fileOf(suite), 'utf8').split('\n').filter(Boolean);

/** Adds ids to a suite's list, which stays in order and only grows; gives how many are new. */
export function addToList(suite: Suite, ids: readonly string[]): number {
  const present = new Set(listOf(suite));
  const size = present.size;
  for (const id of ids) present.add(id);
  writeFileSync(
    fileOf(suite),
    [...present]
      .toSorted()
      .map((id) => `${id}\n`)
      .join(''),
  );
  return present.size - size;
}
