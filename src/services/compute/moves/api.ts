import { Type } from 'typebox';
import { sql } from 'kysely';
import { badRequest, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { markerNotFound } from '../errors.ts';
import { instant, time } from '../instance_actions/api.ts';
import { has, since, type Feature } from '../microversions.ts';
import { policy } from '../policy.ts';
import { nextLink, pageOf } from '../paging.ts';
import { requireServer } from '../servers/model.ts';
import type { Move } from './model.ts';

/** A move with Nova's numbers of its flavors; null when a flavor has been deleted. */
interface Shown extends Move {
  readonly old_number: number | null;
  readonly new_number: number | null;
}

const view = (move: Shown, request: OperationRequest) => ({
  id: move.id,
  source_node: move.source_host,
  source_compute: move.source_host,
  dest_node: move.dest_host,
  dest_compute: move.dest_host,
  dest_host: null,
  status: move.status,
  instance_uuid: move.server_id,
  old_instance_type_id: move.old_number,
  new_instance_type_id: move.new_number,
  created_at: time(move.created_at),
  updated_at: time(move.updated_at),
  ...(has(request.microversion, 'moveType') ? { migration_type: move.type } : {}),
  ...(has(request.microversion, 'movePaging') ? { uuid: move.uuid } : {}),
  ...(has(request.microversion, 'moveOwner')
    ? { user_id: move.user_id, project_id: move.project_id }
    : {}),
});

/** Filters, and from when on they are there. */
const FILTERS: Readonly<
  Record<
    string,
    { readonly feature?: Feature; readonly fits: (move: Move, value: string) => boolean }
  >
> = {
  host: { fits: (move, host) => move.source_host === host || move.dest_host === host },
  source_compute: { fits: (move, host) => move.source_host === host },
  instance_uuid: { fits: (move, id) => move.server_id === id },
  status: { fits: (move, status) => move.status === status },
  migration_type: { fits: (move, type) => move.type === type },
  user_id: { feature: 'moveOwner', fits: (move, id) => move.user_id === id },
  project_id: { feature: 'moveOwner', fits: (move, id) => move.project_id === id },
};

/** https://docs.openstack.org/api-ref/compute/#migrations-os-migrations */
export function moveOperations({ database }: ComputeContext): Operation[] {
  const noneInProgress = async (request: OperationRequest): Promise<never> => {
    const { server_id: id = '', migration_id: number = '' } = request.params;
    await requireServer(database, request.caller, id);
    throw notFound(
      `In-progress live migration ${number.slice(0, 255)} is not found for server ${id}.`,
    );
  };
  const ofServer = { success: 200, since: since('moveType') } as const;
  return [
    operation({
      name: 'list_migrations',
      method: 'GET',
      path: '/v2.1/os-migrations',
      summary: 'Servers that moved to another flavor or host, the newest first',
      role: policy.role('os-migrations:index'),
      success: 200,
      query: Type.Object({
        ...Object.fromEntries(
          [...Object.keys(FILTERS), 'hidden', 'limit', 'marker'].map((name) => [
            name,
            Type.Optional(Type.String()),
          ]),
        ),
        'changes-since': Type.Optional(Type.String()),
        'changes-before': Type.Optional(Type.String()),
      }),
      async handle(request) {
        const { microversion, query } = request;
        const { rows } = await sql<Shown>`
          select m.*, o.number as old_number, n.number as new_number from compute.moves m
          left join compute.flavors o on o.id = m.old_flavor_id
          left join compute.flavors n on n.id = m.new_flavor_id
          order by m.id desc
        `.execute(database);
        const isPaged = has(microversion, 'movePaging');
        const from = isPaged ? instant(request, 'changes-since') : undefined;
        const to = has(microversion, 'moveChangesBefore')
          ? instant(request, 'changes-before')
          : undefined;
        if (from && to && to < from)
          throw badRequest(
            'The value of changes-since must be less than or equal to changes-before.',
          );
        const found = rows.filter(
          (move) =>
            Object.entries(FILTERS).every(([name, { feature, fits }]) => {
              const value = query[name]?.[0];
              return value === undefined || (feature && !has(microversion, feature))
                ? true
                : fits(move, value);
            }) &&
            (!from || move.updated_at >= from) &&
            (!to || move.updated_at <= to),
        );
        if (!isPaged) return { body: { migrations: found.map((move) => view(move, request)) } };
        const page = pageOf(query);
        const start =
          page.marker === undefined ? 0 : found.findIndex(({ uuid }) => uuid === page.marker) + 1;
        if (page.marker !== undefined && start === 0) throw markerNotFound(page.marker);
        const shown = found.slice(start, start + page.limit);
        return {
          body: {
            migrations: shown.map((move) => view(move, request)),
            ...nextLink(
              request,
              'migrations',
              page,
              shown.at(-1)?.uuid,
              start + shown.length < found.length,
            ),
          },
        };
      },
    }),
    operation({
      ...ofServer,
      name: 'list_server_migrations',
      role: policy.role('servers:migrations:index'),
      method: 'GET',
      path: '/v2.1/servers/{server_id}/migrations',
      summary: 'Live migrations under way: hosts of this cloud have none',
      async handle(request) {
        await requireServer(database, request.caller, request.params['server_id']!);
        return { body: { migrations: [] } };
      },
    }),
    operation({
      ...ofServer,
      name: 'show_server_migration',
      role: policy.role('servers:migrations:show'),
      method: 'GET',
      path: '/v2.1/servers/{server_id}/migrations/{migration_id}',
      summary: 'A live migration under way: there are none',
      handle: noneInProgress,
    }),
    operation({
      name: 'abort_server_migration',
      role: policy.role('servers:migrations:delete'),
      method: 'DELETE',
      path: '/v2.1/servers/{server_id}/migrations/{migration_id}',
      summary: 'End a live migration that is under way: there are none',
      success: 202,
      since: since('serverMigrationAbort'),
      handle: noneInProgress,
    }),
    operation({
      name: 'server_migration_action',
      role: policy.role('servers:migrations:force_complete'),
      method: 'POST',
      path: '/v2.1/servers/{server_id}/migrations/{migration_id}/action',
      summary: 'Make a live migration come to its end: there are none',
      success: 202,
      since: since('serverMigrationForce'),
      body: Type.Object({ force_complete: Type.Null() }, { additionalProperties: false }),
      handle: (request) => noneInProgress(request as OperationRequest),
    }),
  ];
}
