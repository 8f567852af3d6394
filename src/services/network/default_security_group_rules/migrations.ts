import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const statements = [
  sql`create table network.default_security_group_rules (
    id uuid primary key,
    project_id text not null default '',
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    direction text not null,
    ethertype text not null,
    protocol text,
    protocol_number integer,
    port_range_min integer,
    port_range_max integer,
    remote_ip_prefix cidr,
    remote_ip_given text,
    -- The members of the group that the rule will be in.
    remote_is_parent boolean not null default false,
    remote_group_id uuid constraint default_security_group_rules_remote_group
      references network.security_groups on delete cascade,
    remote_address_group_id uuid constraint default_security_group_rules_remote_address_group
      references network.address_groups,
    used_in_default_sg boolean not null,
    used_in_non_default_sg boolean not null)`,
  // Everything may leave; into a project's default group comes what its members send.
  sql`insert into network.default_security_group_rules
      (id, direction, ethertype, remote_is_parent, used_in_default_sg, used_in_non_default_sg)
    select gen_random_uuid(), direction, ethertype, direction = 'ingress', true, direction = 'egress'
    from unnest(array['ingress', 'egress']) as direction, unnest(array['IPv4', 'IPv6']) as ethertype`,
];

export const defaultSecurityGroupRuleMigrations: ServiceSchema['migrations'] = {
  '0011-default-security-group-rules': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
