import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy, requirePolicy } from '../policy.ts';
import { markerNotFound } from '../errors.ts';
import { has } from '../microversions.ts';
import { LARGEST_PAGE, nextLink, pageOf } from '../paging.ts';
import { usageOf, type ProjectUsage, type UsedServer } from './rules.ts';

const naive = (time: Date): string => time.toISOString().slice(0, 23) + '000';

function instant(request: OperationRequest, name: string): Date | undefined {
  const text = request.query[name]?.[0];
  if (text === undefined) return undefined;
  const value = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(value.getTime()))
    throw badRequest(`Datetime is in invalid format: ${name}=${text.slice(0, 100)}`);
  return value;
}

/** From when until when; four weeks until now by default. */
function period(request: OperationRequest): { start: Date; end: Date } {
  const now = new Date();
  const asked = instant(request, 'end') ?? now;
  // Nobody has used anything yet of what is to come.
  const end = asked > now ? now : asked;
  const start = instant(request, 'start') ?? new Date(end.getTime() - 28 * 86_400_000);
  if (start > end)
    throw badRequest('Invalid start time. The start time cannot occur after the end time.');
  return { start, end };
}

function view(usage: ProjectUsage, start: Date, end: Date, detailed: boolean) {
  return {
    tenant_id: usage.projectId,
    start: naive(start),
    stop: naive(end),
    total_hours: usage.hours,
    total_vcpus_usage: usage.vcpuHours,
    total_memory_mb_usage: usage.memoryHours,
    total_local_gb_usage: usage.diskHours,
    ...(detailed
      ? {
          server_usages: usage.servers.map((server) => ({
            instance_id: server.id,
            name: server.name,
            tenant_id: usage.projectId,
            flavor: server.flavor.name,
            vcpus: server.flavor.vcpus,
            memory_mb: server.flavor.memoryMb,
            local_gb: server.flavor.rootGb + server.flavor.ephemeralGb,
            hours: server.hours,
            state: server.deleted_at === null ? server.vm_state : 'terminated',
            started_at: naive(server.started),
            ended_at: server.deleted_at && naive(server.deleted_at),
            uptime: Math.floor(
              ((server.deleted_at ?? end).getTime() - server.started.getTime()) / 1000,
            ),
          })),
        }
      : {}),
  };
}

/** https://docs.openstack.org/api-ref/compute/#usage-reports-os-simple-tenant-usage */
export function usageOperations({ database }: ComputeContext): Operation[] {
  const query = Type.Object({
    start: Type.Optional(Type.String()),
    end: Type.Optional(Type.String()),
    detailed: Type.Optional(Type.String()),
    limit: Type.Optional(Type.String()),
    marker: Type.Optional(Type.String()),
  });
  const requireMarker = async (marker: string): Promise<void> => {
    const { rows } = await sql`select 1 from compute.servers where id::text = ${marker}`.execute(
      database,
    );
    if (rows.length === 0) throw markerNotFound(marker);
  };
  const load = async (request: OperationRequest, projectId: string | undefined) => {
    const { start, end } = period(request);
    const page = has(request.microversion, 'usagePaging') ? pageOf(request.query) : undefined;
    const ofProject = projectId === undefined ? sql`` : sql`and project_id = ${projectId}`;
    if (page?.marker !== undefined) await requireMarker(page.marker);
    const behind =
      page?.marker === undefined
        ? sql``
        : sql`and number > (select number from compute.servers where id::text = ${page.marker})`;
    const { rows } = await sql<UsedServer>`
      select id, number, name, project_id, vm_state, flavor, launched_at, deleted_at
      from compute.servers
      where launched_at is not null and launched_at < ${end} and (deleted_at is null or deleted_at > ${start})
        ${ofProject} ${behind}
      order by number limit ${page?.limit ?? LARGEST_PAGE}
    `.execute(database);
    const links = page
      ? (name: string) => nextLink(request, name, page, rows.at(-1)?.id, rows.length === page.limit)
      : () => ({});
    return { usages: usageOf(rows, start, end), start, end, links };
  };
  return [
    operation({
      name: 'list_usages',
      method: 'GET',
      path: '/v2.1/os-simple-tenant-usage',
      summary: 'What all projects have used',
      role: policy.role('os-simple-tenant-usage:list'),
      success: 200,
      query,
      async handle(request) {
        const { usages, start, end, links } = await load(request, undefined);
        const detailed = request.query['detailed']?.[0] === '1';
        return {
          body: {
            tenant_usages: usages.map((usage) => view(usage, start, end, detailed)),
            ...links('tenant_usages'),
          },
        };
      },
    }),
    operation({
      name: 'show_usage',
      method: 'GET',
      path: '/v2.1/os-simple-tenant-usage/{project_id}',
      summary: 'What a project has used',
      role: policy.role('os-simple-tenant-usage:show'),
      success: 200,
      query,
      async handle(request) {
        const projectId = request.params['project_id']!;
        requirePolicy('os-simple-tenant-usage:show', request.caller, { projectId });
        const { usages, start, end, links } = await load(request, projectId);
        // Nova answers with an empty object for a project that used nothing.
        const [usage] = usages;
        return {
          body: {
            tenant_usage: usage ? view(usage, start, end, true) : {},
            ...links('tenant_usage'),
          },
        };
      },
    }),
  ];
}
