import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { newHexId } from '../../../core/ids.ts';
import type { Operation } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { ensureAccessRules } from '../access-rules/model.ts';
import { AccessRules } from '../access-rules/schemas.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { enforce } from '../policy/enforce.ts';
import { Description, Id, nameOf, Reference } from '../schemas.ts';
import { effectiveRoles } from '../assignments/effective.ts';
import { withZone } from '../times.ts';
import { delegationOf } from '../tokens/session.ts';
import { getUser } from '../users/model.ts';
import { hashPassword } from '../users/password.ts';
import {
  getApplicationCredential,
  insertApplicationCredential,
  selectApplicationCredentials,
} from './model.ts';
import { chooseRoles, readExpiry, requireUnrestricted } from './rules.ts';
import { applicationCredentialView } from './view.ts';

const KIND = 'application credential';
const PATH = '/v3/users/{user_id}/application_credentials';

const Body = Type.Object({
  application_credential: Type.Object({
    name: nameOf(255),
    description: Type.Optional(Description),
    secret: Type.Optional(Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Type.Null()])),
    expires_at: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
    unrestricted: Type.Optional(Type.Boolean()),
    roles: Type.Optional(Type.Array(Reference, { maxItems: 255 })),
    access_rules: Type.Optional(AccessRules),
    project_id: Type.Optional(Id),
  }),
});

/** `/v3/users/{user_id}/application_credentials`. */
export function applicationCredentialOperations(context: IdentityContext): Operation[] {
  /** The user's credential; another user's is not there. */
  const own = async (tables: IdentityContext['tables'], userId: string, id: string) => {
    const row = await getApplicationCredential(tables, id);
    return found(row?.user_id === userId ? row : undefined, KIND, id);
  };

  return [
    operation({
      name: 'create_application_credential',
      method: 'POST',
      path: PATH,
      summary: 'Create an application credential for oneself in the project of the token',
      success: 201,
      body: Body,
      async handle(request) {
        const { caller, params } = request;
        const { userId, projectId } = caller;
        const given = request.body.application_credential;
        enforce('create_application_credential', caller, { users: [params['user_id']] });
        requireUnrestricted(caller, 'additional application credentials');
        if (projectId === undefined) {
          throw badRequest(
            'An application credential is for the project of the token, and this token has none: name a project when authenticating.',
          );
        }
        if (given.project_id !== undefined && given.project_id !== projectId) {
          throw badRequest(
            `An application credential is for the project of the token, ${projectId}: authenticate in the other project to make one there.`,
          );
        }
        readExpiry(given.expires_at);
        const secret = given.secret ?? randomBytes(64).toString('base64url');
        const hash = await hashPassword(secret);
        const id = newHexId();
        const create = context.change(async (tables) => {
          found(await getUser(tables, userId), 'user', userId);
          const held = await effectiveRoles(
            tables,
            userId,
            { kind: 'project', id: projectId },
            delegationOf(caller),
          );
          const roles = chooseRoles(given.roles, held, caller);
          if (roles.length === 0) {
            throw badRequest(
              'Invalid application credential: its user has no role in the project.',
            );
          }
          const rules = await ensureAccessRules(tables, userId, given.access_rules ?? []);
          const row = {
            id,
            name: given.name,
            description: given.description ?? null,
            user_id: userId,
            project_id: projectId,
            secret_hash: hash,
            unrestricted: given.unrestricted ?? false,
            expires_at: given.expires_at == null ? null : withZone(given.expires_at),
          };
          await insertApplicationCredential(tables, row, roles, rules);
          return own(tables, userId, id);
        });
        const row = await unlessDuplicate(
          create,
          'application_credentials_name',
          'application_credential',
          `name ${given.name} for user ID ${userId}.`,
        );
        return {
          body: {
            application_credential: applicationCredentialView(row, request.serviceUrl, secret),
          },
        };
      },
    }),
    operation({
      name: 'list_application_credentials',
      method: 'GET',
      path: PATH,
      summary: 'List the application credentials of a user',
      success: 200,
      async handle(request) {
        const user = request.params['user_id']!;
        enforce('list_application_credentials', request.caller, { users: [user] });
        found(await getUser(context.tables, user), 'user', user);
        const select = selectApplicationCredentials(context.tables).where('user_id', '=', user);
        return {
          body: await collection(request, 'application_credentials', select, {
            table: 'identity.application_credentials',
            named: true,
            filters: { name: text('name') },
            view: (row, serviceUrl) => applicationCredentialView(row, serviceUrl),
          }),
        };
      },
    }),
    operation({
      name: 'get_application_credential',
      method: 'GET',
      path: `${PATH}/{application_credential_id}`,
      summary: 'Show an application credential, without its secret',
      success: 200,
      async handle(request) {
        const user = request.params['user_id']!;
        enforce('get_application_credential', request.caller, { users: [user] });
        const id = request.params['application_credential_id']!;
        const row = await own(context.tables, user, id);
        return {
          body: { application_credential: applicationCredentialView(row, request.serviceUrl) },
        };
      },
    }),
    operation({
      name: 'delete_application_credential',
      method: 'DELETE',
      path: `${PATH}/{application_credential_id}`,
      summary: 'Delete an application credential; its tokens end',
      success: 204,
      async handle(request) {
        const { caller } = request;
        const user = request.params['user_id']!;
        enforce('delete_application_credential', caller, { users: [user] });
        requireUnrestricted(caller, 'additional application credentials');
        const id = request.params['application_credential_id']!;
        await context.change(async (tables) => {
          await own(tables, user, id);
          await tables
            .deleteFrom('identity.application_credentials')
            .where('id', '=', id)
            .execute();
        });
        return {};
      },
    }),
  ];
}
