import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

export const defaultStatefulnessMigrations: ServiceSchema['migrations'] = {
  '0032-security-groups-default-statefulness': {
    async up(database) {
      await sql`create table network.security_groups_default_statefulness (
        id uuid primary key,
        -- Empty: for all projects that have none of their own.
        project_id text not null constraint security_groups_default_statefulness_project unique,
        stateful boolean not null,
        revision_number integer not null default 0,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now())`.execute(database);
    },
  },
};
