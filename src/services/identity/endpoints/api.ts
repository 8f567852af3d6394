import { Type } from 'typebox';
import { hexIdFor } from '../ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { Enabled, Id, NullableId } from '../schemas.ts';
import { getService } from '../services/model.ts';
import { absoluteUrl } from './catalog.ts';
import { ENDPOINT_COLUMNS, getEndpoint, type StoredEndpoint } from './model.ts';
import { checkUrl, Interface } from './rules.ts';
import { endpointView } from './view.ts';

const Url = Type.String({ minLength: 1, maxLength: 2048 });

const attributes = {
  region_id: Type.Optional(NullableId),
  region: Type.Optional(NullableId),
  enabled: Type.Optional(Enabled),
  name: Type.Optional(Type.String({ maxLength: 255 })),
};

/** As in Keystone, naming a region makes it. */
async function ensureRegion(tables: Tables, region: string | null | undefined): Promise<void> {
  if (region == null) return;
  await tables
    .insertInto('identity.regions')
    .values({ id: region, parent_region_id: null, description: '' })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** `/v3/endpoints`: where services are reached. */
export function endpointOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredEndpoint, request: OperationRequest) => ({
    body: { endpoint: endpointView(row, request) },
  });

  return [
    operation({
      name: 'list_endpoints',
      method: 'GET',
      path: '/v3/endpoints',
      summary: 'List endpoints',
      success: 200,
      async handle(request) {
        const select = context.tables.selectFrom('identity.endpoints').select(ENDPOINT_COLUMNS);
        return {
          body: await collection(request, 'endpoints', select, {
            table: 'identity.endpoints',
            named: false,
            filters: {
              interface: text('interface'),
              service_id: text('service_id'),
              region: text('region_id'),
              region_id: text('region_id'),
            },
            view: (row) => endpointView(row, request),
          }),
        };
      },
    }),
    operation({
      name: 'create_endpoint',
      method: 'POST',
      path: '/v3/endpoints',
      summary: 'Add an endpoint to the catalog',
      success: 201,
      body: Type.Object({
        endpoint: Type.Object({ service_id: Id, interface: Interface, url: Url, ...attributes }),
      }),
      async handle(request) {
        const {
          service_id: service,
          interface: face,
          url,
          enabled,
          ...rest
        } = request.body.endpoint;
        const { region_id: regionId, region, ...extra } = rest;
        checkUrl(url);
        const row = await context.change(async (tables) => {
          found(await getService(tables, service), 'service', service);
          await ensureRegion(tables, regionId ?? region);
          return tables
            .insertInto('identity.endpoints')
            .values({
              id: hexIdFor(request),
              service_id: service,
              interface: face,
              region_id: regionId ?? region ?? null,
              url,
              enabled: enabled ?? true,
              extra: JSON.stringify(extra),
            })
            .returning(ENDPOINT_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(row, request);
      },
    }),
    operation({
      name: 'get_endpoint',
      method: 'GET',
      path: '/v3/endpoints/{endpoint_id}',
      summary: 'Show an endpoint',
      success: 200,
      async handle(request) {
        const id = request.params['endpoint_id']!;
        return document(found(await getEndpoint(context.tables, id), 'endpoint', id), request);
      },
    }),
    operation({
      name: 'update_endpoint',
      method: 'PATCH',
      path: '/v3/endpoints/{endpoint_id}',
      summary: 'Change an endpoint',
      success: 200,
      body: Type.Object({
        endpoint: Type.Object({
          service_id: Type.Optional(Id),
          interface: Type.Optional(Interface),
          url: Type.Optional(Url),
          ...attributes,
        }),
      }),
      async handle(request) {
        const id = request.params['endpoint_id']!;
        const {
          service_id: service,
          interface: face,
          url,
          enabled,
          ...rest
        } = request.body.endpoint;
        const { region_id: regionId, region: regionName, ...extra } = rest;
        const region = regionId === undefined ? regionName : regionId;
        if (url !== undefined) checkUrl(url);
        const row = await context.change(async (tables) => {
          const old = found(await getEndpoint(tables, id), 'endpoint', id);
          if (service !== undefined) found(await getService(tables, service), 'service', service);
          await ensureRegion(tables, region);
          // A client that sends back what it was shown must not pin our own address.
          const shown = url === absoluteUrl(old.url, request.urlOf);
          return tables
            .updateTable('identity.endpoints')
            .set({
              ...(service === undefined ? {} : { service_id: service }),
              ...(face === undefined ? {} : { interface: face }),
              ...(url === undefined || shown ? {} : { url }),
              ...(enabled === undefined ? {} : { enabled }),
              ...(region === undefined ? {} : { region_id: region }),
              extra: JSON.stringify({ ...old.extra, ...extra, id: undefined }),
            })
            .where('id', '=', id)
            .returning(ENDPOINT_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(row, request);
      },
    }),
    operation({
      name: 'delete_endpoint',
      method: 'DELETE',
      path: '/v3/endpoints/{endpoint_id}',
      summary: 'Take an endpoint out of the catalog',
      success: 204,
      async handle(request) {
        const id = request.params['endpoint_id']!;
        await context.change(async (tables) => {
          found(await getEndpoint(tables, id), 'endpoint', id);
          await tables.deleteFrom('identity.endpoints').where('id', '=', id).execute();
        });
        return {};
      },
    }),
  ];
}
