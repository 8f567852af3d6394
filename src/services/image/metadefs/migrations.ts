import { sql, type Kysely } from 'kysely';

/** Kinds of resources that are there from the start: those of this cloud, and of volumes that clients ask for. */
const RESOURCE_TYPES = [
  'OS::Cinder::Volume',
  'OS::Glance::Image',
  'OS::Nova::Aggregate',
  'OS::Nova::Flavor',
  'OS::Nova::Server',
];

export const metadefMigrations = {
  '0003-metadefs': {
    async up(database: Kysely<unknown>) {
      await sql`
        create table image.namespaces (
          namespace text primary key,
          display_name text,
          description text,
          visibility text not null,
          protected boolean not null,
          owner text,
          created_at timestamptz(3) not null default clock_timestamp(),
          updated_at timestamptz(3) not null default clock_timestamp()
        )`.execute(database);
      await sql`
        create table image.definitions (
          namespace text not null references image.namespaces on update cascade on delete cascade,
          kind text not null,
          name text not null,
          document jsonb not null,
          created_at timestamptz(3) not null default clock_timestamp(),
          updated_at timestamptz(3) not null default clock_timestamp(),
          primary key (namespace, kind, name)
        )`.execute(database);
      await sql`create index on image.definitions (name) where kind = 'resource_type'`.execute(
        database,
      );
      await sql`
        create table image.resource_types (
          name text primary key,
          protected boolean not null default false,
          created_at timestamptz(3) not null default clock_timestamp(),
          updated_at timestamptz(3) not null default clock_timestamp()
        )`.execute(database);
      await sql`insert into image.resource_types (name, protected)
        select unnest(${RESOURCE_TYPES}::text[]), true`.execute(database);
    },
  },
};
