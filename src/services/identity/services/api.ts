import { Type } from 'typebox';
import { hexIdFor } from '../ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { deleteLimitsOf } from '../registered-limits/model.ts';
import { Enabled, nameOf } from '../schemas.ts';
import { getService, SERVICE_COLUMNS, type StoredService } from './model.ts';

const attributes = {
  name: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
  description: Type.Optional(Type.Union([Type.String({ maxLength: 65_535 }), Type.Null()])),
  enabled: Type.Optional(Enabled),
};

const view = (row: StoredService, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  type: row.type,
  name: row.name ?? '',
  ...(row.description === null ? {} : { description: row.description }),
  enabled: row.enabled,
  links: { self: `${serviceUrl}/v3/services/${row.id}` },
});

/** `/v3/services`: the services that the catalog names. */
export function serviceOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredService, request: OperationRequest) => ({
    body: { service: view(row, request.serviceUrl) },
  });

  return [
    operation({
      name: 'list_services',
      method: 'GET',
      path: '/v3/services',
      summary: 'List services',
      success: 200,
      async handle(request) {
        const select = context.tables.selectFrom('identity.services').select(SERVICE_COLUMNS);
        return {
          body: await collection(request, 'services', select, {
            table: 'identity.services',
            named: false,
            filters: { type: text('type'), name: text('name') },
            view,
          }),
        };
      },
    }),
    operation({
      name: 'create_service',
      method: 'POST',
      path: '/v3/services',
      summary: 'Add a service to the catalog',
      success: 201,
      body: Type.Object({ service: Type.Object({ type: nameOf(255), ...attributes }) }),
      async handle(request) {
        const { type, name, description, enabled, ...extra } = request.body.service;
        const row = await context.change((tables) =>
          tables
            .insertInto('identity.services')
            .values({
              id: hexIdFor(request),
              type,
              name: name ?? null,
              description: description ?? null,
              enabled: enabled ?? true,
              extra: JSON.stringify(extra),
            })
            .returning(SERVICE_COLUMNS)
            .executeTakeFirstOrThrow(),
        );
        return document(row, request);
      },
    }),
    operation({
      name: 'get_service',
      method: 'GET',
      path: '/v3/services/{service_id}',
      summary: 'Show a service',
      success: 200,
      async handle(request) {
        const id = request.params['service_id']!;
        return document(found(await getService(context.tables, id), 'service', id), request);
      },
    }),
    operation({
      name: 'update_service',
      method: 'PATCH',
      path: '/v3/services/{service_id}',
      summary: 'Change a service',
      success: 200,
      body: Type.Object({
        service: Type.Object({ type: Type.Optional(nameOf(255)), ...attributes }),
      }),
      async handle(request) {
        const id = request.params['service_id']!;
        const { type, name, description, enabled, ...extra } = request.body.service;
        const row = await context.change(async (tables) => {
          const old = found(await getService(tables, id), 'service', id);
          return tables
            .updateTable('identity.services')
            .set({
              ...(type === undefined ? {} : { type }),
              ...(name === undefined ? {} : { name }),
              ...(description === undefined ? {} : { description }),
              ...(enabled === undefined ? {} : { enabled }),
              extra: JSON.stringify({ ...old.extra, ...extra, id: undefined }),
            })
            .where('id', '=', id)
            .returning(SERVICE_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(row, request);
      },
    }),
    operation({
      name: 'delete_service',
      method: 'DELETE',
      path: '/v3/services/{service_id}',
      summary: 'Take a service and its endpoints out of the catalog',
      success: 204,
      async handle(request) {
        const id = request.params['service_id']!;
        await context.change(async (tables) => {
          found(await getService(tables, id), 'service', id);
          await deleteLimitsOf(tables, 'service_id', id);
          await tables.deleteFrom('identity.services').where('id', '=', id).execute();
        });
        return {};
      },
    }),
  ];
}
