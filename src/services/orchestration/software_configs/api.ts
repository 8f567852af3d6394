import { Type } from 'typebox';
import { badRequest, conflict } from '../../../core/errors.ts';
import { isUuid, newUuid } from '../../../core/ids.ts';
import type { Database } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { Value, ValueMap } from '../language/index.ts';
import { nothing, projectOf } from '../requests.ts';
import { configView, SoftwareConfigs, type SoftwareConfig } from './model.ts';
import { checkedIo } from './rules.ts';

const PATH = '/v1/{tenant_id}/software_configs';
const Text = Type.Union([Type.String({ maxLength: 255 }), Type.Null()]);

const Draft = Type.Object({
  name: Type.Optional(Text),
  group: Type.Optional(Text),
  config: Type.Optional(Type.Unknown()),
  inputs: Type.Optional(Type.Unknown()),
  outputs: Type.Optional(Type.Unknown()),
  options: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
});

/** A whole number of a query, at least 0. */
export function wholeNumber(request: OperationRequest, name: string): number | undefined {
  const text = request.query[name]?.at(-1);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`Only integer is allowed for ${name}, not ${text}`);
  return Number(text);
}

/** Whether a query's parameter says yes; throws for anything but true and false. */
export function flag(request: OperationRequest, name: string): boolean {
  const text = request.query[name]?.at(-1)?.toLowerCase();
  if (text === undefined || text === 'false' || text === '0') return false;
  if (text === 'true' || text === '1') return true;
  throw badRequest(
    `Unrecognized value "${text}" for "${name}", acceptable values are: true, false`,
  );
}

/** https://docs.openstack.org/api-ref/orchestration/v1/#software-configuration */
export function softwareConfigOperations(database: Database): Operation[] {
  const configs = new SoftwareConfigs(database);
  const required = async (request: OperationRequest): Promise<SoftwareConfig> => {
    const id = request.params['config_id']!;
    const found = isUuid(id) ? await configs.find(id, projectOf(request)) : undefined;
    if (found === undefined) throw nothing('Software config', id);
    return found;
  };
  return [
    operation({
      name: 'list_software_configs',
      method: 'GET',
      path: PATH,
      summary: 'Software configurations of the project, the latest first',
      role: 'reader',
      success: 200,
      query: Type.Object({
        limit: Type.Optional(Type.String({ description: 'How many at most' })),
        marker: Type.Optional(Type.String({ description: 'Only those listed after this one' })),
        global_tenant: Type.Optional(
          Type.String({ description: 'Of all projects; for administrators' }),
        ),
      }),
      async handle(request) {
        const project = projectOf(request);
        const limit = wholeNumber(request, 'limit');
        const global = flag(request, 'global_tenant') && request.caller.isAdmin;
        const marker = request.query['marker']?.at(-1);
        const after =
          marker !== undefined && isUuid(marker) ? await configs.find(marker, project) : undefined;
        const rows = await configs.list(global ? undefined : project, {
          ...(limit === undefined ? {} : { limit }),
          ...(after === undefined ? {} : { after }),
        });
        return {
          body: {
            software_configs: rows.map((row) => ({
              ...configView(row, false),
              ...(request.caller.isAdmin ? { project: row.project_id } : {}),
            })),
          },
        };
      },
    }),
    operation({
      name: 'create_software_config',
      method: 'POST',
      path: PATH,
      summary: 'Store a software configuration',
      role: 'member',
      success: 200,
      body: Draft,
      bodyLimit: 4 * 1024 * 1024,
      async handle(request) {
        const { body } = request;
        const row = await configs.insert({
          id: request.intendedId ?? newUuid(),
          projectId: projectOf(request),
          name: body.name ?? null,
          group: body.group ?? null,
          config: (body.config ?? null) as Value,
          inputs: checkedIo(body.inputs as Value | undefined, 'inputs'),
          outputs: checkedIo(body.outputs as Value | undefined, 'outputs'),
          options: (body.options ?? {}) as ValueMap,
        });
        return { body: { software_config: configView(row) } };
      },
    }),
    operation({
      name: 'show_software_config',
      method: 'GET',
      path: `${PATH}/{config_id}`,
      summary: 'A software configuration with its content',
      role: 'reader',
      success: 200,
      async handle(request) {
        return { body: { software_config: configView(await required(request)) } };
      },
    }),
    operation({
      name: 'delete_software_config',
      method: 'DELETE',
      path: `${PATH}/{config_id}`,
      summary: 'Remove a software configuration that no deployment is made of',
      role: 'member',
      success: 204,
      async handle(request) {
        const { id } = await required(request);
        if (!(await configs.remove(id))) {
          throw conflict(
            `Software config with id ${id} can not be deleted as it is referenced: delete its deployments first.`,
            'InvalidRestrictedAction',
          );
        }
        return {};
      },
    }),
  ];
}
