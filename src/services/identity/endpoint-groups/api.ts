import { Type } from 'typebox';
import { newHexId } from '../../../core/ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { collection, found, links, text } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { Interface } from '../endpoints/rules.ts';
import { endpointView } from '../endpoints/view.ts';
import { operation } from '../policy/operation.ts';
import { Description, Id, nameOf, NullableId } from '../schemas.ts';
import {
  ENDPOINT_GROUP_COLUMNS,
  endpointsOfGroup,
  getEndpointGroup,
  type StoredEndpointGroup,
} from './model.ts';
import { endpointGroupView } from './view.ts';

const KIND = 'endpoint group';
const PATH = '/v3/OS-EP-FILTER/endpoint_groups';

const Filters = Type.Object(
  {
    service_id: Type.Optional(Id),
    region_id: Type.Optional(NullableId),
    interface: Type.Optional(Interface),
  },
  { additionalProperties: false, minProperties: 1 },
);

/** `/v3/OS-EP-FILTER/endpoint_groups`: endpoints that are alike, to be shown to projects together. */
export function endpointGroupOperations(context: IdentityContext): Operation[] {
  const document = (row: StoredEndpointGroup, request: OperationRequest) => ({
    body: { endpoint_group: endpointGroupView(row, request.serviceUrl) },
  });
  const show = (method: 'GET' | 'HEAD'): Operation =>
    operation({
      name: method === 'GET' ? 'get_endpoint_group' : 'check_endpoint_group',
      method,
      path: `${PATH}/{endpoint_group_id}`,
      summary: method === 'GET' ? 'Show an endpoint group' : 'Whether there is an endpoint group',
      success: 200,
      async handle(request) {
        const id = request.params['endpoint_group_id']!;
        return document(found(await getEndpointGroup(context.tables, id), KIND, id), request);
      },
    });

  return [
    operation({
      name: 'list_endpoint_groups',
      method: 'GET',
      path: PATH,
      summary: 'List endpoint groups',
      success: 200,
      handle: async (request) => ({
        body: await collection(
          request,
          'endpoint_groups',
          context.tables.selectFrom('identity.endpoint_groups').select(ENDPOINT_GROUP_COLUMNS),
          {
            table: 'identity.endpoint_groups',
            named: true,
            filters: { name: text('name') },
            view: endpointGroupView,
          },
        ),
      }),
    }),
    operation({
      name: 'create_endpoint_group',
      method: 'POST',
      path: PATH,
      summary: 'Create an endpoint group',
      success: 201,
      body: Type.Object({
        endpoint_group: Type.Object({
          name: nameOf(255),
          description: Type.Optional(Description),
          filters: Filters,
        }),
      }),
      async handle(request) {
        const { name, description, filters } = request.body.endpoint_group;
        const row = await context.change((tables) =>
          tables
            .insertInto('identity.endpoint_groups')
            .values({
              id: newHexId(),
              name,
              description: description ?? null,
              filters: JSON.stringify(filters),
            })
            .returning(ENDPOINT_GROUP_COLUMNS)
            .executeTakeFirstOrThrow(),
        );
        return document(row, request);
      },
    }),
    show('GET'),
    show('HEAD'),
    operation({
      name: 'update_endpoint_group',
      method: 'PATCH',
      path: `${PATH}/{endpoint_group_id}`,
      summary: 'Change an endpoint group',
      success: 200,
      body: Type.Object({
        endpoint_group: Type.Object({
          name: Type.Optional(nameOf(255)),
          description: Type.Optional(Description),
          filters: Type.Optional(Filters),
        }),
      }),
      async handle(request) {
        const id = request.params['endpoint_group_id']!;
        const { name, description, filters } = request.body.endpoint_group;
        const row = await context.change((tables) =>
          tables
            .updateTable('identity.endpoint_groups')
            .set({
              id,
              ...(name === undefined ? {} : { name }),
              ...(description === undefined ? {} : { description }),
              ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
            })
            .where('id', '=', id)
            .returning(ENDPOINT_GROUP_COLUMNS)
            .executeTakeFirst(),
        );
        return document(found(row, KIND, id), request);
      },
    }),
    operation({
      name: 'delete_endpoint_group',
      method: 'DELETE',
      path: `${PATH}/{endpoint_group_id}`,
      summary: 'Delete an endpoint group; projects no longer see its endpoints because of it',
      success: 204,
      async handle(request) {
        const id = request.params['endpoint_group_id']!;
        await context.change(async (tables) => {
          found(await getEndpointGroup(tables, id), KIND, id);
          await tables.deleteFrom('identity.endpoint_groups').where('id', '=', id).execute();
        });
        return {};
      },
    }),
    operation({
      name: 'list_endpoints_associated_with_endpoint_group',
      method: 'GET',
      path: `${PATH}/{endpoint_group_id}/endpoints`,
      summary: 'The endpoints of a group',
      success: 200,
      async handle(request) {
        const id = request.params['endpoint_group_id']!;
        found(await getEndpointGroup(context.tables, id), KIND, id);
        const rows = await endpointsOfGroup(context.tables, id);
        return {
          body: {
            endpoints: rows.map((row) => endpointView(row, request)),
            links: links(request),
          },
        };
      },
    }),
  ];
}
