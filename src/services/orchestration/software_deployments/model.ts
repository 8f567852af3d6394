import type { Selectable, Updateable } from 'kysely';
import { isoSeconds } from '../../../core/time.ts';
import type { Database } from '../../../database/database.ts';
import type { SoftwareConfig } from '../software_configs/model.ts';
import type { SoftwareDeploymentRow, SoftwareTables } from '../software_configs/tables.ts';

export type SoftwareDeployment = Selectable<SoftwareDeploymentRow>;
export type DeploymentDraft = Pick<
  SoftwareDeployment,
  | 'id'
  | 'project_id'
  | 'stack_user_project_id'
  | 'server_id'
  | 'config_id'
  | 'action'
  | 'status'
  | 'status_reason'
  | 'run_id'
  | 'run_state'
> & { readonly input_values: object };

/** A change of a deployment: what is absent stays. */
export type DeploymentChange = Omit<
  Updateable<SoftwareDeploymentRow>,
  'input_values' | 'output_values'
> & { readonly input_values?: object; readonly output_values?: object };

/** The only SQL on deployments. */
export class SoftwareDeployments {
  readonly #tables;

  constructor(database: Database) {
    this.#tables = database.withTables<SoftwareTables>();
  }

  find(id: string, projectId: string): Promise<SoftwareDeployment | undefined> {
    return this.#tables
      .selectFrom('orchestration.software_deployments')
      .selectAll()
      .where('id', '=', id)
      .where(({ or, eb }) =>
        or([eb('project_id', '=', projectId), eb('stack_user_project_id', '=', projectId)]),
      )
      .executeTakeFirst();
  }

  /** In the order in which they were made. */
  list(projectId: string, serverId: string | undefined): Promise<SoftwareDeployment[]> {
    let query = this.#tables
      .selectFrom('orchestration.software_deployments')
      .selectAll()
      .where(({ or, eb }) =>
        or([eb('project_id', '=', projectId), eb('stack_user_project_id', '=', projectId)]),
      )
      .orderBy('seq');
    if (serverId !== undefined) query = query.where('server_id', '=', serverId);
    return query.execute();
  }

  /** The configurations of a server's deployments, in the order of their names. */
  configsOf(projectId: string, serverId: string): Promise<SoftwareConfig[]> {
    return this.#tables
      .selectFrom('orchestration.software_deployments as deployment')
      .innerJoin('orchestration.software_configs as config', 'config.id', 'deployment.config_id')
      .selectAll('config')
      .where('deployment.server_id', '=', serverId)
      .where('deployment.project_id', '=', projectId)
      .orderBy('config.name')
      .orderBy('deployment.seq')
      .execute();
  }

  /** Deployments that hosts have to carry out, the oldest first. */
  wanted(): Promise<SoftwareDeployment[]> {
    return this.#tables
      .selectFrom('orchestration.software_deployments')
      .selectAll()
      .where('run_state', '=', 'wanted')
      .orderBy('seq')
      .execute();
  }

  insert(draft: DeploymentDraft): Promise<SoftwareDeployment> {
    return this.#tables
      .insertInto('orchestration.software_deployments')
      .values({ ...draft, input_values: JSON.stringify(draft.input_values) })
      .returningAll()
      .executeTakeFirstOrThrow();
  }

  /** The deployment afterwards; undefined: it is gone, or another run is under way than the one this is about. */
  update(
    id: string,
    change: DeploymentChange,
    runId?: string,
  ): Promise<SoftwareDeployment | undefined> {
    const { input_values: inputs, output_values: outputs, ...rest } = change;
    let query = this.#tables
      .updateTable('orchestration.software_deployments')
      .set({
        ...rest,
        updated_at: new Date(),
        ...(inputs === undefined ? {} : { input_values: JSON.stringify(inputs) }),
        ...(outputs === undefined ? {} : { output_values: JSON.stringify(outputs) }),
      })
      .where('id', '=', id);
    if (runId !== undefined) query = query.where('run_id', '=', runId);
    return query.returningAll().executeTakeFirst();
  }

  async remove(id: string): Promise<void> {
    await this.#tables
      .deleteFrom('orchestration.software_deployments')
      .where('id', '=', id)
      .execute();
  }
}

export const deploymentView = (row: SoftwareDeployment): Record<string, unknown> => ({
  id: row.id,
  server_id: row.server_id,
  input_values: row.input_values,
  output_values: row.output_values,
  action: row.action,
  status: row.status,
  status_reason: row.status_reason,
  config_id: row.config_id,
  creation_time: isoSeconds(row.created_at),
  ...(row.updated_at === null ? {} : { updated_time: isoSeconds(row.updated_at) }),
});
