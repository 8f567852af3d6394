import { Type } from 'typebox';
import { badRequest, Fault, notFound } from '../../../core/errors.ts';
import type { ProviderUsage } from '../../placement/index.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { markerNotFound } from '../errors.ts';
import { has, until } from '../microversions.ts';
import { nextLink, pageOf } from '../paging.ts';
import type { Host } from '../hosts/directory.ts';
import { serversByHost } from '../hosts/model.ts';
import { uptimeOf, versionNumber } from '../hosts/rules.ts';

const idOf = (host: Host, request: OperationRequest) =>
  has(request.microversion, 'hostUuids') ? host.id : host.number;

const summary = (host: Host, request: OperationRequest) => ({
  id: idOf(host, request),
  hypervisor_hostname: host.name,
  state: host.up ? 'up' : 'down',
  status: host.disabled ? 'disabled' : 'enabled',
});

/** As Nova's drivers call themselves. */
const HYPERVISOR_TYPES = { docker: 'docker', qemu: 'QEMU', fake: 'fake' } as const;

/** Numbers of one host; what is taken is what placement has given away. */
function numbersOf(host: Host, provider: ProviderUsage | undefined) {
  const { live } = host;
  const used = (name: string) => provider?.inventories[name]?.used ?? 0;
  const [memory, disk] = [live?.memory_mb ?? 0, live?.disk_gb ?? 0];
  const reserved = provider?.inventories['MEMORY_MB']?.reserved ?? 0;
  return {
    vcpus: live?.vcpus ?? 0,
    vcpus_used: used('VCPU'),
    memory_mb: memory,
    memory_mb_used: used('MEMORY_MB') + reserved,
    free_ram_mb: memory - used('MEMORY_MB') - reserved,
    local_gb: disk,
    local_gb_used: used('DISK_GB'),
    free_disk_gb: disk - used('DISK_GB'),
    disk_available_least: live?.usage['free_disk_gb'] ?? 0,
    running_vms: live?.usage['running'] ?? 0,
    current_workload: 0,
  };
}

function view(host: Host, provider: ProviderUsage | undefined, request: OperationRequest) {
  const { live } = host;
  const cpu = { arch: live?.architecture ?? '', model: '', vendor: '', features: [], topology: {} };
  const figures = has(request.microversion, 'hypervisorFigures');
  return {
    ...summary(host, request),
    ...(figures ? numbersOf(host, provider) : {}),
    ...(has(request.microversion, 'hypervisorUptimeInline')
      ? { uptime: (host.up && live && uptimeOf(live, new Date())) || null }
      : {}),
    host_ip: live?.addresses['host_ip'] ?? null,
    hypervisor_type: HYPERVISOR_TYPES[live?.driver ?? 'docker'],
    hypervisor_version: versionNumber(live?.hypervisor_version ?? ''),
    ...(figures
      ? { cpu_info: has(request.microversion, 'cpuInfoObject') ? cpu : JSON.stringify(cpu) }
      : {}),
    service: {
      id: has(request.microversion, 'hostUuids') ? host.service_id : host.number,
      host: host.name,
      disabled_reason: host.disabled_reason,
    },
  };
}

