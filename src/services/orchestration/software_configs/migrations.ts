import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Configurations, and deployments with what the host has to do for them. */
export const softwareMigrations: Readonly<Record<string, Migration>> = {
  '0020-software': {
    async up(database) {
      await sql`
        create table orchestration.software_configs (
          id uuid primary key,
          seq bigserial not null,
          project_id varchar(64) not null,
          name varchar(255),
          "group" varchar(255),
          config json,
          inputs json not null,
          outputs json not null,
          options json not null,
          created_at timestamptz not null default now()
        );
        create index software_configs_project on orchestration.software_configs (project_id, seq);
        create table orchestration.software_deployments (
          id uuid primary key,
          seq bigserial not null,
          project_id varchar(64) not null,
          stack_user_project_id varchar(64),
          server_id varchar(255) not null,
          config_id uuid not null references orchestration.software_configs (id),
          input_values json not null,
          output_values json,
          action varchar(255),
          status varchar(255),
          status_reason text,
          run_id uuid,
          run_state varchar(16),
          created_at timestamptz not null default now(),
          updated_at timestamptz
        );
        create index software_deployments_server on orchestration.software_deployments (server_id);
        create index software_deployments_config on orchestration.software_deployments (config_id);
        create index software_deployments_project on orchestration.software_deployments (project_id, seq);
        create index software_deployments_run on orchestration.software_deployments (run_state)
          where run_state is not null;
      `.execute(database);
    },
  },
};
