import { Type } from 'typebox';
import { hexIdFor } from '../ids.ts';
import { badRequest } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { accessible } from '../authentication/api.ts';
import { collection, flag, found, links, text, time } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { unauthorized, unlessDuplicate } from '../errors.ts';
import { GROUP_COLUMNS } from '../groups/model.ts';
import { groupView } from '../groups/view.ts';
import { domainOf, enforce, visibleDomain } from '../policy/enforce.ts';
import { getProject } from '../projects/model.ts';
import { projectView } from '../projects/view.ts';
import { Description, Enabled, nameOf, NullableId } from '../schemas.ts';
import {
  checkOwnChange,
  checkPassword,
  countFailure,
  countSuccess,
  isLockedOut,
  passwordExpiry,
  rememberPassword,
} from './compliance.ts';
import {
  getOwnPassword,
  getUser,
  insertUser,
  setPassword,
  updateUser,
  USER_COLUMNS,
  type StoredUser,
} from './model.ts';
import { changedOptions, UserOptions } from './options.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { userView } from './view.ts';

const Password = Type.String({ minLength: 1, maxLength: 4096 });

const attributes = {
  domain_id: Type.Optional(NullableId),
  default_project_id: Type.Optional(NullableId),
  enabled: Type.Optional(Enabled),
  description: Type.Optional(Description),
  options: Type.Optional(UserOptions),
  password: Type.Optional(Type.Union([Password, Type.Null()])),
};

