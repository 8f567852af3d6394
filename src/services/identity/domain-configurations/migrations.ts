import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

export const domainConfigurationMigrations: ServiceSchema['migrations'] = {
  '0009-domain-options': {
    async up(database) {
      await sql`create table identity.domain_options (
        domain_id text not null references identity.projects on delete cascade,
        "group" text not null,
        option text not null,
        value jsonb,
        sealed_value text,
        primary key (domain_id, "group", option)
      )`.execute(database);
    },
  },
};
