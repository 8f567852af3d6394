import type { Extension } from '../drivers/extension.ts';
import { defaultStatefulnessNoun } from './noun.ts';
import { defaultStatefulnessRules } from './rules.ts';

/** Whether new security groups are stateful when nobody says, by project or for all. */
export const securityGroupsDefaultStatefulness: Extension = {
  name: 'default statefulness of security groups',
  aliases: [
    {
      alias: 'security-groups-default-statefulness',
      name: 'Security Groups Default Statefulness',
      description: 'Whether new security groups are stateful',
    },
  ],
  nouns: [[defaultStatefulnessNoun, defaultStatefulnessRules]],
};
