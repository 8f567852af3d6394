import { notFound } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { found, links } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { getEndpoint } from '../endpoints/model.ts';
import { endpointView } from '../endpoints/view.ts';
import { unlessDuplicate } from '../errors.ts';
import { operation } from '../policy/operation.ts';
import { getProject, PROJECT_COLUMNS } from '../projects/model.ts';
import { projectView } from '../projects/view.ts';
import { ENDPOINT_GROUP_COLUMNS, endpointsOfProject, getEndpointGroup } from './model.ts';
import { endpointGroupView } from './view.ts';

const ROOT = '/v3/OS-EP-FILTER';

/** What a project can be associated with. */
const KINDS = {
  endpoint: {
    table: 'identity.project_endpoints',
    column: 'endpoint_id',
    kind: 'endpoint',
    get: getEndpoint,
    path: `${ROOT}/projects/{project_id}/endpoints/{endpoint_id}`,
    members: `${ROOT}/endpoints/{endpoint_id}/projects`,
    membersName: 'list_projects_for_endpoint',
  },
  endpoint_group: {
    table: 'identity.project_endpoint_groups',
    column: 'endpoint_group_id',
    kind: 'endpoint group',
    get: getEndpointGroup,
    path: `${ROOT}/endpoint_groups/{endpoint_group_id}/projects/{project_id}`,
    members: `${ROOT}/endpoint_groups/{endpoint_group_id}/projects`,
    membersName: 'list_projects_associated_with_endpoint_group',
  },
} as const;

/** OS-EP-FILTER: which endpoints, and groups of them, the catalog of a project shows. */
export function endpointFilterOperations(context: IdentityContext): Operation[] {
  return [
    ...associationOperations(context, 'endpoint'),
    ...associationOperations(context, 'endpoint_group'),
    operation({
      name: 'list_endpoints_for_project',
      method: 'GET',
      path: `${ROOT}/projects/{project_id}/endpoints`,
      summary: 'The endpoints that are associated with a project, through groups too',
      success: 200,
      async handle(request) {
        const id = request.params['project_id']!;
        found(await getProject(context.tables, id), 'project', id);
        const rows = await endpointsOfProject(context.tables, id);
        return {
          body: {
            endpoints: rows.map((row) => endpointView(row, request)),
            links: links(request),
          },
        };
      },
    }),
    operation({
      name: 'list_endpoint_groups_for_project',
      method: 'GET',
      path: `${ROOT}/projects/{project_id}/endpoint_groups`,
      summary: 'The endpoint groups that are associated with a project',
      success: 200,
      async handle(request) {
        const id = request.params['project_id']!;
        found(await getProject(context.tables, id), 'project', id);
        const rows = await context.tables
          .selectFrom('identity.endpoint_groups')
          .select(ENDPOINT_GROUP_COLUMNS)
          .where('id', 'in', (query) =>
            query
              .selectFrom('identity.project_endpoint_groups')
              .select('endpoint_group_id')
              .where('project_id', '=', id),
          )
          .orderBy('name')
          .orderBy('id')
          .execute();
        return {
          body: {
            endpoint_groups: rows.map((row) => endpointGroupView(row, request.serviceUrl)),
            links: links(request),
          },
        };
      },
    }),
  ];
}

function associationOperations(
  context: IdentityContext,
  what: 'endpoint' | 'endpoint_group',
): Operation[] {
  const { table, column, kind, get, path, members, membersName } = KINDS[what];
  const ends = async (tables: Tables, { params }: OperationRequest) => {
    const [id, project] = [params[column]!, params['project_id']!];
    found(await get(tables, id), kind, id);
    found(await getProject(tables, project), 'project', project);
    return { [column]: id, project_id: project } as { endpoint_id: string } & {
      endpoint_group_id: string;
    } & { project_id: string };
  };
  const missing = (request: OperationRequest) =>
    notFound(
      `Could not find an association of project ${request.params['project_id']} with ${kind} ${request.params[column]}.`,
    );
  const select = (tables: Tables, pair: { readonly project_id: string }, id: string) =>
    tables
      .selectFrom(table)
      .select('project_id')
      .where('project_id', '=', pair.project_id)
      .where(column as never, '=', id as never);

  const check = (method: 'GET' | 'HEAD'): Operation =>
    operation({
      name: `${method === 'GET' ? 'get' : 'check'}_${what}_in_project`,
      method,
      path,
      summary: `Whether a project is associated with an ${kind}`,
      success: what === 'endpoint' ? 204 : 200,
      async handle(request) {
        const pair = await ends(context.tables, request);
        const row = await select(context.tables, pair, pair[column]).executeTakeFirst();
        if (row === undefined) throw missing(request);
        if (what === 'endpoint') return {};
        const self = `${request.serviceUrl}${ROOT}/endpoint_groups/${pair[column]}/projects/${pair.project_id}`;
        return { body: { project_endpoint_group: { ...pair, links: { self } } } };
      },
    });

  return [
    operation({
      name: membersName,
      method: 'GET',
      path: members,
      summary: `The projects that are associated with an ${kind}`,
      success: 200,
      async handle(request) {
        const id = request.params[column]!;
        found(await get(context.tables, id), kind, id);
        const rows = await context.tables
          .selectFrom('identity.projects')
          .select(PROJECT_COLUMNS)
          .where('id', 'in', (query) =>
            query
              .selectFrom(table)
              .select('project_id')
              .where(column as never, '=', id as never),
          )
          .orderBy('name')
          .orderBy('id')
          .execute();
        return {
          body: {
            projects: rows.map((row) => projectView(row, request.serviceUrl)),
            links: links(request),
          },
        };
      },
    }),
    operation({
      name: `add_${what}_to_project`,
      method: 'PUT',
      path,
      summary: `Associate a project with an ${kind}`,
      success: 204,
      bodyKind: 'none',
      async handle(request) {
        const change = context.change(async (tables) => {
          const pair = await ends(tables, request);
          await tables.insertInto(table).values(pair).execute();
        });
        const constraint = `${table.split('.')[1]}_pkey`;
        await unlessDuplicate(change, constraint, 'association', 'this project and endpoints.');
        return {};
      },
    }),
    check('GET'),
    check('HEAD'),
    operation({
      name: `remove_${what}_from_project`,
      method: 'DELETE',
      path,
      summary: `Associate a project no longer with an ${kind}`,
      success: 204,
      async handle(request) {
        await context.change(async (tables) => {
          const pair = await ends(tables, request);
          const removed = await tables
            .deleteFrom(table)
            .where('project_id', '=', pair.project_id)
            .where(column as never, '=', pair[column] as never)
            .executeTakeFirst();
          if (Number(removed.numDeletedRows) === 0) throw missing(request);
        });
        return {};
      },
    }),
  ];
}