/** `/v3/users`. */
export function userOperations(context: IdentityContext): Operation[] {
  const compliance = context.options.security_compliance;
  const document = (row: StoredUser, request: OperationRequest) => ({
    body: { user: userView(row, request.serviceUrl) },
  });

  /** The user, if it exists and the caller is that user or may read its domain. */
  const readable = async (request: OperationRequest, action: string): Promise<StoredUser> => {
    const id = request.params['user_id']!;
    const row = await getUser(context.tables, id);
    enforce(action, request.caller, { domains: [row?.domain_id], users: [id] });
    return found(row, 'user', id);
  };

  return [
    operation({
      name: 'list_users',
      method: 'GET',
      path: '/v3/users',
      summary: 'List users',
      success: 200,
      async handle(request) {
        const domain = visibleDomain('list_users', request.caller);
        const all = context.tables.selectFrom('identity.users').select(USER_COLUMNS);
        return {
          body: await collection(
            request,
            'users',
            domain === undefined ? all : all.where('domain_id', '=', domain),
            {
              table: 'identity.users',
              named: true,
              filters: {
                name: text('name'),
                domain_id: text('domain_id'),
                enabled: flag('enabled'),
                password_expires_at: time('password_expires_at'),
              },
              view: userView,
            },
          ),
        };
      },
    }),
    operation({
      name: 'create_user',
      method: 'POST',
      path: '/v3/users',
      summary: 'Create a user',
      success: 201,
      body: Type.Object({ user: Type.Object({ name: nameOf(255), ...attributes }) }),
      async handle(request) {
        const { name, enabled, options, password, ...rest } = request.body.user;
        const { domain_id: given, default_project_id: project, ...extra } = rest;
        const domain = given ?? domainOf(request.caller);
        enforce('create_user', request.caller, { domains: [domain] });
        if (password != null) checkPassword(compliance, password);
        const hash = password == null ? null : await hashPassword(password);
        const stored = changedOptions({}, options);
        const create = context.change(async (tables) => {
          found(
            await getProject(tables, domain, { isDomain: true, lock: 'share' }),
            'domain',
            domain,
          );
          const row = await insertUser(tables, {
            id: hexIdFor(request),
            name,
            domain_id: domain,
            enabled: enabled ?? true,
            default_project_id: project ?? null,
            password_hash: hash,
            password_expires_at: hash === null ? null : passwordExpiry(compliance, stored, false),
            options: JSON.stringify(stored),
            extra: JSON.stringify(extra),
          });
          await rememberPassword(tables, compliance, row.id, hash);
          return row;
        });
        const details = `name ${name} at domain ID ${domain}.`;
        return document(await unlessDuplicate(create, 'users_name', 'user', details), request);
      },
    }),
    operation({
      name: 'get_user',
      method: 'GET',
      path: '/v3/users/{user_id}',
      summary: 'Show a user',
      success: 200,
      handle: async (request) => document(await readable(request, 'get_user'), request),
    }),
    operation({
      name: 'update_user',
      method: 'PATCH',
      path: '/v3/users/{user_id}',
      summary: 'Change a user',
      success: 200,
      body: Type.Object({
        user: Type.Object({ name: Type.Optional(nameOf(255)), ...attributes }),
      }),
      async handle(request) {
        const id = request.params['user_id']!;
        const { name, enabled, options, password, ...rest } = request.body.user;
        const { domain_id: domain, default_project_id: project, ...extra } = rest;
        const present = await getUser(context.tables, id);
        enforce('update_user', request.caller, { domains: [present?.domain_id] });
        if (password) checkPassword(compliance, password);
        const hash = password ? await hashPassword(password) : password;
        const change = context.change(async (tables) => {
          const old = found(await getUser(tables, id, 'update'), 'user', id);
          if (domain !== undefined && domain !== old.domain_id) {
            throw badRequest('domain_id is immutable: a user stays in its domain.');
          }
          const row = await updateUser(tables, id, {
            ...(name === undefined ? {} : { name }),
            ...(enabled === undefined ? {} : { enabled }),
            ...(project === undefined ? {} : { default_project_id: project }),
            options: JSON.stringify(changedOptions(old.options, options)),
            extra: JSON.stringify({ ...old.extra, ...extra }),
          });
          return hash === undefined ? row : setPassword(tables, compliance, row, hash, false);
        });
        const details = `name ${name ?? ''} at domain ID ${present?.domain_id ?? ''}.`;
        return document(await unlessDuplicate(change, 'users_name', 'user', details), request);
      },
    }),
    operation({
      name: 'delete_user',
      method: 'DELETE',
      path: '/v3/users/{user_id}',
      summary: 'Delete a user; its tokens end',
      success: 204,
      async handle(request) {
        const id = request.params['user_id']!;
        await context.change(async (tables) => {
          const row = await getUser(tables, id, 'update');
          enforce('delete_user', request.caller, { domains: [row?.domain_id] });
          found(row, 'user', id);
          await tables.deleteFrom('identity.users').where('id', '=', id).execute();
        });
        return {};
      },
    }),
    operation({
      name: 'change_password',
      method: 'POST',
      path: '/v3/users/{user_id}/password',
      summary: 'Change one’s own password; all tokens of the user end',
      success: 204,
      body: Type.Object({
        user: Type.Object({ original_password: Type.String(), password: Password }),
      }),
      async handle(request) {
        const id = request.params['user_id']!;
        const { original_password: original, password } = request.body.user;
        const user = await getOwnPassword(context.tables, id);
        const locked = user !== undefined && isLockedOut(compliance, user);
        const fits = await context.attempts.guard(`user ${id}`, request.serviceUrl, () =>
          verifyPassword(original, locked ? undefined : user?.password_hash),
        );
        if (user === undefined || !fits) {
          if (!locked) await countFailure(context, id);
          throw unauthorized(request.serviceUrl);
        }
        await countSuccess(context, user);
        checkPassword(compliance, password);
        if (original === password) {
          throw badRequest('The new password must not be the same as the old one.');
        }
        await checkOwnChange(context, user, password);
        const hash = await hashPassword(password);
        await context.change(async (tables) => {
          await tables
            .selectFrom('identity.users')
            .select('id')
            .where('id', '=', id)
            .forUpdate()
            .execute();
          // Somebody may have changed it while we hashed: then the old one is no proof any more.
          const now = await getOwnPassword(tables, id);
          if (now?.password_hash !== user.password_hash) throw unauthorized(request.serviceUrl);
          await setPassword(tables, compliance, now, hash, true);
        });
        return {};
      },
    }),
    operation({
      name: 'list_groups_for_user',
      method: 'GET',
      path: '/v3/users/{user_id}/groups',
      summary: 'The groups of a user',
      success: 200,
      async handle(request) {
        const { id } = await readable(request, 'list_groups_for_user');
        const select = context.tables
          .selectFrom('identity.groups')
          .select(GROUP_COLUMNS)
          .where('id', 'in', (query) =>
            query.selectFrom('identity.memberships').select('group_id').where('user_id', '=', id),
          );
        return {
          body: await collection(request, 'groups', select, {
            table: 'identity.groups',
            named: true,
            filters: { name: text('name') },
            view: groupView,
          }),
        };
      },
    }),
    operation({
      name: 'list_user_projects',
      method: 'GET',
      path: '/v3/users/{user_id}/projects',
      summary: 'The projects in which a user has a role',
      success: 200,
      async handle(request) {
        const { id } = await readable(request, 'list_user_projects');
        const rows = await accessible(context, id, false);
        return {
          body: {
            projects: rows.map((row) => projectView(row, request.serviceUrl)),
            links: links(request),
          },
        };
      },
    }),
  ];
}
