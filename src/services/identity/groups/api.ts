import { Type } from 'typebox';
import { hexIdFor } from '../ids.ts';
import { badRequest, notFound } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, flag, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { domainOf, enforce, visibleDomain } from '../policy/enforce.ts';
import { getProject } from '../projects/model.ts';
import { Description, nameOf, NullableId } from '../schemas.ts';
import { getUser, USER_COLUMNS } from '../users/model.ts';
import { userView } from '../users/view.ts';
import { getGroup, GROUP_COLUMNS, isMember, type StoredGroup } from './model.ts';
import { groupView } from './view.ts';

const attributes = {
  description: Type.Optional(Description),
  domain_id: Type.Optional(NullableId),
};

/** `/v3/groups` and their members. */
export function groupOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredGroup, request: OperationRequest) => ({
    body: { group: groupView(row, request.serviceUrl) },
  });

  return [
    operation({
      name: 'list_groups',
      method: 'GET',
      path: '/v3/groups',
      summary: 'List groups',
      success: 200,
      async handle(request) {
        const domain = visibleDomain('list_groups', request.caller);
        const all = context.tables.selectFrom('identity.groups').select(GROUP_COLUMNS);
        return {
          body: await collection(
            request,
            'groups',
            domain === undefined ? all : all.where('domain_id', '=', domain),
            {
              table: 'identity.groups',
              named: true,
              filters: { name: text('name'), domain_id: text('domain_id') },
              view: groupView,
            },
          ),
        };
      },
    }),
    operation({
      name: 'create_group',
      method: 'POST',
      path: '/v3/groups',
      summary: 'Create a group',
      success: 201,
      body: Type.Object({ group: Type.Object({ name: nameOf(64), ...attributes }) }),
      async handle(request) {
        const { name, description, domain_id: given, ...extra } = request.body.group;
        const domain = given ?? domainOf(request.caller);
        enforce('create_group', request.caller, { domains: [domain] });
        const create = context.change(async (tables) => {
          found(
            await getProject(tables, domain, { isDomain: true, lock: 'share' }),
            'domain',
            domain,
          );
          return tables
            .insertInto('identity.groups')
            .values({
              id: hexIdFor(request),
              name,
              domain_id: domain,
              description: description ?? '',
              extra: JSON.stringify(extra),
            })
            .returning(GROUP_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        const details = `name ${name} at domain ID ${domain}.`;
        return document(await unlessDuplicate(create, 'groups_name', 'group', details), request);
      },
    }),
    operation({
      name: 'get_group',
      method: 'GET',
      path: '/v3/groups/{group_id}',
      summary: 'Show a group',
      success: 200,
      async handle(request) {
        const id = request.params['group_id']!;
        const row = await getGroup(context.tables, id);
        enforce('get_group', request.caller, { domains: [row?.domain_id] });
        return document(found(row, 'group', id), request);
      },
    }),
    operation({
      name: 'update_group',
      method: 'PATCH',
      path: '/v3/groups/{group_id}',
      summary: 'Change a group',
      success: 200,
      body: Type.Object({
        group: Type.Object({ name: Type.Optional(nameOf(64)), ...attributes }),
      }),
      async handle(request) {
        const id = request.params['group_id']!;
        const { name, description, domain_id: domain, ...extra } = request.body.group;
        const change = context.change(async (tables) => {
          const row = await getGroup(tables, id, 'update');
          enforce('update_group', request.caller, { domains: [row?.domain_id] });
          const old = found(row, 'group', id);
          if (domain !== undefined && domain !== old.domain_id) {
            throw badRequest('domain_id is immutable: a group stays in its domain.');
          }
          return tables
            .updateTable('identity.groups')
            .set({
              ...(name === undefined ? {} : { name }),
              ...(description === undefined ? {} : { description: description ?? '' }),
              extra: JSON.stringify({ ...old.extra, ...extra }),
            })
            .where('id', '=', id)
            .returning(GROUP_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        const details = `name ${name ?? ''} in its domain.`;
        return document(await unlessDuplicate(change, 'groups_name', 'group', details), request);
      },
    }),
    operation({
      name: 'delete_group',
      method: 'DELETE',
      path: '/v3/groups/{group_id}',
      summary: 'Delete a group; its members lose what it was granted',
      success: 204,
      async handle(request) {
        const id = request.params['group_id']!;
        await context.change(async (tables) => {
          const row = await getGroup(tables, id, 'update');
          enforce('delete_group', request.caller, { domains: [row?.domain_id] });
          found(row, 'group', id);
          await tables.deleteFrom('identity.groups').where('id', '=', id).execute();
        });
        return {};
      },
    }),
    ...memberOperations(context),
  ];
}

function memberOperations(context: IdentityContext): Operation[] {
  const path = '/v3/groups/{group_id}/users/{user_id}';
  const noMember = (user: string, group: string) =>
    notFound(`User ${user} not found in group ${group}.`);

  return [
    operation({
      name: 'list_users_in_group',
      method: 'GET',
      path: '/v3/groups/{group_id}/users',
      summary: 'The members of a group',
      success: 200,
      async handle(request) {
        const id = request.params['group_id']!;
        const row = await getGroup(context.tables, id);
        enforce('list_users_in_group', request.caller, { domains: [row?.domain_id] });
        found(row, 'group', id);
        const select = context.tables
          .selectFrom('identity.users')
          .select(USER_COLUMNS)
          .where('id', 'in', (query) =>
            query.selectFrom('identity.memberships').select('user_id').where('group_id', '=', id),
          );
        return {
          body: await collection(request, 'users', select, {
            table: 'identity.users',
            named: true,
            filters: { name: text('name'), enabled: flag('enabled') },
            view: userView,
          }),
        };
      },
    }),
    operation({
      name: 'add_user_to_group',
      method: 'PUT',
      path,
      summary: 'Make a user a member of a group',
      success: 204,
      bodyKind: 'none',
      async handle(request) {
        const { group_id: group = '', user_id: user = '' } = request.params;
        await context.change(async (tables) => {
          const row = await getGroup(tables, group, 'share');
          const member = await getUser(tables, user, 'update');
          const domains = [row?.domain_id, member?.domain_id];
          enforce('add_user_to_group', request.caller, { domains });
          found(row, 'group', group);
          found(member, 'user', user);
          await tables
            .insertInto('identity.memberships')
            .values({ group_id: group, user_id: user })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        });
        return {};
      },
    }),
    operation({
      name: 'check_user_in_group',
      method: 'HEAD',
      path,
      summary: 'Whether a user is a member of a group',
      success: 204,
      async handle(request) {
        const { group_id: group = '', user_id: user = '' } = request.params;
        const row = await getGroup(context.tables, group);
        const member = await getUser(context.tables, user);
        const target = { domains: [row?.domain_id, member?.domain_id], users: [user] };
        enforce('check_user_in_group', request.caller, target);
        found(row, 'group', group);
        found(member, 'user', user);
        if (!(await isMember(context.tables, group, user))) throw noMember(user, group);
        return {};
      },
    }),
    operation({
      name: 'remove_user_from_group',
      method: 'DELETE',
      path,
      summary: 'Take a user out of a group',
      success: 204,
      async handle(request) {
        const { group_id: group = '', user_id: user = '' } = request.params;
        await context.change(async (tables) => {
          const row = await getGroup(tables, group, 'share');
          const member = await getUser(tables, user);
          const domains = [row?.domain_id, member?.domain_id];
          enforce('remove_user_from_group', request.caller, { domains });
          found(row, 'group', group);
          found(member, 'user', user);
          const removed = await tables
            .deleteFrom('identity.memberships')
            .where('group_id', '=', group)
            .where('user_id', '=', user)
            .executeTakeFirst();
          if (Number(removed.numDeletedRows) === 0) throw noMember(user, group);
        });
        return {};
      },
    }),
  ];
}
