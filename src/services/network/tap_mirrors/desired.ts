import type { DesiredRow } from '../../../ovn/desired.ts';
import type { Directions } from './noun.ts';

/** What a mirror's rows are made of. */
export interface TapMirrorState {
  readonly id: string;
  readonly port_id: string;
  readonly directions: Directions;
  readonly remote_ip: string;
  readonly mirror_type: 'erspanv1' | 'gre';
}

/** Name of the row for one direction, as Neutron's driver forms it. */
export const mirrorName = (id: string, direction: string): string =>
  `tm_${direction.toLowerCase()}_${id.slice(0, 6)}`;

/** A mirror is a row for each direction, which the port's own row names. */
export function desiredTapMirror(mirror: TapMirrorState): DesiredRow[] {
  return Object.entries(mirror.directions).map(([direction, index]) => {
    const name = mirrorName(mirror.id, direction);
    return {
      table: 'Mirror',
      key: name,
      columns: {
        name,
        filter: direction === 'OUT' ? 'from-lport' : 'to-lport',
        sink: mirror.remote_ip,
        type: mirror.mirror_type === 'gre' ? 'gre' : 'erspan',
        index,
        // Neutron writes none; the name does not say the whole id.
        external_ids: { 'ovenbird:tap_mirror_id': mirror.id },
      },
      parents: [{ table: 'Logical_Switch_Port', key: mirror.port_id, column: 'mirror_rules' }],
    };
  });
}
