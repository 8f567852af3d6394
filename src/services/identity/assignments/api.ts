import { badRequest, notFound } from '../../../core/errors.ts';
import { deleteCredentialsIn } from '../application-credentials/model.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, found, isTrue, links, one, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { getGroup } from '../groups/model.ts';
import { enforce, visibleDomain } from '../policy/enforce.ts';
import { getProject } from '../projects/model.ts';
import { getRole, ROLE_COLUMNS, type StoredRole } from '../roles/model.ts';
import { roleView } from '../roles/view.ts';
import { getUser } from '../users/model.ts';
import {
  deleteGrant,
  grantedRoles,
  hasGrant,
  insertGrant,
  listAssignments,
  type Grant,
} from './model.ts';
import { assignmentView } from './view.ts';

type Target = 'project' | 'domain' | 'system';
type Actor = 'user' | 'group';

/** Grants on projects, domains and the system, to users and groups, inherited or not; and the list of all. */
export function assignmentOperations(context: IdentityContext): Operation[] {
  const operations: Operation[] = [listOperation(context)];
  for (const actor of ['user', 'group'] as const) {
    for (const target of ['project', 'domain', 'system'] as const) {
      operations.push(...grantOperations(context, target, actor, false));
      if (target !== 'system') operations.push(...grantOperations(context, target, actor, true));
    }
  }
  return operations;
}

function listOperation(context: IdentityContext): Operation {
  return operation({
    name: 'list_role_assignments',
    method: 'GET',
    path: '/v3/role_assignments',
    summary: 'List role assignments',
    success: 200,
    async handle(request) {
      const { query, caller, serviceUrl } = request;
      const given = (name: string) => name in query && isTrue(one(query, name) ?? '');
      const filter = {
        userId: one(query, 'user.id'),
        groupId: one(query, 'group.id'),
        roleId: one(query, 'role.id'),
        projectId: one(query, 'scope.project.id'),
        domainId: one(query, 'scope.domain.id'),
        system: 'scope.system' in query,
        inherited: 'scope.OS-INHERIT:inherited_to' in query ? true : undefined,
        effective: given('effective'),
        subtree: given('include_subtree'),
        withinDomain: visibleDomain('list_role_assignments', caller),
      };
      if (filter.subtree && filter.projectId === undefined) {
        throw badRequest(
          'include_subtree needs scope.project.id: the project whose subtree is meant.',
        );
      }
      if (filter.effective && filter.groupId !== undefined) {
        throw badRequest(
          'Combining effective and group.id: a group has no roles in effect, its members have.',
        );
      }
      if (filter.projectId !== undefined && filter.domainId !== undefined) {
        throw badRequest(
          'Specify a domain or project, not both: scope.project.id and scope.domain.id.',
        );
      }
      const rows = await listAssignments(context.tables, filter);
      const withNames = given('include_names');
      return {
        body: {
          role_assignments: rows.map((row) => assignmentView(row, serviceUrl, withNames)),
          links: links(request),
        },
      };
    },
  });
}

function grantOperations(
  context: IdentityContext,
  target: Target,
  actor: Actor,
  inherited: boolean,
): Operation[] {
  const place = target === 'system' ? 'system' : `${target}s/{${target}_id}`;
  const path = `/v3/${inherited ? 'OS-INHERIT/' : ''}${place}/${actor}s/{${actor}_id}/roles`;
  const suffix = inherited ? '/inherited_to_projects' : '';
  const name = `${inherited ? 'inherited_' : ''}grant_on_${target}_to_${actor}`;
  const what = `${inherited ? 'inherited ' : ''}roles of a ${actor} on ${target === 'system' ? 'the system' : `a ${target}`}`;

  /** Both ends of a grant, which must exist; the policy judges by the domains they belong to, and the role. */
  const resolve = async (
    tables: Tables,
    { params, caller }: OperationRequest,
    action: string,
    role?: StoredRole,
  ): Promise<Grant> => {
    const actorId = params[`${actor}_id`] ?? '';
    const targetId = target === 'system' ? null : (params[`${target}_id`] ?? '');
    const who = await (actor === 'user'
      ? getUser(tables, actorId)
      : getGroup(tables, actorId, 'none'));
    const where =
      targetId === null
        ? undefined
        : await getProject(tables, targetId, { isDomain: target === 'domain' });
    const domains = [who?.domain_id, where?.domain_id ?? where?.id];
    // Roles of a domain are that domain's business.
    if (role?.domain_id) domains.push(role.domain_id);
    enforce(`${action}_${name}`, caller, { domains, role: role?.name });
    found(who, actor, actorId);
    if (targetId !== null) found(where, target, targetId);
    return {
      user_id: actor === 'user' ? actorId : null,
      group_id: actor === 'group' ? actorId : null,
      project_id: targetId,
      inherited,
    };
  };
  const missing = (role: string, grant: Grant) =>
    notFound(
      `Could not find role assignment with role: ${role}, user or group: ${grant.user_id ?? grant.group_id}, project, domain, or system: ${grant.project_id ?? 'system'}.`,
    );

  const check = (method: 'HEAD' | 'GET'): Operation =>
    operation({
      name: `${method === 'HEAD' ? 'check' : 'get'}_${name}`,
      method,
      path: `${path}/{role_id}${suffix}`,
      summary: `Whether one is among the ${what}`,
      success: 204,
      async handle(request) {
        const id = request.params['role_id']!;
        const role = await getRole(context.tables, id);
        const verb = method === 'HEAD' ? 'check' : 'get';
        const grant = await resolve(context.tables, request, verb, role);
        found(role, 'role', id);
        if (!(await hasGrant(context.tables, id, grant))) throw missing(id, grant);
        return {};
      },
    });

  return [
    operation({
      name: `list_${name}`,
      method: 'GET',
      path: path + suffix,
      summary: `List the ${what}`,
      success: 200,
      async handle(request) {
        const grant = await resolve(context.tables, request, 'list');
        const select = context.tables
          .selectFrom('identity.roles')
          .select(ROLE_COLUMNS)
          .where('id', 'in', grantedRoles(context.tables, grant));
        return {
          body: await collection(request, 'roles', select, {
            table: 'identity.roles',
            named: true,
            filters: { name: text('name') },
            view: roleView,
          }),
        };
      },
    }),
    check('HEAD'),
    check('GET'),
    operation({
      name: `create_${name}`,
      method: 'PUT',
      path: `${path}/{role_id}${suffix}`,
      summary: `Add to the ${what}`,
      success: 204,
      bodyKind: 'none',
      async handle(request) {
        const id = request.params['role_id']!;
        await context.change(async (tables) => {
          const role = await getRole(tables, id, 'share');
          const grant = await resolve(tables, request, 'create', role);
          found(role, 'role', id);
          await insertGrant(tables, id, grant);
        });
        return {};
      },
    }),
    operation({
      name: `delete_${name}`,
      method: 'DELETE',
      path: `${path}/{role_id}${suffix}`,
      summary: `Take from the ${what}`,
      success: 204,
      async handle(request) {
        const id = request.params['role_id']!;
        await context.change(async (tables) => {
          const role = await getRole(tables, id, 'share');
          const grant = await resolve(tables, request, 'delete', role);
          found(role, 'role', id);
          if (!(await deleteGrant(tables, id, grant))) throw missing(id, grant);
          if (grant.user_id !== null && grant.project_id !== null && !grant.inherited) {
            await deleteCredentialsIn(tables, grant.user_id, grant.project_id);
          }
        });
        return {};
      },
    }),
  ];
}
