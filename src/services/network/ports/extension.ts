import type { Extension } from '../drivers/extension.ts';
import { namedRows } from '../northbound/rows.ts';
import { portNoun } from './noun.ts';
import { portOwner } from './owner.ts';
import { portRules } from './rules.ts';

export const ports: Extension = {
  name: 'ports',
  aliases: [
    {
      alias: 'allowed-address-pairs',
      name: 'Allowed Address Pairs',
      description: 'Addresses a port may send from beside its own',
    },
    { alias: 'binding', name: 'Port Binding', description: 'Where a port is bound' },
    {
      alias: 'extra_dhcp_opt',
      name: 'Neutron Extra DHCP options',
      description: 'DHCP options of single ports',
    },
    {
      alias: 'ip-substring-filtering',
      name: 'IP address substring filtering',
      description: 'Ports by part of an address',
    },
    {
      alias: 'data-plane-status',
      name: 'Port data plane status extension',
      description: 'What a monitor outside says of the wires below a port',
    },
    {
      alias: 'ip_allocation',
      name: 'IP Allocation',
      description: 'When a port gets its addresses',
    },
    {
      alias: 'port-device-profile',
      name: 'Port device profile',
      description: 'Accelerators for a port, kept for who schedules them',
    },
    {
      alias: 'port-mac-address-regenerate',
      name: 'Neutron Port MAC address regenerate',
      description: 'A new hardware address for the asking',
    },
    {
      alias: 'port-numa-affinity-policy',
      name: 'Port NUMA affinity policy',
      description: 'How near a server shall be to its device, kept for who schedules it',
    },
    {
      alias: 'port-security',
      name: 'Port Security',
      description: 'Ports with and without filters',
    },
    {
      alias: 'tag-ports-during-bulk-creation',
      name: 'Tag Ports During Bulk Creation',
      description: 'Tags in the body of new ports',
    },
    {
      alias: 'port-security-groups-filtering',
      name: 'Port filtering on security groups',
      description: 'Ports by security group',
    },
  ],
  nouns: [[portNoun, portRules]],
  owners: [portOwner],
  rows: [
    namedRows('Logical_Switch_Port', 'port', ''),
    namedRows('Logical_Router_Port', 'port', 'lrp-'),
    namedRows('Gateway_Chassis', 'port', 'lrp-', '_'),
  ],
  memberships: [
    { table: 'Logical_Switch', column: 'ports', child: 'Logical_Switch_Port' },
    { table: 'Logical_Router', column: 'ports', child: 'Logical_Router_Port' },
    { table: 'Logical_Router_Port', column: 'gateway_chassis', child: 'Gateway_Chassis' },
    { table: 'Port_Group', column: 'ports', child: 'Logical_Switch_Port' },
  ],
};
