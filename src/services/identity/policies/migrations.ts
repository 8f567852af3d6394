import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

export const policyMigrations: ServiceSchema['migrations'] = {
  '0008-policies': {
    async up(database) {
      await sql`create table identity.policies (
        id text primary key,
        type text not null,
        blob text not null,
        extra jsonb not null default '{}'
      )`.execute(database);
    },
  },
};
