import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { markerNotFound } from '../errors.ts';
import { has } from '../microversions.ts';
import { nextLink, pageOf } from '../paging.ts';
import { requireServer } from '../servers/model.ts';
import { hostIdOf } from '../servers/host-view.ts';
import {
  findAction,
  listActions,
  listEvents,
  type InstanceAction,
  type InstanceEvent,
} from './model.ts';

/** Naive and with microseconds, as Nova prints the times of actions. */
export const time = (value: Date | null): string | null =>
  value && value.toISOString().slice(0, 23) + '000';

const view = (action: InstanceAction, request: OperationRequest) => ({
  action: action.action,
  instance_uuid: action.server_id,
  request_id: action.request_id,
  project_id: action.project_id,
  user_id: action.user_id,
  start_time: time(action.started_at),
  message: action.message,
  ...(has(request.microversion, 'actionPaging') ? { updated_at: time(action.updated_at) } : {}),
});

function eventView(event: InstanceEvent, projectId: string, request: OperationRequest) {
  const seesWhere = policy.allows('os-instance-actions:events', request.caller, {});
  const seesWhy = policy.allows('os-instance-actions:events:details', request.caller, {});
  return {
    event: event.event,
    start_time: time(event.started_at),
    finish_time: time(event.finished_at),
    result: event.result,
    // Since 2.51 others than administrators see events, but not where and why something failed.
    ...(seesWhere || !has(request.microversion, 'actionEventsForAll')
      ? { traceback: event.details }
      : {}),
    ...(seesWhy && has(request.microversion, 'actionEventDetails')
      ? { details: event.result === 'Error' ? event.details : null }
      : {}),
    ...(has(request.microversion, 'actionEventHosts')
      ? {
          hostId: event.host === null ? '' : hostIdOf(projectId, event.host),
          ...(seesWhere ? { host: event.host } : {}),
        }
      : {}),
  };
}

export const instant = (request: OperationRequest, name: string): Date | undefined => {
  const text = request.query[name]?.[0];
  if (text === undefined) return undefined;
  const value = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(value.getTime()))
    throw badRequest(
      `Invalid input for query parameters ${name}. Value: ${text.slice(0, 100)}. It must be a date and time of ISO 8601.`,
    );
  return value;
};

/** https://docs.openstack.org/api-ref/compute/#servers-actions-servers-os-instance-actions */
export function instanceActionOperations({ database }: ComputeContext): Operation[] {
  const find = (request: OperationRequest) =>
    requireServer(database, request.caller, request.params['server_id']!, {
      deleted: has(request.microversion, 'deletedServerActions'),
    });
  return [
    operation({
      name: 'list_instance_actions',
      method: 'GET',
      path: '/v2.1/servers/{server_id}/os-instance-actions',
      summary: 'What was ordered of a server',
      role: policy.role('os-instance-actions:list'),
      success: 200,
      query: Type.Object({
        limit: Type.Optional(Type.String()),
        marker: Type.Optional(Type.String()),
        'changes-since': Type.Optional(Type.String()),
        'changes-before': Type.Optional(Type.String()),
      }),
      async handle(request) {
        const server = await find(request);
        let actions = await listActions(database, server.id);
        if (!has(request.microversion, 'actionPaging'))
          return { body: { instanceActions: actions.map((action) => view(action, request)) } };
        const since = instant(request, 'changes-since');
        const before = has(request.microversion, 'actionChangesBefore')
          ? instant(request, 'changes-before')
          : undefined;
        actions = actions.filter(
          ({ updated_at: changed }) =>
            (!since || changed >= since) && (!before || changed <= before),
        );
        const page = pageOf(request.query);
        const start =
          page.marker === undefined
            ? 0
            : actions.findIndex(({ request_id: id }) => id === page.marker) + 1;
        if (page.marker !== undefined && start === 0) throw markerNotFound(page.marker);
        const shown = actions.slice(start, start + page.limit);
        const isFull = start + shown.length < actions.length;
        return {
          body: {
            instanceActions: shown.map((action) => view(action, request)),
            ...nextLink(request, '', page, shown.at(-1)?.request_id, isFull),
          },
        };
      },
    }),
    operation({
      name: 'show_instance_action',
      method: 'GET',
      path: '/v2.1/servers/{server_id}/os-instance-actions/{request_id}',
      summary: 'What was ordered of a server, and how it went',
      role: policy.role('os-instance-actions:show'),
      success: 200,
      async handle(request) {
        const server = await find(request);
        const requestId = request.params['request_id']!;
        const action = await findAction(database, server.id, requestId);
        if (!action)
          throw notFound(
            `Action for request_id ${requestId.slice(0, 255)} on instance ${server.id} not found`,
          );
        const withEvents =
          policy.allows('os-instance-actions:events', request.caller, {}) ||
          has(request.microversion, 'actionEventsForAll');
        const events = withEvents ? await listEvents(database, server.id, requestId) : [];
        return {
          body: {
            instanceAction: {
              ...view(action, request),
              ...(withEvents
                ? { events: events.map((event) => eventView(event, server.project_id, request)) }
                : {}),
            },
          },
        };
      },
    }),
  ];
}
