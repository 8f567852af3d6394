import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { coveringLog } from '../logs/coverage.ts';
import { desiredSecurityGroup, type SecurityGroupState } from './desired.ts';

export const securityGroupOwner = ownerKind<SecurityGroupState>({
  kind: 'security_group',
  query: sql`select o.id, o.stateful, o.log_id from (select g.*, ${coveringLog('DROP')} as log_id from network.security_groups g) o`,
  desired: desiredSecurityGroup,
});
