import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

/** What makes two rules of a group the same: every address is as good as no prefix. */
const SAME = sql`security_group_id, direction, ethertype, protocol_number, port_range_min, port_range_max,
  nullif(nullif(remote_ip_prefix, '0.0.0.0/0'), '::/0'), remote_group_id, remote_address_group_id`;

const statements = [
  sql`create table network.address_groups (
    id uuid primary key,
    project_id text not null,
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    addresses cidr[] not null default '{}')`,
  sql`create index address_groups_project on network.address_groups (project_id)`,

  sql`alter table network.security_group_rules
    add column remote_address_group_id uuid
      constraint security_group_rules_remote_address_group references network.address_groups,
    -- The prefix as the client wrote it, where that is more than the network: 10.0.0.9/8.
    add column remote_ip_given text`,
  sql`create index security_group_rules_remote_addresses on network.security_group_rules (remote_address_group_id)
    where remote_address_group_id is not null`,
  sql`alter table network.security_group_rules drop constraint security_group_rules_same`,
  sql`delete from network.security_group_rules where id in (
    select id from (select id, row_number() over (partition by ${SAME} order by created_at, id) as nth
      from network.security_group_rules) r where nth > 1)`,
  sql`create unique index security_group_rules_same on network.security_group_rules (security_group_id, direction,
    ethertype, protocol_number, port_range_min, port_range_max,
    (nullif(nullif(remote_ip_prefix, '0.0.0.0/0'), '::/0')), remote_group_id, remote_address_group_id)
    nulls not distinct`,
];

export const addressGroupMigrations: ServiceSchema['migrations'] = {
  '0010-address-groups': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
