import type { DesiredRow } from '../../../ovn/desired.ts';
import { DROP_GROUP, portGroupName } from '../northbound/names.ts';
import { keys } from '../northbound/keys.ts';

const DROP_PRIORITY = 1001;

/** What a group's row is made of. */
export interface SecurityGroupState {
  readonly id: string;
  readonly revision_number: number;
}

/** A security group is a port group; northd keeps its members' addresses in `$pg_…_ip4` and `$pg_…_ip6`. */
export function desiredSecurityGroup(group: SecurityGroupState): DesiredRow[] {
  const name = portGroupName(group.id);
  return [
    {
      table: 'Port_Group',
      key: name,
      columns: {
        name,
        external_ids: {
          'neutron:security_group_id': group.id,
          'neutron:revision_number': String(group.revision_number),
        },
      },
    },
  ];
}

/** What ports with port security send and receive is dropped where no rule allows it. */
export function desiredDropGroup(): DesiredRow[] {
  const directions = [
    ['to-lport', 'outport'],
    ['from-lport', 'inport'],
  ] as const;
  return [
    { table: 'Port_Group', key: DROP_GROUP, columns: { name: DROP_GROUP } },
    ...directions.map(([direction, port]) => ({
      table: 'ACL',
      key: keys.drop(direction),
      columns: {
        direction,
        priority: DROP_PRIORITY,
        action: 'drop',
        match: `${port} == @${DROP_GROUP} && ip`,
        log: false,
        name: [],
        severity: [],
      },
      parents: [{ table: 'Port_Group', key: DROP_GROUP, column: 'acls' }],
    })),
  ];
}
