import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const RULE_TYPES = [
  'bandwidth_limit',
  'dscp_marking',
  'minimum_bandwidth',
  'packet_rate_limit',
  'minimum_packet_rate',
];

const qos = [
  sql`create table network.qos_policies (
    id uuid primary key,
    project_id text not null,
    name text not null default '',
    description text not null default '',
    tags text[] not null default '{}',
    revision_number integer not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    shared boolean not null,
    is_default boolean not null)`,
  sql`create index qos_policies_project on network.qos_policies (project_id)`,
  sql`create unique index qos_policies_default on network.qos_policies (project_id) where is_default`,

  // One rule of a type and direction in a policy: what else could it mean?
  sql`create table network.qos_rules (
    id uuid primary key,
    policy_id uuid not null references network.qos_policies on delete cascade,
    type text not null,
    direction text,
    max_kbps integer,
    max_burst_kbps integer,
    min_kbps integer,
    dscp_mark integer,
    max_kpps integer,
    max_burst_kpps integer,
    min_kpps integer,
    created_at timestamptz not null default clock_timestamp(),
    constraint qos_rules_same unique nulls not distinct (policy_id, type, direction))`,
  // Lists of one type are lists of a table of their own.
  ...RULE_TYPES.map(
    (type) => sql`create view ${sql.table(`network.qos_${type}_rules`)} as
      select r.*, p.project_id from network.qos_rules r
      join network.qos_policies p on p.id = r.policy_id where r.type = ${sql.lit(type)}`,
  ),

  // A router's gateway has its policy at its port.
  ...['networks', 'ports', 'floatingips'].flatMap((table) => [
    sql`alter table ${sql.table(`network.${table}`)} add column qos_policy_id uuid
      constraint ${sql.ref(`${table}_qos_policy`)} references network.qos_policies`,
    sql`create index ${sql.ref(`${table}_qos_policy_id`)} on ${sql.table(`network.${table}`)} (qos_policy_id)
      where qos_policy_id is not null`,
  ]),
];

/** Steps of the tables of QoS. */
export const qosMigrations: ServiceSchema['migrations'] = {
  '0004-qos': {
    async up(database) {
      for (const statement of qos) await statement.execute(database);
    },
  },
};
