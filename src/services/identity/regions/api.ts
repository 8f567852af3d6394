import { Type, type Static } from 'typebox';
import { badRequest, conflict, forbidden } from '../../../core/errors.ts';
import { newHexId } from '../../../core/ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { deleteLimitsOf } from '../registered-limits/model.ts';
import { Description, Id, NullableId } from '../schemas.ts';
import { getRegion, REGION_COLUMNS, type StoredRegion } from './model.ts';

const attributes = {
  description: Type.Optional(Description),
  parent_region_id: Type.Optional(NullableId),
};

const view = (row: StoredRegion, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  description: row.description,
  parent_region_id: row.parent_region_id,
  links: { self: `${serviceUrl}/v3/regions/${encodeURIComponent(row.id)}` },
});

const Body = Type.Object({ region: Type.Object({ id: Type.Optional(Id), ...attributes }) });

/** Fails when the parent is missing, or below the region itself. */
async function checkParent(
  tables: Tables,
  id: string,
  parent: string | null | undefined,
): Promise<void> {
  for (let next = parent, levels = 0; next != null; levels++) {
    if (next === id || levels > 64) {
      throw badRequest(`Region ${id} cannot have ${parent} as its parent: that one is below it.`);
    }
    const row: StoredRegion = found(await getRegion(tables, next), 'region', next);
    next = row.parent_region_id;
  }
}

/** `/v3/regions`. */
export function regionOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredRegion, request: OperationRequest) => ({
    body: { region: view(row, request.serviceUrl) },
  });

  const create = async (given: Static<typeof Body>['region'], request: OperationRequest) => {
    const { id = newHexId(), description, parent_region_id: parent, ...extra } = given;
    const change = context.change(async (tables) => {
      await checkParent(tables, id, parent);
      return tables
        .insertInto('identity.regions')
        .values({
          id,
          parent_region_id: parent ?? null,
          description: description ?? '',
          extra: JSON.stringify(extra),
        })
        .returning(REGION_COLUMNS)
        .executeTakeFirstOrThrow();
    });
    return document(await unlessDuplicate(change, 'regions_pkey', 'region', `ID ${id}.`), request);
  };

  return [
    operation({
      name: 'list_regions',
      method: 'GET',
      path: '/v3/regions',
      summary: 'List regions',
      success: 200,
      handle: async (request) => ({
        body: await collection(
          request,
          'regions',
          context.tables.selectFrom('identity.regions').select(REGION_COLUMNS),
          {
            table: 'identity.regions',
            named: false,
            filters: { parent_region_id: text('parent_region_id') },
            view,
          },
        ),
      }),
    }),
    operation({
      name: 'create_region',
      method: 'POST',
      path: '/v3/regions',
      summary: 'Create a region',
      success: 201,
      body: Body,
      handle: (request) => create(request.body.region, request),
    }),
    operation({
      name: 'create_region_with_id',
      method: 'PUT',
      path: '/v3/regions/{region_id}',
      summary: 'Create a region with the id in the path',
      success: 201,
      body: Body,
      async handle(request) {
        const id = request.params['region_id']!;
        const { region } = request.body;
        if (region.id !== undefined && region.id !== id) {
          throw badRequest(`Conflicting region IDs specified: ${region.id} is not ${id}.`);
        }
        return create({ ...region, id }, request);
      },
    }),
    operation({
      name: 'get_region',
      method: 'GET',
      path: '/v3/regions/{region_id}',
      summary: 'Show a region',
      success: 200,
      async handle(request) {
        const id = request.params['region_id']!;
        return document(found(await getRegion(context.tables, id), 'region', id), request);
      },
    }),
    operation({
      name: 'update_region',
      method: 'PATCH',
      path: '/v3/regions/{region_id}',
      summary: 'Change a region',
      success: 200,
      body: Type.Object({ region: Type.Object(attributes) }),
      async handle(request) {
        const id = request.params['region_id']!;
        const { description, parent_region_id: parent, ...extra } = request.body.region;
        const row = await context.change(async (tables) => {
          const old = found(await getRegion(tables, id), 'region', id);
          await checkParent(tables, id, parent);
          return tables
            .updateTable('identity.regions')
            .set({
              ...(description === undefined ? {} : { description: description ?? '' }),
              ...(parent === undefined ? {} : { parent_region_id: parent }),
              extra: JSON.stringify({ ...old.extra, ...extra, id: undefined }),
            })
            .where('id', '=', id)
            .returning(REGION_COLUMNS)
            .executeTakeFirstOrThrow();
        });
        return document(row, request);
      },
    }),
    operation({
      name: 'delete_region',
      method: 'DELETE',
      path: '/v3/regions/{region_id}',
      summary: 'Delete a region that nothing stands in',
      success: 204,
      async handle(request) {
        const id = request.params['region_id']!;
        await context.change(async (tables) => {
          found(await getRegion(tables, id), 'region', id);
          const endpoint = await tables
            .selectFrom('identity.endpoints')
            .select('id')
            .where('region_id', '=', id)
            .executeTakeFirst();
          if (endpoint)
            throw conflict(`Region ${id} is in use by endpoint ${endpoint.id}: delete it first.`);
          const child = await tables
            .selectFrom('identity.regions')
            .select('id')
            .where('parent_region_id', '=', id)
            .executeTakeFirst();
          if (child)
            throw forbidden(
              `Unable to delete region ${id} because it or its child regions have associated endpoints or regions: ${child.id}.`,
            );
          await deleteLimitsOf(tables, 'region_id', id);
          await tables.deleteFrom('identity.regions').where('id', '=', id).execute();
        });
        return {};
      },
    }),
  ];
}
