import type { Extension } from '../drivers/extension.ts';
import { keys } from '../northbound/keys.ts';
import { identifiedRows } from '../northbound/rows.ts';
import { floatingIpPoolOperations } from '../floatingip_pools/api.ts';
import { floatingIpNoun } from './noun.ts';
import { floatingIpOwner } from './owner.ts';
import { floatingIpRules } from './rules.ts';

export const floatingIps: Extension = {
  name: 'floating IPs',
  aliases: [
    {
      alias: 'fip-port-details',
      name: 'Floating IP Port Details Extension',
      description: 'The port in a floating IP',
    },
    {
      alias: 'floatingip-pools',
      name: 'Floating IP Pools Extension',
      description: 'Where floating IPs can be taken from',
    },
  ],
  operations: floatingIpPoolOperations,
  nouns: [[floatingIpNoun, floatingIpRules]],
  owners: [floatingIpOwner],
  rows: [identifiedRows('NAT', 'floatingip', 'neutron:fip_id', keys.floatingNat)],
  memberships: [{ table: 'Logical_Router', column: 'nat', child: 'NAT' }],
};
