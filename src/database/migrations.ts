import { Migrator, type Migration } from 'kysely/migration';
import type { Database } from './database.ts';

/** The tables of one service: a PostgreSQL schema of its own and the steps that lead to today's. */
export interface ServiceSchema {
  readonly schema: string;
  /** Name → step, applied in the names' order and each once: `0001-first`. */
  readonly migrations: Readonly<Record<string, Migration>>;
}

/** Brings every schema to its newest step; fails with the name of the step that failed, which is rolled back. */
export async function migrate(
  database: Database,
  schemas: readonly ServiceSchema[],
): Promise<void> {
  for (const { schema, migrations } of schemas) {
    const migrator = new Migrator({
      db: database,
      provider: { getMigrations: async () => ({ ...migrations }) },
      migrationTableSchema: schema,
      // Steps of parts that know nothing of each other: a later name may sort before one that was applied.
      allowUnorderedMigrations: true,
    });
    const { error, results } = await migrator.migrateToLatest();
    if (error) {
      const failed = results?.find((result) => result.status === 'Error')?.migrationName;
      throw new Error(`migration ${failed ?? '(none)'} of the ${schema} tables failed`, {
        cause: error,
      });
    }
  }
}
