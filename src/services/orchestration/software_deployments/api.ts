import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { isUuid, newUuid } from '../../../core/ids.ts';
import type { Database } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { nothing, projectOf } from '../requests.ts';
import { configView, SoftwareConfigs } from '../software_configs/model.ts';
import {
  deploymentView,
  SoftwareDeployments,
  type DeploymentChange,
  type SoftwareDeployment,
} from './model.ts';

const PATH = '/v1/{tenant_id}/software_deployments';
const Word = Type.Union([Type.String({ maxLength: 255 }), Type.Null()]);
const Map = Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]);

const Change = Type.Object({
  config_id: Type.Optional(Word),
  input_values: Type.Optional(Map),
  output_values: Type.Optional(Map),
  action: Type.Optional(Word),
  status: Type.Optional(Word),
  status_reason: Type.Optional(Type.Union([Type.String({ maxLength: 65_535 }), Type.Null()])),
});
const Draft = Type.Object({
  ...Change.properties,
  server_id: Type.String({ minLength: 1, maxLength: 255 }),
  stack_user_project_id: Type.Optional(Word),
});

/** Who carries deployments out in servers that have no agent of their own. */
export interface Carrier {
  /** Whether this deployment of the project is to be carried out by the server's host. */
  concerns(projectId: string, serverId: string): Promise<boolean>;
  /** There is something to carry out. */
  look(): void;
}

/** https://docs.openstack.org/api-ref/orchestration/v1/#software-deployment (its name there: software config) */
export function softwareDeploymentOperations(database: Database, carrier: Carrier): Operation[] {
  const deployments = new SoftwareDeployments(database);
  const configs = new SoftwareConfigs(database);
  const required = async (request: OperationRequest): Promise<SoftwareDeployment> => {
    const id = request.params['deployment_id']!;
    const found = isUuid(id) ? await deployments.find(id, projectOf(request)) : undefined;
    if (found === undefined) throw nothing('Deployment', id);
    return found;
  };
  const checkedConfig = async (id: string | null | undefined, project: string): Promise<string> => {
    if (id === undefined || id === null || id === '') {
      throw badRequest('config_id is needed: the configuration to carry out.');
    }
    const found = isUuid(id) ? await configs.find(id, project) : undefined;
    if (found === undefined) throw nothing('Software config', id);
    return found.id;
  };
  /** A run of its own for each time that a configuration is to be carried out. */
  const run = async (
    project: string,
    serverId: string,
  ): Promise<Pick<SoftwareDeployment, 'run_id' | 'run_state'>> =>
    (await carrier.concerns(project, serverId))
      ? { run_id: newUuid(), run_state: 'wanted' }
      : { run_id: null, run_state: null };

  return [
    operation({
      name: 'list_software_deployments',
      method: 'GET',
      path: PATH,
      summary: 'Software deployments of the project',
      role: 'reader',
      success: 200,
      query: Type.Object({
        server_id: Type.Optional(Type.String({ description: 'Only those of this server' })),
      }),
      async handle(request) {
        const rows = await deployments.list(projectOf(request), request.query['server_id']?.at(-1));
        return { body: { software_deployments: rows.map(deploymentView) } };
      },
    }),
    operation({
      name: 'show_software_deployments_metadata',
      method: 'GET',
      path: `${PATH}/metadata/{server_id}`,
      summary: 'The configurations that a server has to carry out, in the order of their names',
      role: 'reader',
      success: 200,
      async handle(request) {
        const rows = await deployments.configsOf(projectOf(request), request.params['server_id']!);
        return { body: { metadata: rows.map((row) => configView(row)) } };
      },
    }),
    operation({
      name: 'create_software_deployment',
      method: 'POST',
      path: PATH,
      summary: 'Carry a configuration out in a server',
      role: 'member',
      success: 200,
      body: Draft,
      bodyLimit: 4 * 1024 * 1024,
      async handle(request) {
        const project = projectOf(request);
        const { body } = request;
        const action = body.action ?? 'INIT';
        // As in Heat, one that only takes note of something has no action: there is nothing to carry out.
        const idle = action === 'INIT';
        const row = await deployments.insert({
          id: request.intendedId ?? newUuid(),
          project_id: project,
          stack_user_project_id: body.stack_user_project_id ?? null,
          server_id: body.server_id,
          config_id: await checkedConfig(body.config_id, project),
          input_values: body.input_values ?? {},
          action,
          status: body.status ?? 'COMPLETE',
          status_reason: body.status_reason ?? '',
          ...(idle ? { run_id: null, run_state: null } : await run(project, body.server_id)),
        });
        if (row.run_state !== null) carrier.look();
        return { body: { software_deployment: deploymentView(row) } };
      },
    }),
    operation({
      name: 'show_software_deployment',
      method: 'GET',
      path: `${PATH}/{deployment_id}`,
      summary: 'A software deployment',
      role: 'reader',
      success: 200,
      async handle(request) {
        return { body: { software_deployment: deploymentView(await required(request)) } };
      },
    }),
    operation({
      name: 'update_software_deployment',
      method: 'PUT',
      path: `${PATH}/{deployment_id}`,
      summary: 'Change a software deployment: another configuration, or what has become of it',
      role: 'member',
      success: 200,
      body: Change,
      bodyLimit: 4 * 1024 * 1024,
      async handle(request) {
        const row = await required(request);
        const project = projectOf(request);
        const { body } = request;
        // A new configuration is carried out; anything else tells what has become of the one there is.
        const anew = body.config_id !== undefined && body.config_id !== null;
        const change: DeploymentChange = {
          ...(anew ? { config_id: await checkedConfig(body.config_id, project) } : {}),
          ...(body.input_values ? { input_values: body.input_values } : {}),
          ...(body.output_values ? { output_values: body.output_values } : {}),
          ...(body.action ? { action: body.action } : {}),
          ...(body.status ? { status: body.status } : {}),
          ...(body.status_reason ? { status_reason: body.status_reason } : {}),
          ...(anew && body.config_id !== row.config_id ? await run(project, row.server_id) : {}),
        };
        const changed = await deployments.update(row.id, change);
        if (changed === undefined) throw nothing('Deployment', row.id);
        if (changed.run_state === 'wanted') carrier.look();
        return { body: { software_deployment: deploymentView(changed) } };
      },
    }),
    operation({
      name: 'delete_software_deployment',
      method: 'DELETE',
      path: `${PATH}/{deployment_id}`,
      summary: 'Remove a software deployment',
      role: 'member',
      success: 204,
      async handle(request) {
        await deployments.remove((await required(request)).id);
        return {};
      },
    }),
  ];
}
