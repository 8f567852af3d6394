import { sql, type Kysely } from 'kysely';

/** Steps of networks since the first. */
export const networkMigrations = {
  '0031-vlan-transparent': {
    async up(database: Kysely<unknown>) {
      // Null: nobody said.
      await sql`alter table network.networks add column vlan_transparent boolean`.execute(database);
    },
  },
};
