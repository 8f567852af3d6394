import type { Extension } from '../drivers/extension.ts';
import { rbacPolicyNoun } from './noun.ts';
import { rbacPolicyRules } from './rules.ts';

/** Who else may use a project's networks, policies, groups, scopes and pools. */
export const rbac: Extension = {
  name: 'RBAC policies',
  aliases: [
    { alias: 'rbac-policies', name: 'RBAC Policies', description: 'Sharing with single projects' },
    {
      alias: 'rbac-address-group',
      name: 'Add address_group type to RBAC',
      description: 'Sharing of address groups',
    },
    {
      alias: 'rbac-address-scope',
      name: 'Add address_scope type to RBAC',
      description: 'Sharing of address scopes',
    },
    {
      alias: 'rbac-security-groups',
      name: 'Add security_group type to network RBAC',
      description: 'Sharing of security groups',
    },
    {
      alias: 'rbac-subnetpool',
      name: 'Add subnetpool type to RBAC',
      description: 'Sharing of subnet pools',
    },
    {
      alias: 'security-groups-shared-filtering',
      name: 'Security group filtering on the shared field',
      description: 'Security groups by whether they are shared',
    },
  ],
  nouns: [[rbacPolicyNoun, rbacPolicyRules]],
};
