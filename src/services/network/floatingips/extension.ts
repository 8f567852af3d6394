import type { Extension } from '../drivers/extension.ts';
import { keys } from '../northbound/keys.ts';
import { identifiedRows } from '../northbound/rows.ts';
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
  ],
  nouns: [[floatingIpNoun, floatingIpRules]],
  owners: [floatingIpOwner],
  rows: [identifiedRows('NAT', 'floatingip', 'neutron:fip_id', keys.floatingNat)],
  memberships: [{ table: 'Logical_Router', column: 'nat', child: 'NAT' }],
};
