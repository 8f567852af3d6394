import type { Extension } from '../drivers/extension.ts';
import { defaultSecurityGroupRuleNoun } from './noun.ts';
import { defaultSecurityGroupRuleRules } from './rules.ts';

/** The rules that new security groups begin with, which administrators choose. */
export const defaultSecurityGroupRules: Extension = {
  name: 'default security group rules',
  aliases: [
    {
      alias: 'security-groups-default-rules',
      name: 'Default rules for security groups',
      description: 'What new security groups let through',
    },
  ],
  nouns: [[defaultSecurityGroupRuleNoun, defaultSecurityGroupRuleRules]],
};
