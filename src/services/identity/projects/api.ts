import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { hexIdFor } from '../ids.ts';
import { Type } from 'typebox';
import { badRequest, forbidden } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, flag, found, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { allows, domainOf, enforce, visibleDomain } from '../policy/enforce.ts';
import { Description, Enabled, nameOf, NullableId, Tags } from '../schemas.ts';
import { checkDeletable, checkMutable, mergedOptions, ResourceOptions } from '../immutable.ts';
import { insertDomain } from '../domains/model.ts';
import {
  ancestors,
  deleteProject,
  descendants,
  getProject,
  insertProject,
  PROJECT_COLUMNS,
  updateProject,
  type StoredProject,
} from './model.ts';
import {
  checkDepth,
  checkDisabling,
  checkEnabling,
  checkLeaf,
  parentsAsIds,
  subtreeAsIds,
} from './rules.ts';
import { projectView } from './view.ts';

const attributes = {
  description: Type.Optional(Description),
  enabled: Type.Optional(Enabled),
  options: Type.Optional(ResourceOptions),
  tags: Type.Optional(Tags),
  domain_id: Type.Optional(NullableId),
  parent_id: Type.Optional(NullableId),
  is_domain: Type.Optional(Type.Boolean()),
};

const anyOf = (tags: string[]) => sql<SqlBool>`tags ?| ${tags}`;
const allOf = (tags: string[]) => sql<SqlBool>`tags ?& ${tags}`;

/** https://docs.openstack.org/api-ref/identity/v3/#filtering-by-tags */
const TAG_FILTERS: Readonly<Record<string, (tags: string[]) => RawBuilder<SqlBool>>> = {
  tags: allOf,
  'tags-any': anyOf,
  'not-tags': (tags) => sql<SqlBool>`not ${allOf(tags)}`,
  'not-tags-any': (tags) => sql<SqlBool>`not ${anyOf(tags)}`,
};

/** What a client may ask to see of a project's place in its tree. */
async function familyOf(
  tables: Tables,
  id: string,
  { query, serviceUrl, caller }: OperationRequest,
) {
  const list = (rows: StoredProject[]) =>
    rows
      .filter((row) => allows('list_projects', caller, { domains: [row.domain_id ?? row.id] }))
      .map((row) => ({ project: projectView(row, serviceUrl) }));
  const family: Record<string, unknown> = {};
  if ('parents_as_ids' in query) family['parents'] = parentsAsIds(await ancestors(tables, id));
  else if ('parents_as_list' in query) family['parents'] = list(await ancestors(tables, id));
  if ('subtree_as_ids' in query) {
    family['subtree'] = subtreeAsIds(id, await descendants(tables, id));
  } else if ('subtree_as_list' in query) family['subtree'] = list(await descendants(tables, id));
  return family;
}

