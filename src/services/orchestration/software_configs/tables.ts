import type { Generated, JSONColumnType } from 'kysely';
import type { ValueMap } from '../language/index.ts';

export interface SoftwareConfigRow {
  readonly id: string;
  readonly seq: Generated<string>;
  readonly project_id: string;
  readonly name: string | null;
  readonly group: string | null;
  readonly config: JSONColumnType<object, string | null, never>;
  readonly inputs: JSONColumnType<ValueMap[], string, never>;
  readonly outputs: JSONColumnType<ValueMap[], string, never>;
  readonly options: JSONColumnType<ValueMap, string, never>;
  readonly created_at: Generated<Date>;
}

export interface SoftwareDeploymentRow {
  readonly id: string;
  readonly seq: Generated<string>;
  readonly project_id: string;
  readonly stack_user_project_id: string | null;
  readonly server_id: string;
  readonly config_id: string;
  readonly input_values: JSONColumnType<object, string, string>;
  readonly output_values: JSONColumnType<object, string | null, string>;
  readonly action: string | null;
  readonly status: string | null;
  readonly status_reason: string | null;
  /** The run of the configuration that the server's host is asked for: one id for one time that it is carried out. */
  readonly run_id: string | null;
  /** `wanted`: the host has to do it; `done`; null: there is an agent in the server, or nothing to do. */
  readonly run_state: 'wanted' | 'done' | null;
  readonly created_at: Generated<Date>;
  readonly updated_at: Date | null;
}

export type SoftwareTables = {
  'orchestration.software_configs': SoftwareConfigRow;
  'orchestration.software_deployments': SoftwareDeploymentRow;
};
