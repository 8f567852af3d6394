import { Type } from 'typebox';
import { newHexId } from '../../../core/ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { requireUnrestricted } from '../application-credentials/rules.ts';
import { found, links } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { notAuthorized } from '../errors.ts';
import { enforce } from '../policy/enforce.ts';
import { getProject } from '../projects/model.ts';
import { Id } from '../schemas.ts';
import type { CredentialRow } from '../tables.ts';
import { effectiveRoles } from '../assignments/effective.ts';
import { getUser } from '../users/model.ts';
import {
  EC2,
  getByAccessKey,
  insertCredential,
  keyHash,
  openBlob,
  sealBlob,
  selectCredentials,
} from './model.ts';
import { boundBlob, readEc2Keys } from './rules.ts';

const PATH = '/v3/users/{user_id}/credentials/OS-EC2';

/** `/v3/users/{user_id}/credentials/OS-EC2`: access keys; the same objects as `/v3/credentials` of type ec2. */
export function ec2CredentialOperations(context: IdentityContext): Operation[] {
  const view = (row: CredentialRow, serviceUrl: string) => {
    const { access, secret, trustId } = readEc2Keys(openBlob(context, row));
    return {
      access,
      secret,
      user_id: row.user_id,
      tenant_id: row.project_id,
      trust_id: trustId ?? null,
      links: { self: `${serviceUrl}/v3/users/${row.user_id}/credentials/OS-EC2/${access}` },
    };
  };
  const own = async (tables: Tables, request: OperationRequest): Promise<CredentialRow> => {
    const access = request.params['credential_id']!;
    const row = await getByAccessKey(tables, access);
    const mine = row?.user_id === request.params['user_id'];
    return found(mine ? row : undefined, 'credential', access);
  };
  const checkReader = ({ caller, params }: OperationRequest, action: string): void => {
    enforce(action, caller, { users: [params['user_id']] });
    requireUnrestricted(caller, 'credentials');
  };
  const checkOwner = ({ caller, params }: OperationRequest, action: string): void => {
    enforce(action, caller, { users: [params['user_id']] });
    requireUnrestricted(caller, 'credentials');
  };

  return [
    operation({
      name: 'ec2_create_credential',
      method: 'POST',
      path: PATH,
      summary: 'Make an access key of a user for a project in which the user has a role',
      success: 201,
      body: Type.Object({ tenant_id: Id }),
      async handle(request) {
        checkOwner(request, 'ec2_create_credential');
        const user = request.params['user_id']!;
        const project = request.body.tenant_id;
        const access = newHexId();
        const keys = { access, secret: newHexId(), trust_id: null };
        const blob = boundBlob(JSON.stringify(keys), request.caller);
        const row = await context.change(async (tables) => {
          found(await getUser(tables, user), 'user', user);
          found(await getProject(tables, project, { isDomain: false }), 'project', project);
          const roles = await effectiveRoles(tables, user, { kind: 'project', id: project });
          if (roles.length === 0) {
            throw notAuthorized(
              'identity:ec2_create_credential',
              'The user has no role in the project.',
            );
          }
          return insertCredential(tables, {
            id: keyHash(access),
            key_hash: keyHash(access),
            type: EC2,
            user_id: user,
            project_id: project,
            sealed_blob: sealBlob(context, blob),
          });
        });
        return { body: { credential: view(row, request.serviceUrl) } };
      },
    }),
    operation({
      name: 'ec2_list_credentials',
      method: 'GET',
      path: PATH,
      summary: 'List the access keys of a user',
      success: 200,
      async handle(request) {
        checkReader(request, 'ec2_list_credentials');
        const user = request.params['user_id']!;
        found(await getUser(context.tables, user), 'user', user);
        const rows = await selectCredentials(context.tables)
          .where('user_id', '=', user)
          .where('type', '=', EC2)
          .orderBy('id')
          .execute();
        return {
          body: {
            credentials: rows.map((row) => view(row, request.serviceUrl)),
            links: links(request),
          },
        };
      },
    }),
    operation({
      name: 'ec2_get_credential',
      method: 'GET',
      path: `${PATH}/{credential_id}`,
      summary: 'Show an access key with its secret',
      success: 200,
      async handle(request) {
        checkReader(request, 'ec2_get_credential');
        return {
          body: { credential: view(await own(context.tables, request), request.serviceUrl) },
        };
      },
    }),
    operation({
      name: 'ec2_delete_credential',
      method: 'DELETE',
      path: `${PATH}/{credential_id}`,
      summary: 'Delete an access key',
      success: 204,
      async handle(request) {
        checkOwner(request, 'ec2_delete_credential');
        await context.change(async (tables) => {
          const row = await own(tables, request);
          await tables.deleteFrom('identity.credentials').where('id', '=', row.id).execute();
        });
        return {};
      },
    }),
  ];
}
