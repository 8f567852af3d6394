import type { Extension } from '../drivers/extension.ts';
import { availabilityOperations } from '../availability/api.ts';
import { namedRows } from '../northbound/rows.ts';
import { networkNoun } from './noun.ts';
import { networkOwner } from './owner.ts';
import { networkRules } from './rules.ts';

/** Networks: the core, and what Neutron counts as extensions of it. */
export const networks: Extension = {
  name: 'networks',
  aliases: [
    {
      alias: 'external-net',
      name: 'Neutron external network',
      description: 'Networks that lead outside',
    },
    { alias: 'net-mtu', name: 'Network MTU', description: 'Largest packet of a network' },
    {
      alias: 'net-mtu-writable',
      name: 'Network MTU (writable)',
      description: 'Largest packet of a network can be set',
    },
    {
      alias: 'network_availability_zone',
      name: 'Network Availability Zone',
      description: 'Zones of networks',
    },
    {
      alias: 'network-ip-availability',
      name: 'Network IP Availability',
      description: 'Addresses used and left',
    },
    {
      alias: 'multi-provider',
      name: 'Multi Provider Network',
      description: 'Networks on several physical networks',
    },
    {
      alias: 'vlan-transparent',
      name: 'Vlantransparent',
      description: 'Frames keep VLAN tags of their own',
    },
    { alias: 'provider', name: 'Provider Network', description: 'Networks of the machines' },
  ],
  nouns: [[networkNoun, networkRules]],
  operations: availabilityOperations,
  owners: [networkOwner],
  rows: [namedRows('Logical_Switch', 'network', 'neutron-')],
};
