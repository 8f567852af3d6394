import { notFound } from '../../../core/errors.ts';
import type { Change } from '../change.ts';
import { DEFAULT_ZONE } from './named.ts';

/** The zones that hosts are in now. */
export const zonesOf = ({ settings }: Pick<Change, 'settings'>): string[] => [
  ...new Set([DEFAULT_ZONE, ...settings.chassis().flatMap(({ zones }) => zones)]),
];

/** Hints must name zones that there are: 404 AvailabilityZoneNotFound, as Neutron. */
export function checkZones(change: Pick<Change, 'settings'>, hints: readonly string[]): void {
  if (hints.length === 0) return;
  const zones = zonesOf(change);
  const missing = hints.find((hint) => !zones.includes(hint));
  if (missing === undefined) return;
  throw notFound(
    `AvailabilityZone ${missing} could not be found: there are ${zones.join(', ')}.`,
    'AvailabilityZoneNotFound',
  );
}