/** https://docs.openstack.org/api-ref/compute/#hypervisors-os-hypervisors */
export function hypervisorOperations({ database, hosts, placement }: ComputeContext): Operation[] {
  const query = Type.Object({
    limit: Type.Optional(Type.String()),
    marker: Type.Optional(Type.String()),
    hypervisor_hostname_pattern: Type.Optional(Type.String()),
    with_servers: Type.Optional(Type.Boolean()),
  });
  const providers = async () =>
    new Map(
      (await placement.providersWithUsage(database)).map((provider) => [provider.id, provider]),
    );
  const matching = (all: readonly Host[], pattern: string): Host[] => {
    const found = all.filter(({ name }) => name.includes(pattern));
    if (found.length === 0)
      throw notFound(`No hypervisor matching '${pattern.slice(0, 255)}' could be found.`);
    return found;
  };
  const page = async (request: OperationRequest) => {
    const all = await hosts.list(database);
    const pattern = has(request.microversion, 'hostUuids')
      ? request.query['hypervisor_hostname_pattern']?.[0]
      : undefined;
    if (pattern !== undefined && (request.query['limit'] || request.query['marker']))
      throw badRequest(
        'Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported.',
      );
    if (pattern !== undefined) return { shown: matching(all, pattern), links: {} };
    if (!has(request.microversion, 'hypervisorPaging')) return { shown: all, links: {} };
    const wanted = pageOf(request.query);
    const start =
      wanted.marker === undefined
        ? 0
        : all.findIndex((host) => String(idOf(host, request)) === wanted.marker) + 1;
    if (wanted.marker !== undefined && start === 0) throw markerNotFound(wanted.marker);
    const shown = all.slice(start, start + wanted.limit);
    const isFull = start + shown.length < all.length;
    const last = shown.at(-1);
    return {
      shown,
      links: nextLink(request, 'hypervisors', wanted, last && String(idOf(last, request)), isFull),
    };
  };
  const withServers = async (
    request: OperationRequest,
    list: readonly Host[],
    documents: object[],
  ) => {
    if (
      !has(request.microversion, 'hostUuids') ||
      !/^(true|1)$/i.test(request.query['with_servers']?.[0] ?? '')
    )
      return documents;
    const servers = await serversByHost(database);
    return documents.map((document, index) => {
      const own =
        servers.get(list[index]!.name) ??
        (has(request.microversion, 'hypervisorServersAlways') ? [] : undefined);
      return own
        ? { ...document, servers: own.map(({ id, name }) => ({ uuid: id, name })) }
        : document;
    });
  };
  const find = async (request: OperationRequest): Promise<Host> => {
    const id = request.params['hypervisor_id']!;
    const host = (await hosts.list(database)).find((one) => String(idOf(one, request)) === id);
    if (!host) throw notFound(`Hypervisor with ID '${id.slice(0, 255)}' could not be found.`);
    return host;
  };
  const common = { success: 200, method: 'GET' } as const;

  return [
    operation({
      ...common,
      name: 'list_hypervisors',
      role: policy.role('os-hypervisors'),
      path: '/v2.1/os-hypervisors',
      summary: 'Hosts in short',
      query,
      async handle(request) {
        const { shown, links } = await page(request);
        const documents = shown.map((host) => summary(host, request));
        return { body: { hypervisors: await withServers(request, shown, documents), ...links } };
      },
    }),
    operation({
      ...common,
      name: 'list_hypervisors_detail',
      role: policy.role('os-hypervisors'),
      path: '/v2.1/os-hypervisors/detail',
      summary: 'Hosts, what they have and what is taken of it',
      query,
      async handle(request) {
        const { shown, links } = await page(request);
        const usage = await providers();
        const documents = shown.map((host) => view(host, usage.get(host.id), request));
        return { body: { hypervisors: await withServers(request, shown, documents), ...links } };
      },
    }),
    operation({
      ...common,
      name: 'show_hypervisor_statistics',
      role: policy.role('os-hypervisors'),
      path: '/v2.1/os-hypervisors/statistics',
      summary: 'Sums over all hosts',
      until: until('hypervisorFigures'),
      async handle() {
        const usage = await providers();
        const all = (await hosts.list(database)).filter(({ disabled }) => !disabled);
        const sums: Record<string, number> = { count: all.length };
        for (const host of all)
          for (const [name, value] of Object.entries(numbersOf(host, usage.get(host.id))))
            sums[name] = (sums[name] ?? 0) + value;
        return { body: { hypervisor_statistics: sums } };
      },
    }),
    operation({
      ...common,
      name: 'show_hypervisor',
      role: policy.role('os-hypervisors'),
      path: '/v2.1/os-hypervisors/{hypervisor_id}',
      summary: 'One host',
      query,
      async handle(request) {
        const host = await find(request);
        const document = view(host, (await providers()).get(host.id), request);
        const [complete] = await withServers(request, [host], [document]);
        return { body: { hypervisor: complete } };
      },
    }),
    operation({
      ...common,
      name: 'show_hypervisor_uptime',
      role: policy.role('os-hypervisors'),
      path: '/v2.1/os-hypervisors/{hypervisor_id}/uptime',
      summary: "How long a host's machine has been up, and its load",
      until: until('hypervisorFigures'),
      async handle(request) {
        const host = await find(request);
        if (!host.up || !host.live)
          throw badRequest(`Compute host ${host.name} could not be contacted: it is down.`);
        const uptime = uptimeOf(host.live, new Date());
        if (uptime === undefined)
          throw new Fault('notImplemented', 'Virt driver does not implement uptime function.');
        return { body: { hypervisor: { ...summary(host, request), uptime } } };
      },
    }),
    operation({
      ...common,
      name: 'search_hypervisors',
      role: policy.role('os-hypervisors'),
      path: '/v2.1/os-hypervisors/{hypervisor_id}/search',
      summary: 'Hosts by a part of their name',
      until: until('hypervisorSearchPaths'),
      async handle(request) {
        const found = matching(await hosts.list(database), request.params['hypervisor_id']!);
        return { body: { hypervisors: found.map((host) => summary(host, request)) } };
      },
    }),
    operation({
      ...common,
      name: 'list_hypervisor_servers',
      role: policy.role('os-hypervisors'),
      path: '/v2.1/os-hypervisors/{hypervisor_id}/servers',
      summary: 'Hosts by a part of their name, with their servers',
      until: until('hypervisorSearchPaths'),
      async handle(request) {
        const found = matching(await hosts.list(database), request.params['hypervisor_id']!);
        const servers = await serversByHost(database);
        return {
          body: {
            hypervisors: found.map((host) => ({
              ...summary(host, request),
              ...(servers.has(host.name)
                ? { servers: servers.get(host.name)!.map(({ id, name }) => ({ uuid: id, name })) }
                : {}),
            })),
          },
        };
      },
    }),
  ];
}
