import { sql } from 'kysely';
import { ownerKind } from '../drivers/extension.ts';
import { coveringLog } from '../logs/coverage.ts';
import { desiredSecurityGroupRule, type SecurityGroupRuleState } from './desired.ts';

export const securityGroupRuleOwner = ownerKind<SecurityGroupRuleState>({
  kind: 'security_group_rule',
  query: sql`select o.id, o.security_group_id, o.direction, o.ethertype, o.protocol_number,
      o.port_range_min, o.port_range_max, o.remote_ip_prefix, o.remote_group_id,
      o.remote_address_group_id, g.stateful, ${coveringLog('ACCEPT')} as log_id
    from network.security_group_rules o join network.security_groups g on g.id = o.security_group_id`,
  desired: desiredSecurityGroupRule,
});
