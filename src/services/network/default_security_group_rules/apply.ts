import { sql } from 'kysely';
import type { Change } from '../change.ts';

/** A group that was just made. */
export interface NewGroup {
  readonly id: string;
  readonly project_id: string;
  readonly is_default: boolean;
}

/** Gives a new group the rules that the templates say; a template that says the same as another adds nothing. */
export async function applyDefaultRules(change: Change, group: NewGroup): Promise<void> {
  const used = sql.ref(group.is_default ? 'used_in_default_sg' : 'used_in_non_default_sg');
  const { rows } = await sql<{ id: string }>`
    insert into network.security_group_rules (id, project_id, security_group_id, direction, ethertype, protocol,
      protocol_number, port_range_min, port_range_max, remote_ip_prefix, remote_ip_given, remote_group_id,
      remote_address_group_id)
    select gen_random_uuid(), ${group.project_id}, ${group.id}, direction, ethertype, protocol,
      protocol_number, port_range_min, port_range_max, remote_ip_prefix, remote_ip_given,
      case when remote_is_parent then ${group.id} else remote_group_id end, remote_address_group_id
    from network.default_security_group_rules where ${used} order by created_at, id
    on conflict do nothing returning id`.execute(change.transaction);
  change.touch(...rows.map(({ id }) => `security_group_rule:${id}`));
}
