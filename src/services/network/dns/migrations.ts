import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

const statements = [
  sql`alter table network.ports add column dns_domain text not null default ''`,
  sql`create index ports_named on network.ports (network_id) where dns_name <> ''`,
  sql`alter table network.floatingips
    add column dns_name text not null default '',
    add column dns_domain text not null default ''`,
];

export const dnsMigrations: ServiceSchema['migrations'] = {
  '0006-dns': {
    async up(database) {
      for (const statement of statements) await statement.execute(database);
    },
  },
};
