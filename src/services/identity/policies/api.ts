import { Type } from 'typebox';
import { hexIdFor } from '../ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { operation } from '../policy/operation.ts';
import { nameOf } from '../schemas.ts';
import { getPolicy, POLICY_COLUMNS, type StoredPolicy } from './model.ts';
import { policyView } from './view.ts';

const KIND = 'policy';
const PATH = '/v3/policies';
const Blob = Type.String({ maxLength: 65_535 });

/** `/v3/policies`: rules that other programs keep here. Nothing in the cloud reads them, as in Keystone. */
export function policyOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredPolicy, request: OperationRequest) => ({
    body: { policy: policyView(row, request.serviceUrl) },
  });
  const get = async (tables: Tables, id: string) => found(await getPolicy(tables, id), KIND, id);

  return [
    operation({
      name: 'list_policies',
      method: 'GET',
      path: PATH,
      summary: 'List policies',
      success: 200,
      handle: async (request) => ({
        body: await collection(
          request,
          'policies',
          context.tables.selectFrom('identity.policies').select(POLICY_COLUMNS),
          {
            table: 'identity.policies',
            named: false,
            filters: { type: text('type') },
            view: policyView,
          },
        ),
      }),
    }),
    operation({
      name: 'create_policy',
      method: 'POST',
      path: PATH,
      summary: 'Keep a policy',
      success: 201,
      body: Type.Object({ policy: Type.Object({ type: nameOf(255), blob: Blob }) }),
      async handle(request) {
        const { type, blob, ...extra } = request.body.policy;
        const row = await context.change((tables) =>
          tables
            .insertInto('identity.policies')
            .values({ id: hexIdFor(request), type, blob, extra: JSON.stringify(extra) })
            .returning(POLICY_COLUMNS)
            .executeTakeFirstOrThrow(),
        );
        return document(row, request);
      },
    }),
    operation({
      name: 'get_policy',
      method: 'GET',
      path: `${PATH}/{policy_id}`,
      summary: 'Show a policy',
      success: 200,
      handle: async (request) =>
        document(await get(context.tables, request.params['policy_id']!), request),
    }),
    operation({
      name: 'update_policy',
      method: 'PATCH',
      path: `${PATH}/{policy_id}`,
      summary: 'Change a policy',
      success: 200,
      body: Type.Object({
        policy: Type.Object({ type: Type.Optional(nameOf(255)), blob: Type.Optional(Blob) }),
      }),
      async handle(request) {
        const id = request.params['policy_id']!;
        const { type, blob, ...extra } = request.body.policy;
        const row = await context.change(async (tables) => {
          const old = await get(tables, id);
          return tables
            .updateTable('identity.policies')
            .set({
              type: type ?? old.type,
              blob: blob ?? old.blob,
              extra: JSON.stringify({ ...old.extra, ...extra, id: undefined }),
            })
            .where('id', '=', id)
            .returning(POLICY_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(row, request);
      },
    }),
    operation({
      name: 'delete_policy',
      method: 'DELETE',
      path: `${PATH}/{policy_id}`,
      summary: 'Delete a policy',
      success: 204,
      async handle(request) {
        const id = request.params['policy_id']!;
        await context.change(async (tables) => {
          await get(tables, id);
          await tables.deleteFrom('identity.policies').where('id', '=', id).execute();
        });
        return {};
      },
    }),
  ];
}
