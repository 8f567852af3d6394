import { Type } from 'typebox';
import { badRequest, Fault, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import { loadAggregates } from '../aggregates/model.ts';
import { zoneOfHost } from '../aggregates/rules.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import type { Host } from '../hosts/directory.ts';
import { updateHostRow } from '../hosts/model.ts';
import { until } from '../microversions.ts';
import { tablesOf } from '../tables.ts';

/** Nova's zone of whatever is not a host for servers. */
const INTERNAL_ZONE = 'internal';

const Switch = Type.Union([
  Type.String({ pattern: '^\\s*(?:[Ee]nable|[Dd]isable|ENABLE|DISABLE)\\s*$' }),
  Type.Null(),
]);

/** What servers of one project, or all of them, have been promised on a host. */
interface Share {
  readonly project: string;
  readonly cpu: number;
  readonly memory_mb: number;
  readonly disk_gb: number;
}

/**
 * Hosts as they were asked for until 2.42; since then hypervisors and services tell the same.
 * https://docs.openstack.org/api-ref/compute/#hosts-os-hosts-deprecated
 */
export function osHostOperations(context: ComputeContext): Operation[] {
  const { database, hosts, configuration } = context;
  const common = { success: 200, until: until('osHosts') } as const;
  const find = async (request: OperationRequest): Promise<Host> => {
    const name = request.params['host_name']!;
    const host = (await hosts.list(database)).find((one) => one.name === name);
    if (!host) throw notFound(`Compute host ${name.slice(0, 255)} could not be found.`);
    return host;
  };
  const sharesOn = async (name: string): Promise<Share[]> => {
    const servers = await tablesOf(database)
      .selectFrom('compute.servers')
      .select(['project_id', 'flavor'])
      .where('host', '=', name)
      .where('deleted_at', 'is', null)
      .execute();
    const shares = new Map<string, Share>();
    for (const { project_id: project, flavor } of servers) {
      const before = shares.get(project) ?? { project, cpu: 0, memory_mb: 0, disk_gb: 0 };
      shares.set(project, {
        project,
        cpu: before.cpu + flavor.vcpus,
        memory_mb: before.memory_mb + flavor.memoryMb,
        disk_gb: before.disk_gb + flavor.rootGb + flavor.ephemeralGb,
      });
    }
    return [...shares.values()];
  };
  const sumOf = (project: string, shares: readonly Share[]): Share => ({
    project,
    cpu: shares.reduce((sum, share) => sum + share.cpu, 0),
    memory_mb: shares.reduce((sum, share) => sum + share.memory_mb, 0),
    disk_gb: shares.reduce((sum, share) => sum + share.disk_gb, 0),
  });
  return [
    operation({
      ...common,
      name: 'list_hosts',
      role: policy.role('os-hosts'),
      method: 'GET',
      path: '/v2.1/os-hosts',
      summary: 'Hosts by service and zone',
      query: Type.Object({ zone: Type.Optional(Type.String()) }),
      async handle(request) {
        const wanted = request.query['zone']?.[0];
        const aggregates = await loadAggregates(database);
        const all = [
          ...(await hosts.list(database)).map(({ name }) => ({
            host_name: name,
            service: 'compute',
            zone: zoneOfHost(aggregates, name),
          })),
          // This process is both.
          ...['conductor', 'scheduler'].map((service) => ({
            host_name: configuration.host,
            service,
            zone: INTERNAL_ZONE,
          })),
        ];
        return { body: { hosts: all.filter(({ zone }) => !wanted || zone === wanted) } };
      },
    }),
    operation({
      ...common,
      name: 'show_host',
      role: policy.role('os-hosts'),
      method: 'GET',
      path: '/v2.1/os-hosts/{host_name}',
      summary: 'What a host has, and which project has how much of it',
      async handle(request) {
        const host = await find(request);
        const shares = await sharesOn(host.name);
        const total = {
          project: '(total)',
          cpu: host.live?.vcpus ?? 0,
          memory_mb: host.live?.memory_mb ?? 0,
          disk_gb: host.live?.disk_gb ?? 0,
        };
        const all = [total, sumOf('(used_now)', shares), sumOf('(used_max)', shares), ...shares];
        return {
          body: { host: all.map((share) => ({ resource: { host: host.name, ...share } })) },
        };
      },
    }),
    operation({
      ...common,
      name: 'update_host',
      role: policy.role('os-hosts'),
      method: 'PUT',
      path: '/v2.1/os-hosts/{host_name}',
      summary: 'Let a host take servers, or no more',
      body: Type.Object(
        { status: Type.Optional(Switch), maintenance_mode: Type.Optional(Switch) },
        { additionalProperties: false },
      ),
      async handle(request) {
        const { status, maintenance_mode: maintenance } = request.body;
        if (typeof status !== 'string' && typeof maintenance !== 'string')
          throw badRequest("Invalid input: 'status' or 'maintenance_mode' needed for host update");
        const host = await find(request as OperationRequest);
        if (typeof maintenance === 'string')
          throw new Fault(
            'notImplemented',
            'Virt driver does not implement host maintenance mode: disable the service instead.',
          );
        const disabled = status!.trim().toLowerCase() === 'disable';
        await updateHostRow(database, host.name, { disabled, disabled_reason: null });
        await hosts.refresh();
        return { body: { host: host.name, status: disabled ? 'disabled' : 'enabled' } };
      },
    }),
    ...['startup', 'shutdown', 'reboot'].map((action) =>
      operation({
        ...common,
        name: `${action}_host`,
        role: policy.role('os-hosts'),
        method: 'GET',
        path: `/v2.1/os-hosts/{host_name}/${action}`,
        summary: `${action} of a host's machine: no driver does it`,
        async handle(request) {
          await find(request);
          throw new Fault('notImplemented', `Virt driver does not implement host ${action}.`);
        },
      }),
    ),
  ];
}
