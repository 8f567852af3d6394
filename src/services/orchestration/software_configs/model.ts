import type { Database } from '../../../database/database.ts';
import { isoSeconds } from '../../../core/time.ts';
import type { Selectable } from 'kysely';
import type { Value, ValueMap } from '../language/index.ts';
import type { SoftwareConfigRow, SoftwareTables } from './tables.ts';

export type SoftwareConfig = Selectable<SoftwareConfigRow>;

/** What a new configuration consists of. */
export interface ConfigDraft {
  readonly id: string;
  readonly projectId: string;
  readonly name: string | null;
  readonly group: string | null;
  readonly config: Value;
  readonly inputs: readonly ValueMap[];
  readonly outputs: readonly ValueMap[];
  readonly options: ValueMap;
}

/** The only SQL on configurations. */
export class SoftwareConfigs {
  readonly #tables;

  constructor(database: Database) {
    this.#tables = database.withTables<SoftwareTables>();
  }

  /** A configuration of this project; undefined: of another one, or none. */
  find(id: string, projectId: string): Promise<SoftwareConfig | undefined> {
    return this.#tables
      .selectFrom('orchestration.software_configs')
      .selectAll()
      .where('id', '=', id)
      .where('project_id', '=', projectId)
      .executeTakeFirst();
  }

  /** The latest first; `projectId` undefined: of all projects. */
  async list(
    projectId: string | undefined,
    page: { readonly limit?: number; readonly after?: SoftwareConfig },
  ): Promise<SoftwareConfig[]> {
    let query = this.#tables
      .selectFrom('orchestration.software_configs')
      .selectAll()
      .orderBy('seq', 'desc');
    if (projectId !== undefined) query = query.where('project_id', '=', projectId);
    if (page.after !== undefined) query = query.where('seq', '<', page.after.seq);
    if (page.limit !== undefined) query = query.limit(page.limit);
    return query.execute();
  }

  async insert({ projectId, config, ...draft }: ConfigDraft): Promise<SoftwareConfig> {
    return this.#tables
      .insertInto('orchestration.software_configs')
      .values({
        ...draft,
        project_id: projectId,
        config: config === null ? null : JSON.stringify(config),
        inputs: JSON.stringify(draft.inputs),
        outputs: JSON.stringify(draft.outputs),
        options: JSON.stringify(draft.options),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** Whether it is gone; false: a deployment is made of it. */
  async remove(id: string): Promise<boolean> {
    const result = await this.#tables
      .deleteFrom('orchestration.software_configs as config')
      .where('config.id', '=', id)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('orchestration.software_deployments as deployment')
              .select('deployment.id')
              .whereRef('deployment.config_id', '=', 'config.id'),
          ),
        ),
      )
      .executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}

/** As the API gives it; lists leave the content out. */
export const configView = (row: SoftwareConfig, detail = true): Record<string, unknown> => ({
  id: row.id,
  name: row.name,
  group: row.group,
  creation_time: isoSeconds(row.created_at),
  ...(detail
    ? { config: row.config, inputs: row.inputs, outputs: row.outputs, options: row.options }
    : {}),
});
