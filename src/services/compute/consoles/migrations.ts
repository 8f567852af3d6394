import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Tokens that open consoles, as digests. */
export const consoleTokens: Migration = {
  async up(database) {
    await sql`
      create table compute.console_tokens (
        digest bytea primary key,
        server_id uuid not null references compute.servers (id) on delete cascade,
        user_id varchar(64) not null,
        type varchar(16) not null,
        created_at timestamptz not null default clock_timestamp(),
        expires_at timestamptz not null,
        used_at timestamptz
      );
      create index console_tokens_expiry on compute.console_tokens (expires_at);
    `.execute(database);
  },
};
