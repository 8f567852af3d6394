import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const standard = sql`
  id uuid primary key,
  project_id text not null,
  tags text[] not null default '{}',
  revision_number integer not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()`;

const segments = [
  // The network may be written behind its segments: its largest packet depends on where they are.
  sql`create table network.segments (${standard},
    name text,
    description text,
    network_id uuid not null constraint segments_network references network.networks
      on delete cascade deferrable initially deferred,
    network_type text not null,
    physical_network text,
    segmentation_id integer,
    segment_index integer not null)`,
  // What keeps two networks from being one: the second transaction that takes a number waits for the first.
  sql`create unique index segments_place on network.segments (network_type, physical_network, segmentation_id)
    nulls not distinct where physical_network is not null or segmentation_id is not null`,
  sql`create index segments_network_id on network.segments (network_id)`,
  sql`insert into network.segments (id, project_id, network_id, network_type, physical_network, segmentation_id,
      segment_index, created_at, updated_at)
    select gen_random_uuid(), project_id, id, network_type, physical_network, segmentation_id, 0, created_at, created_at
    from network.networks`,
  // A constraint that is deferred would keep the table from being altered in this transaction.
  sql`set constraints network.segments_network immediate`,
  sql`alter table network.networks drop constraint networks_segment, drop column network_type,
    drop column physical_network, drop column segmentation_id`,

  sql`create table network.segment_ranges (${standard},
    name text not null default '',
    description text not null default '',
    is_default boolean not null,
    shared boolean not null,
    network_type text not null,
    physical_network text,
    minimum integer not null,
    maximum integer not null)`,
  sql`create index segment_ranges_type on network.segment_ranges (network_type)`,

  sql`alter table network.subnets add column segment_id uuid constraint subnets_segment references network.segments`,
  sql`create index subnets_segment_id on network.subnets (segment_id) where segment_id is not null`,

  // Only one external network is the default one.
  sql`update network.networks set is_default = false where is_default and (not external or id <>
    (select id from network.networks where is_default and external order by created_at, id limit 1))`,
  sql`create unique index networks_default on network.networks (is_default) where is_default`,

  sql`create table network.auto_allocated_topologies (
    project_id text primary key,
    network_id uuid not null references network.networks on delete cascade,
    router_id uuid references network.routers on delete set null)`,
];

/** Steps of the tables of segments, their ranges, and auto-allocated topologies. */
export const segmentMigrations: ServiceSchema['migrations'] = {
  '0003-segments': {
    async up(database) {
      for (const statement of segments) await statement.execute(database);
    },
  },
};
