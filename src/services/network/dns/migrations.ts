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
  '0031-dns-words': {
    async up(database) {
      // By the first word of their names, as those are found that share a name.
      await sql`create index ports_first_word on network.ports (network_id, split_part(dns_name, '.', 1))
        where dns_name <> ''`.execute(database);
    },
  },
};
