import { Type, type Static } from 'typebox';
import { badRequest, conflict, notFound } from '../../../core/errors.ts';
import { transact, violatedConstraint } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { loadAggregates, type Aggregate } from '../aggregates/model.ts';
import { zoneOfHost } from '../aggregates/rules.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { has, since, until } from '../microversions.ts';
import type { Host } from '../hosts/directory.ts';
import { deleteHostRow, hasServers, updateHostRow } from '../hosts/model.ts';

/** The one kind of service that Nova knows and that runs apart here: the agent of a host. */
const BINARY = 'nova-compute';

/** When the host was heard last; naive and with microseconds, as Nova prints this one. */
const heard = (host: Host): string =>
  new Date(host.live ? host.live.heartbeat * 1000 : host.updated_at).toISOString().slice(0, 23) +
  '000';

const view = (host: Host, aggregates: readonly Aggregate[], request: OperationRequest) => ({
  id: has(request.microversion, 'hostUuids') ? host.service_id : host.number,
  binary: BINARY,
  host: host.name,
  zone: zoneOfHost(aggregates, host.name),
  status: host.disabled ? 'disabled' : 'enabled',
  state: host.up ? 'up' : 'down',
  updated_at: heard(host),
  disabled_reason: host.disabled_reason,
  ...(has(request.microversion, 'forcedDown') ? { forced_down: host.forced_down } : {}),
});

const Reason = Type.String({ minLength: 1, maxLength: 255 });
const Named = {
  host: Type.String({ minLength: 1, maxLength: 255 }),
  binary: Type.String({ minLength: 1, maxLength: 255 }),
};
const ServiceChange = Type.Object(
  {
    status: Type.Optional(Type.Union([Type.Literal('enabled'), Type.Literal('disabled')])),
    disabled_reason: Type.Optional(Reason),
    forced_down: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

/** https://docs.openstack.org/api-ref/compute/#compute-services-os-services */
export function serviceOperations({ database, hosts, placement }: ComputeContext): Operation[] {
  const common = { success: 200 } as const;
  const named = async (body: { host: string; binary: string }): Promise<Host> => {
    const host = (await hosts.list(database)).find(({ name }) => name === body.host);
    if (!host || body.binary !== BINARY)
      throw notFound(`Could not find binary ${body.binary} on host ${body.host}.`);
    return host;
  };
  const find = async (request: OperationRequest): Promise<Host> => {
    const id = request.params['service_id']!;
    const host = (await hosts.list(database)).find((one) =>
      has(request.microversion, 'hostUuids') ? one.service_id === id : String(one.number) === id,
    );
    if (!host) throw notFound(`Service ${id.slice(0, 255)} could not be found.`);
    return host;
  };
  const change = async (host: Host, values: Parameters<typeof updateHostRow>[2]) => {
    await updateHostRow(database, host.name, values);
    await hosts.refresh();
  };
  /** A request of the time before 2.53, which names host and binary in its body. */
  const old = (
    verb: string,
    summary: string,
    more: Record<string, ReturnType<typeof Type.Optional> | typeof Reason>,
    values: (body: Record<string, unknown>) => Parameters<typeof updateHostRow>[2],
    reply: (body: Record<string, unknown>) => object,
    since?: string,
  ): Operation =>
    operation({
      ...common,
      name: `${verb.replaceAll('-', '_')}_service`,
      role: policy.role('os-services:update'),
      method: 'PUT',
      path: `/v2.1/os-services/${verb}`,
      summary,
      until: until('hypervisorSearchPaths'),
      ...(since ? { since } : {}),
      body: Type.Object({ ...Named, ...more }, { additionalProperties: false }),
      async handle(request) {
        const body = request.body as { host: string; binary: string } & Record<string, unknown>;
        await change(await named(body), values(body));
        return { body: { service: { host: body.host, binary: body.binary, ...reply(body) } } };
      },
    });

  return [
    operation({
      ...common,
      name: 'list_services',
      role: policy.role('os-services:list'),
      method: 'GET',
      path: '/v2.1/os-services',
      summary: "Hosts' agents and whether they live",
      query: Type.Object({
        host: Type.Optional(Type.String()),
        binary: Type.Optional(Type.String()),
      }),
      async handle(request) {
        const [host, binary] = [request.query['host']?.[0], request.query['binary']?.[0]];
        const found = (await hosts.list(database)).filter(
          ({ name }) => (!host || name === host) && (!binary || binary === BINARY),
        );
        const aggregates = await loadAggregates(database);
        return { body: { services: found.map((one) => view(one, aggregates, request)) } };
      },
    }),
    old(
      'enable',
      'Let a host take servers',
      {},
      () => ({ disabled: false, disabled_reason: null }),
      () => ({ status: 'enabled' }),
    ),
    old(
      'disable',
      'Let a host take no more servers',
      {},
      () => ({ disabled: true, disabled_reason: null }),
      () => ({ status: 'disabled' }),
    ),
    old(
      'disable-log-reason',
      'Let a host take no more servers, and say why',
      { disabled_reason: Reason },
      (body) => ({ disabled: true, disabled_reason: String(body['disabled_reason']) }),
      (body) => ({ status: 'disabled', disabled_reason: body['disabled_reason'] }),
    ),
    old(
      'force-down',
      'Declare a host down, or no longer',
      { forced_down: Type.Optional(Type.Boolean()) },
      (body) => ({ forced_down: body['forced_down'] !== false }),
      (body) => ({ forced_down: body['forced_down'] !== false }),
      '2.11',
    ),
    operation({
      ...common,
      name: 'update_service',
      role: policy.role('os-services:update'),
      method: 'PUT',
      path: '/v2.1/os-services/{service_id}',
      summary: 'Enable, disable or declare down',
      since: since('hostUuids'),
      body: ServiceChange,
      async handle(request) {
        const host = await find(request);
        const body: Static<typeof ServiceChange> = request.body;
        if (Object.keys(body).length === 0)
          throw badRequest(
            'No updates were requested. Fields status, disabled_reason, forced_down are possible.',
          );
        if (body.disabled_reason !== undefined && body.status !== 'disabled')
          throw badRequest('Specifying disabled_reason requires that status is "disabled".');
        await change(host, {
          ...(body.status === undefined
            ? {}
            : {
                disabled: body.status === 'disabled',
                disabled_reason: body.disabled_reason ?? null,
              }),
          ...(body.forced_down === undefined ? {} : { forced_down: body.forced_down }),
        });
        const aggregates = await loadAggregates(database);
        return { body: { service: view(await find(request), aggregates, request) } };
      },
    }),
    operation({
      ...common,
      name: 'delete_service',
      role: policy.role('os-services:delete'),
      method: 'DELETE',
      path: '/v2.1/os-services/{service_id}',
      summary: 'Forget a host that is gone',
      success: 204,
      async handle(request) {
        const host = await find(request);
        if (host.up)
          throw conflict(
            `Host ${host.name} is up and would come back at once: stop its agent first.`,
          );
        await transact(database, async (transaction) => {
          if (await hasServers(transaction, host.name))
            throw conflict(
              'Unable to delete compute service that is hosting instances. Migrate or delete the instances first.',
            );
          await deleteHostRow(transaction, host.name);
          await placement.removeProvider(transaction, host.id);
        }).catch((error: unknown) => {
          if (violatedConstraint(error) !== 'allocations_inventory_fkey') throw error;
          throw conflict(
            `Unable to delete compute service: something of resource provider ${host.id} is still allocated; delete its allocations first.`,
          );
        });
        hosts.forget(host.name);
        return {};
      },
    }),
  ];
}
