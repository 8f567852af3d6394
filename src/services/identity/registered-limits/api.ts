import { Type } from 'typebox';
import { newHexId } from '../../../core/ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { operation } from '../policy/operation.ts';
import {
  getRegisteredLimit,
  insertRegisteredLimit,
  inUse,
  keepingLimits,
  REGISTERED_LIMIT_COLUMNS,
  type StoredRegisteredLimit,
} from './model.ts';
import { checkPlace, MOST, registeredLimit } from './rules.ts';
import { registeredLimitView } from './view.ts';

const KIND = 'registered limit';
const PATH = '/v3/registered_limits';

/** `/v3/registered_limits`: what services limit, and to how much when nothing else is said. */
export function registeredLimitOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredRegisteredLimit, request: OperationRequest) => ({
    body: { registered_limit: registeredLimitView(row, request.serviceUrl) },
  });

  return [
    operation({
      name: 'list_registered_limits',
      method: 'GET',
      path: PATH,
      summary: 'List registered limits',
      success: 200,
      handle: async (request) => ({
        body: await collection(
          request,
          'registered_limits',
          context.tables.selectFrom('identity.registered_limits').select(REGISTERED_LIMIT_COLUMNS),
          {
            table: 'identity.registered_limits',
            named: false,
            filters: {
              service_id: text('service_id'),
              region_id: text('region_id'),
              resource_name: text('resource_name'),
            },
            view: registeredLimitView,
          },
        ),
      }),
    }),
    operation({
      name: 'create_registered_limits',
      method: 'POST',
      path: PATH,
      summary: 'Register limits: all of them, or none',
      success: 201,
      body: Type.Object({
        registered_limits: Type.Array(
          Type.Object(registeredLimit, { additionalProperties: false }),
          { minItems: 1, maxItems: MOST },
        ),
      }),
      async handle(request) {
        const create = context.change(async (tables) => {
          const rows: StoredRegisteredLimit[] = [];
          for (const given of request.body.registered_limits) {
            await checkPlace(tables, given);
            rows.push(
              await insertRegisteredLimit(tables, {
                id: newHexId(),
                region_id: null,
                description: null,
                ...given,
              }),
            );
          }
          return rows;
        });
        const rows = await keepingLimits(create);
        return {
          body: {
            registered_limits: rows.map((row) => registeredLimitView(row, request.serviceUrl)),
          },
        };
      },
    }),
    operation({
      name: 'get_registered_limit',
      method: 'GET',
      path: `${PATH}/{registered_limit_id}`,
      summary: 'Show a registered limit',
      success: 200,
      async handle(request) {
        const id = request.params['registered_limit_id']!;
        return document(found(await getRegisteredLimit(context.tables, id), KIND, id), request);
      },
    }),
    operation({
      name: 'update_registered_limit',
      method: 'PATCH',
      path: `${PATH}/{registered_limit_id}`,
      summary: 'Change a registered limit; what it limits only while no project has a limit of it',
      success: 200,
      body: Type.Object({
        registered_limit: Type.Partial(Type.Object(registeredLimit), {
          additionalProperties: false,
        }),
      }),
      async handle(request) {
        const id = request.params['registered_limit_id']!;
        const given = request.body.registered_limit;
        const change = context.change(async (tables) => {
          const old = found(await getRegisteredLimit(tables, id, 'update'), KIND, id);
          await checkPlace(tables, given);
          const other = (['service_id', 'region_id', 'resource_name'] as const).some(
            (name) => given[name] !== undefined && given[name] !== old[name],
          );
          if (other) {
            const limit = await tables
              .selectFrom('identity.limits')
              .select('id')
              .where('registered_limit_id', '=', id)
              .executeTakeFirst();
            if (limit !== undefined) throw inUse(id);
          }
          return tables
            .updateTable('identity.registered_limits')
            .set({ id, ...given })
            .where('id', '=', id)
            .returning(REGISTERED_LIMIT_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(await keepingLimits(change, id), request);
      },
    }),
    operation({
      name: 'delete_registered_limit',
      method: 'DELETE',
      path: `${PATH}/{registered_limit_id}`,
      summary: 'Delete a registered limit of which no project has a limit',
      success: 204,
      async handle(request) {
        const id = request.params['registered_limit_id']!;
        const remove = context.change(async (tables) => {
          found(await getRegisteredLimit(tables, id, 'update'), KIND, id);
          await tables.deleteFrom('identity.registered_limits').where('id', '=', id).execute();
        });
        await keepingLimits(remove, id);
        return {};
      },
    }),
  ];
}
