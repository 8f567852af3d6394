import { DEFAULT_ZONE } from '../hosts/rules.ts';
import type { Aggregate } from './model.ts';

/** Key of an aggregate's metadata that makes its hosts a zone. */
export const ZONE_KEY = 'availability_zone';

/** The zone that an aggregate makes; undefined when it makes none. */
export const zoneOfAggregate = ({ metadata }: Pick<Aggregate, 'metadata'>): string | undefined =>
  metadata[ZONE_KEY];

/** The zone of a host: that of an aggregate it is in, else the default one. */
export const zoneOfHost = (aggregates: readonly Aggregate[], host: string): string =>
  aggregates
    .filter(({ hosts }) => hosts.includes(host))
    .map(zoneOfAggregate)
    .find((zone) => zone !== undefined) ?? DEFAULT_ZONE;

/** Why these hosts cannot come into a zone with this aggregate; undefined when they can. A host is in one zone only. */
export function zoneConflict(
  aggregates: readonly Aggregate[],
  aggregate: Pick<Aggregate, 'id'>,
  hosts: readonly string[],
  zone: string,
): string | undefined {
  const others = aggregates
    .filter(
      (other) => other.id !== aggregate.id && other.hosts.some((host) => hosts.includes(host)),
    )
    .map(zoneOfAggregate)
    .filter((other) => other !== undefined && other !== zone);
  return others.length === 0
    ? undefined
    : `One or more hosts already in availability zone(s) ${JSON.stringify([...new Set(others)])}`;
}

/** Metadata after a change: null takes a key away. */
export function changedMetadata(
  metadata: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const result: Record<string, string> = { ...metadata };
  for (const [key, value] of Object.entries(change))
    if (value === null) delete result[key];
    else result[key] = value;
  return result;
}
