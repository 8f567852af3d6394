import { AGENT_DOWN_MILLISECONDS, type SouthboundMirror } from '../agents/model.ts';
import { DEFAULT_ZONE, zonesNamed } from '../zones/named.ts';

/** What the choice of hosts for gateways needs to know of one host (a row of Southbound's Chassis). */
export interface Chassis {
  readonly name: string;
  /** Physical networks it has a bridge for (`ovn-bridge-mappings`); undefined: any. */
  readonly physicalNetworks: ReadonlySet<string> | undefined;
  readonly zones: readonly string[];
  /** Its `ovn-cms-options` say `enable-chassis-as-gw`. */
  readonly isGateway: boolean;
  /** ovn-controller was heard of not long ago. */
  readonly alive: boolean;
}

/** Every host there is at the time `now` (milliseconds), by name. */
export function chassisOf(southbound: SouthboundMirror, now = Date.now()): Chassis[] {
  const asked = southbound.table('SB_Global').filter(() => true)[0]?.nb_cfg ?? 0;
  return southbound
    .table('Chassis')
    .filter(() => true)
    .map((row): Chassis => {
      const options = (row.other_config['ovn-cms-options'] ?? '').split(',');
      const mappings = row.other_config['ovn-bridge-mappings'] ?? '';
      const state = southbound.table('Chassis_Private').first('name', row.name);
      return {
        name: row.name,
        physicalNetworks: new Set(mappings.split(',').map((entry) => entry.split(':')[0]!)),
        zones: zonesNamed(row.other_config['ovn-cms-options']),
        isGateway: options.includes('enable-chassis-as-gw'),
        // One that was never heard of has just come.
        alive:
          state === undefined ||
          state.nb_cfg_timestamp === 0 ||
          now - state.nb_cfg_timestamp < AGENT_DOWN_MILLISECONDS ||
          (asked > 0 && state.nb_cfg >= asked),
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A host of which nothing is known but its name, where there is no Southbound. */
export const plainChassis = (name: string): Chassis => ({
  name,
  physicalNetworks: undefined,
  zones: [DEFAULT_ZONE],
  isGateway: false,
  alive: true,
});

/**
 * Hosts that can have a gateway to the physical network (null: a network of tunnels, which every host reaches), in
 * one of the zones (none: any). Only hosts that are meant for gateways, unless none is.
 */
export function eligible(
  all: readonly Chassis[],
  physicalNetwork: string | null,
  zones: readonly string[],
): Chassis[] {
  const meant = all.filter(({ isGateway }) => isGateway);
  return (meant.length > 0 ? meant : all).filter(
    (chassis) =>
      (physicalNetwork === null || (chassis.physicalNetworks?.has(physicalNetwork) ?? true)) &&
      (zones.length === 0 || chassis.zones.some((zone) => zones.includes(zone))),
  );
}
