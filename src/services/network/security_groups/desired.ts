import type { DesiredRow } from '../../../ovn/desired.ts';
import { NOT_LOGGED } from '../northbound/acl-log.ts';
import { keys } from '../northbound/keys.ts';
import { DROP_GROUP, logMeterName, logName, portGroupName } from '../northbound/names.ts';

/** Below what rules allow (1002) and what is dropped with a line in a group's log. */
const DROP_PRIORITY = 1000;
const LOGGED_DROP_PRIORITY = 1001;

const DIRECTIONS = [
  ['to-lport', 'outport'],
  ['from-lport', 'inport'],
] as const;

/** What a group's rows are made of. */
export interface SecurityGroupState {
  readonly id: string;
  /** The log that tells of what is dropped at the group's ports. */
  readonly log_id: string | null;
}

/** A security group is a port group; northd keeps its members' addresses in `$pg_…_ip4` and `$pg_…_ip6`. */
export function desiredSecurityGroup({ id, log_id }: SecurityGroupState): DesiredRow[] {
  const name = portGroupName(id);
  const group = {
    table: 'Port_Group',
    key: name,
    columns: { name, external_ids: { 'neutron:security_group_id': id } },
  };
  if (log_id === null) return [group];
  // The cloud's own drops know no group: those of a group that is logged are told apart by ACLs of its own.
  const drops = DIRECTIONS.map(([direction, port]) => ({
    table: 'ACL',
    key: keys.groupDrop(name, direction),
    columns: {
      ...NOT_LOGGED,
      direction,
      priority: LOGGED_DROP_PRIORITY,
      action: 'drop',
      match: `${port} == @${name} && ip`,
      log: true,
      name: [logName(log_id)],
      severity: ['info'],
      meter: [logMeterName(true)],
    },
    parents: [{ table: 'Port_Group', key: name, column: 'acls' }],
  }));
  return [group, ...drops];
}

/** What ports with port security send and receive is dropped where no rule allows it. */
export function desiredDropGroup(): DesiredRow[] {
  return [
    { table: 'Port_Group', key: DROP_GROUP, columns: { name: DROP_GROUP } },
    ...DIRECTIONS.map(([direction, port]) => ({
      table: 'ACL',
      key: keys.drop(direction),
      columns: {
        ...NOT_LOGGED,
        direction,
        priority: DROP_PRIORITY,
        action: 'drop',
        match: `${port} == @${DROP_GROUP} && ip`,
      },
      parents: [{ table: 'Port_Group', key: DROP_GROUP, column: 'acls' }],
    })),
  ];
}
