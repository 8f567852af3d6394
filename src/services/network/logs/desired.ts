import type { DesiredRow } from '../../../ovn/desired.ts';
import { logMeterName } from '../northbound/names.ts';
import type { NetworkOptions } from '../options.ts';

/** Key of a meter's only band. */
const bandKey = (meter: string): string => `${meter} band`;

/**
 * How much is logged: so many packets a second for each ACL. Of stateless groups each packet counts, of others each
 * connection and each way, so they get half.
 */
export function desiredLogMeters(options: NetworkOptions['network_log']): DesiredRow[] {
  return [true, false].flatMap((stateful): DesiredRow[] => {
    const name = logMeterName(stateful);
    const share = (limit: number) => (stateful ? limit : Math.floor(limit / 2));
    return [
      {
        table: 'Meter',
        key: name,
        columns: {
          name,
          unit: 'pktps',
          fair: [true],
          bands: [{ ref: { table: 'Meter_Band', key: bandKey(name) } }],
          external_ids: { 'neutron:device_owner': 'logging-plugin' },
        },
      },
      {
        table: 'Meter_Band',
        key: bandKey(name),
        columns: {
          action: 'drop',
          rate: share(options.rate_limit),
          burst_size: share(options.burst_limit),
          // Neutron writes none; a band has no name, and somebody else's may look the same.
          external_ids: { 'ovenbird:meter': name },
        },
      },
    ];
  });
}