/** `/v3/projects`. */
export function projectOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredProject, request: OperationRequest) => ({
    body: { project: projectView(row, request.serviceUrl) },
  });

  return [
    operation({
      name: 'list_projects',
      method: 'GET',
      path: '/v3/projects',
      summary: 'List projects',
      success: 200,
      async handle(request) {
        const domain = visibleDomain('list_projects', request.caller);
        let select = context.tables.selectFrom('identity.projects').select(PROJECT_COLUMNS);
        if (domain !== undefined) select = select.where('domain_id', '=', domain);
        if (!('is_domain' in request.query)) select = select.where('is_domain', '=', false);
        for (const [parameter, condition] of Object.entries(TAG_FILTERS)) {
          const tags = request.query[parameter]?.at(-1)?.split(',');
          if (tags !== undefined) select = select.where(condition(tags));
        }
        return {
          body: await collection(request, 'projects', select, {
            table: 'identity.projects',
            named: true,
            filters: {
              name: text('name'),
              domain_id: text('domain_id'),
              parent_id: text('parent_id'),
              enabled: flag('enabled'),
              is_domain: flag('is_domain'),
            },
            view: projectView,
          }),
        };
      },
    }),
    operation({
      name: 'create_project',
      method: 'POST',
      path: '/v3/projects',
      summary: 'Create a project',
      success: 201,
      body: Type.Object({ project: Type.Object({ name: nameOf(64), ...attributes }) }),
      async handle(request) {
        const { name, description, enabled, options, tags, ...rest } = request.body.project;
        const { domain_id: domainId, parent_id: parentId, is_domain: isDomain, ...extra } = rest;
        if (isDomain) {
          enforce('create_domain', request.caller);
          if (domainId || parentId) {
            throw badRequest('A project that acts as a domain has no domain_id and no parent_id.');
          }
          const row = await insertDomain(context, {
            name,
            description,
            enabled,
            options,
            tags,
            extra,
          });
          return document(row, request);
        }
        const parentOrDomain = parentId ?? domainId ?? domainOf(request.caller);
        const create = context.change(async (tables) => {
          const parent = await getProject(tables, parentOrDomain, { lock: 'share' });
          const domain = parent && (parent.is_domain ? parent.id : parent.domain_id);
          enforce('create_project', request.caller, { domains: [domain] });
          const kind = parentId ? 'project' : 'domain';
          const above = [
            found(parent, kind, parentOrDomain),
            ...(await ancestors(tables, parentOrDomain)),
          ];
          if (domainId && domainId !== domain) {
            throw badRequest(
              `Cannot create project: its domain_id ${domainId} is not the domain of its parent ${parentOrDomain}, which is ${domain}.`,
            );
          }
          if (kind === 'domain' && !above[0]!.is_domain)
            throw badRequest(`${parentOrDomain} is no domain.`);
          checkDepth(above, context.options.unified_limit.enforcement_model);
          const row: Parameters<typeof insertProject>[1] = {
            id: hexIdFor(request),
            name,
            domain_id: domain!,
            parent_id: parentOrDomain,
            is_domain: false,
            description: description ?? '',
            enabled: enabled ?? true,
            tags: JSON.stringify(tags ?? []),
            options: JSON.stringify(mergedOptions({}, options)),
            extra: JSON.stringify(extra),
          };
          if (row.enabled) checkEnabling({ ...above[0]!, id: row.id }, above);
          return insertProject(tables, row);
        });
        const details = `name ${name} at domain ID ${domainId ?? parentOrDomain}.`;
        return document(
          await unlessDuplicate(create, 'projects_name', 'project', details),
          request,
        );
      },
    }),
    operation({
      name: 'get_project',
      method: 'GET',
      path: '/v3/projects/{project_id}',
      summary: 'Show a project',
      success: 200,
      async handle(request) {
        const id = request.params['project_id']!;
        const row = await getProject(context.tables, id);
        const target = { domains: [row?.domain_id ?? row?.id], project: id };
        enforce('get_project', request.caller, target);
        const { body } = document(found(row, 'project', id), request);
        const family = await familyOf(context.tables, id, request);
        return { body: { project: { ...body.project, ...family } } };
      },
    }),
    operation({
      name: 'update_project',
      method: 'PATCH',
      path: '/v3/projects/{project_id}',
      summary: 'Change a project',
      success: 200,
      body: Type.Object({
        project: Type.Object({ name: Type.Optional(nameOf(64)), ...attributes }),
      }),
      async handle(request) {
        const id = request.params['project_id']!;
        const { name, description, enabled, options, tags, ...rest } = request.body.project;
        const { domain_id: domainId, parent_id: parentId, is_domain: isDomain, ...extra } = rest;
        const change = context.change(async (tables) => {
          const row = await getProject(tables, id, { lock: 'update' });
          enforce('update_project', request.caller, { domains: [row?.domain_id] });
          const old = found(row, 'project', id);
          checkMutable('project', old, request.body.project);
          if (parentId !== undefined && parentId !== old.parent_id) {
            throw forbidden(
              'Update of `parent_id` is not allowed: a project stays where it was made.',
            );
          }
          if (domainId !== undefined && domainId !== old.domain_id) {
            throw badRequest('domain_id is immutable: a project stays in its domain.');
          }
          if (isDomain !== undefined && isDomain !== old.is_domain) {
            throw badRequest('is_domain is immutable.');
          }
          if (enabled === true) checkEnabling(old, await ancestors(tables, id));
          if (enabled === false && old.enabled && !old.is_domain) {
            checkDisabling(old, await descendants(tables, id));
          }
          return updateProject(tables, id, {
            ...(name === undefined ? {} : { name }),
            ...(description === undefined ? {} : { description: description ?? '' }),
            ...(enabled === undefined ? {} : { enabled }),
            ...(tags === undefined ? {} : { tags: JSON.stringify(tags) }),
            options: JSON.stringify(mergedOptions(old.options, options)),
            extra: JSON.stringify({ ...old.extra, ...extra }),
          });
        });
        const details = `name ${name ?? ''} in its domain.`;
        return document(
          await unlessDuplicate(change, 'projects_name', 'project', details),
          request,
        );
      },
    }),
    operation({
      name: 'delete_project',
      method: 'DELETE',
      path: '/v3/projects/{project_id}',
      summary: 'Delete a project',
      success: 204,
      async handle(request) {
        const id = request.params['project_id']!;
        await context.change(async (tables) => {
          const row = await getProject(tables, id, { isDomain: false, lock: 'update' });
          enforce('delete_project', request.caller, { domains: [row?.domain_id] });
          const project = found(row, 'project', id);
          checkDeletable('project', project);
          checkLeaf(project, await descendants(tables, id));
          await deleteProject(tables, id);
        });
        return {};
      },
    }),
  ];
}
