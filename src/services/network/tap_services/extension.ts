import type { Extension } from '../drivers/extension.ts';
import { tapFlowNoun } from '../tap_flows/noun.ts';
import { tapFlowRules } from '../tap_flows/rules.ts';
import { tapServiceNoun } from './noun.ts';
import { tapServiceRules } from './rules.ts';

/**
 * Copies of ports' packets, given to another port. OVN mirrors to no port, so none of it is in Northbound: hosts do
 * it (`tap_flows/hosts.ts`).
 */
export const tapServices: Extension = {
  name: 'tap services',
  aliases: [
    {
      alias: 'taas',
      name: 'Neutron Tap as a Service',
      description: "Gives copies of ports' packets to another port",
    },
    {
      alias: 'taas-vlan-filter',
      name: 'VLAN filtering for Neutron Tap as a Service',
      description: 'Copies only packets of some VLANs',
    },
  ],
  nouns: [
    [tapServiceNoun, tapServiceRules],
    [tapFlowNoun, tapFlowRules],
  ],
};
