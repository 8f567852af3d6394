import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { desiredSecurityGroup, type SecurityGroupState } from './desired.ts';

export const securityGroupOwner = ownerKind<SecurityGroupState>({
  kind: 'security_group',
  query: sql`select o.id, o.revision_number from network.security_groups o`,
  desired: desiredSecurityGroup,
});
