import { sql } from 'kysely';
import type { ServiceSchema } from '../../../database/migrations.ts';

export const credentialMigrations: ServiceSchema['migrations'] = {
  '0010-access-keys': {
    async up(database) {
      const statements = [
        sql`alter table identity.credentials
          add column key_hash text constraint credentials_key_hash unique`,
        sql`update identity.credentials set key_hash = id where type = 'ec2'`,
      ];
      for (const statement of statements) await statement.execute(database);
    },
  },
};
