import { sql, type Kysely } from 'kysely';
import type { ServiceSchema } from '../../database/migrations.ts';
import { metadefMigrations } from './metadefs/migrations.ts';

export const imageSchema: ServiceSchema = {
  schema: 'image',
  migrations: {
    '0001-images': {
      async up(database: Kysely<unknown>) {
        await sql`
          create table image.images (
            id text primary key,
            name text,
            status text not null,
            visibility text not null,
            protected boolean not null default false,
            os_hidden boolean not null default false,
            owner text,
            container_format text,
            disk_format text,
            size bigint,
            virtual_size bigint,
            checksum text,
            os_hash_algo text,
            os_hash_value text,
            min_disk integer not null default 0,
            min_ram integer not null default 0,
            tags text[] not null default '{}',
            properties jsonb not null default '{}',
            created_at timestamptz(3) not null default now(),
            updated_at timestamptz(3) not null default now()
          )`.execute(database);
        await sql`create index on image.images (owner)`.execute(database);
        await sql`
          create table image.members (
            image_id text not null references image.images on delete cascade,
            member text not null,
            status text not null default 'pending',
            created_at timestamptz(3) not null default now(),
            updated_at timestamptz(3) not null default now(),
            primary key (image_id, member)
          )`.execute(database);
        await sql`create index on image.members (member)`.execute(database);
      },
    },
    '0002-imports': {
      async up(database: Kysely<unknown>) {
        await sql`alter table image.images add column stores text[] not null default '{}'`.execute(
          database,
        );
        await sql`update image.images set stores = '{file}' where status in ('active', 'deactivated')`.execute(
          database,
        );
        await sql`
          create table image.tasks (
            id text primary key,
            image_id text not null references image.images on delete cascade,
            type text not null,
            status text not null,
            owner text,
            user_id text not null,
            request_id text not null,
            input jsonb not null,
            message text not null default '',
            created_at timestamptz(3) not null default now(),
            updated_at timestamptz(3) not null default now(),
            expires_at timestamptz(3)
          )`.execute(database);
        await sql`create index on image.tasks (image_id)`.execute(database);
        await sql`create index on image.tasks (status) where expires_at is null`.execute(database);
      },
    },
    ...metadefMigrations,
  },
};
