/** The zone of hosts that name none. */
export const DEFAULT_ZONE = 'nova';

const ZONES = 'availability-zones=';

/** The zones that a host's `ovn-cms-options` name, or the default one. */
export function zonesNamed(options: string | undefined): string[] {
  const named = options?.split(',').find((option) => option.startsWith(ZONES));
  const zones = named?.slice(ZONES.length).split(':').filter(Boolean) ?? [];
  return zones.length > 0 ? zones : [DEFAULT_ZONE];
}
