import { Type } from 'typebox';
import { hexIdFor } from '../ids.ts';
import { badRequest } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { requireUnrestricted } from '../application-credentials/rules.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { enforce, readsAll } from '../policy/enforce.ts';
import { getProject } from '../projects/model.ts';
import { Id, nameOf, NullableId } from '../schemas.ts';
import type { CredentialRow } from '../tables.ts';
import { getUser } from '../users/model.ts';
import {
  EC2,
  getCredential,
  insertCredential,
  keyHash,
  openBlob,
  sealBlob,
  selectCredentials,
} from './model.ts';
import { boundBlob, readEc2Keys } from './rules.ts';

/** Each access key is one credential's. */
const unlessTaken = <T>(work: Promise<T>): Promise<T> =>
  unlessDuplicate(
    unlessDuplicate(work, 'credentials_pkey', 'credential', 'this access key.'),
    'credentials_key_hash',
    'credential',
    'this access key.',
  );

const Blob = Type.String({ maxLength: 65_535 });

/** `/v3/credentials`: a user's own; administrators see and change everybody's. */
export function credentialOperations(context: IdentityContext): Operation[] {
  const view = (row: CredentialRow, serviceUrl: string) => ({
    id: row.id,
    type: row.type,
    user_id: row.user_id,
    project_id: row.project_id,
    blob: openBlob(context, row),
    links: { self: `${serviceUrl}/v3/credentials/${row.id}` },
  });
  const document = (row: CredentialRow, request: OperationRequest) => ({
    body: { credential: view(row, request.serviceUrl) },
  });

  /** The credential, if it is the caller's or the caller may touch everybody's; 403 in all other cases. */
  const reach = async (
    tables: Tables,
    request: OperationRequest,
    action: string,
  ): Promise<CredentialRow> => {
    const id = request.params['credential_id']!;
    const row = await getCredential(tables, id);
    enforce(action, request.caller, { users: [row?.user_id] });
    return found(row, 'credential', id);
  };
  const checkEnds = async (tables: Tables, user?: string, project?: string | null) => {
    if (user !== undefined) found(await getUser(tables, user), 'user', user);
    if (project != null) {
      found(await getProject(tables, project, { isDomain: false }), 'project', project);
    }
  };

  return [
    operation({
      name: 'create_credential',
      method: 'POST',
      path: '/v3/credentials',
      summary: 'Store a credential, encrypted',
      success: 201,
      body: Type.Object({
        credential: Type.Object({
          type: nameOf(255),
          blob: Blob,
          user_id: Type.Optional(Id),
          project_id: Type.Optional(NullableId),
        }),
      }),
      async handle(request) {
        const { caller } = request;
        const { type, blob, user_id: user = caller.userId, ...rest } = request.body.credential;
        const project = rest.project_id ?? null;
        enforce('create_credential', caller, { users: [user] });
        requireUnrestricted(caller, 'credentials');
        if (type === EC2 && project === null) {
          throw badRequest('Expecting to find project_id in credential: type ec2 needs it.');
        }
        const create = context.change(async (tables) => {
          await checkEnds(tables, user, project);
          const hash = type === EC2 ? keyHash(readEc2Keys(blob).access) : null;
          return insertCredential(tables, {
            id: hash ?? hexIdFor(request),
            key_hash: hash,
            type,
            user_id: user,
            project_id: project,
            sealed_blob: sealBlob(context, type === EC2 ? boundBlob(blob, caller) : blob),
          });
        });
        return document(await unlessTaken(create), request);
      },
    }),
    operation({
      name: 'list_credentials',
      method: 'GET',
      path: '/v3/credentials',
      summary: 'List credentials',
      success: 200,
      async handle(request) {
        const { caller } = request;
        requireUnrestricted(caller, 'credentials');
        const all = selectCredentials(context.tables);
        const visible = readsAll(caller) ? all : all.where('user_id', '=', caller.userId);
        return {
          body: await collection(request, 'credentials', visible, {
            table: 'identity.credentials',
            named: false,
            filters: { user_id: text('user_id'), type: text('type') },
            view,
          }),
        };
      },
    }),
    operation({
      name: 'get_credential',
      method: 'GET',
      path: '/v3/credentials/{credential_id}',
      summary: 'Show a credential',
      success: 200,
      async handle(request) {
        requireUnrestricted(request.caller, 'credentials');
        return document(await reach(context.tables, request, 'get_credential'), request);
      },
    }),
    operation({
      name: 'update_credential',
      method: 'PATCH',
      path: '/v3/credentials/{credential_id}',
      summary: 'Change a credential',
      success: 200,
      body: Type.Object({
        credential: Type.Object({
          type: Type.Optional(nameOf(255)),
          blob: Type.Optional(Blob),
          user_id: Type.Optional(Id),
          project_id: Type.Optional(NullableId),
        }),
      }),
      async handle(request) {
        const { caller } = request;
        const { type, blob, user_id: user, project_id: project } = request.body.credential;
        requireUnrestricted(caller, 'credentials');
        const change = context.change(async (tables) => {
          const old = await reach(tables, request, 'update_credential');
          if (user !== undefined) enforce('update_credential', caller, { users: [user] });
          await checkEnds(tables, user, project);
          const next = {
            type: type ?? old.type,
            user_id: user ?? old.user_id,
            project_id: project === undefined ? old.project_id : project,
            sealed_blob: blob === undefined ? old.sealed_blob : sealBlob(context, blob),
            key_hash: null as string | null,
          };
          if (next.type === EC2) {
            const { access } = readEc2Keys(openBlob(context, { ...old, ...next }));
            if (next.project_id === null) {
              throw badRequest('Expecting to find project_id in credential: type ec2 needs it.');
            }
            next.key_hash = keyHash(access);
          }
          if (next.type === EC2 && blob !== undefined) {
            next.sealed_blob = sealBlob(context, boundBlob(blob, caller));
          }
          await tables
            .updateTable('identity.credentials')
            .set(next)
            .where('id', '=', old.id)
            .execute();
          return { ...old, ...next };
        });
        return document(await unlessTaken(change), request);
      },
    }),
    operation({
      name: 'delete_credential',
      method: 'DELETE',
      path: '/v3/credentials/{credential_id}',
      summary: 'Delete a credential',
      success: 204,
      async handle(request) {
        requireUnrestricted(request.caller, 'credentials');
        await context.change(async (tables) => {
          const row = await reach(tables, request, 'delete_credential');
          await tables.deleteFrom('identity.credentials').where('id', '=', row.id).execute();
        });
        return {};
      },
    }),
  ];
}
