import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';

/** As Python prints a date and time. */
const printed = (time: Date): string => time.toISOString().slice(0, 19).replace('T', ' ');

/** The last whole month before: Nova's default of `instance_usage_audit_period`. */
export function lastPeriod(before: Date): { readonly begin: Date; readonly end: Date } {
  const end = new Date(Date.UTC(before.getUTCFullYear(), before.getUTCMonth(), 1));
  return { begin: new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - 1, 1)), end };
}

/**
 * https://docs.openstack.org/api-ref/compute/#server-usage-audit-log-os-instance-usage-audit-log
 * As with `instance_usage_audit` off, Nova's default: there are the hosts, and none has audited anything. What servers
 * used is told by `os-simple-tenant-usage`.
 */
export function usageAuditOperations({ database, hosts }: ComputeContext): Operation[] {
  const log = async (before: Date) => {
    const { begin, end } = lastPeriod(before);
    const names = (await hosts.list(database)).map(({ name }) => name);
    return {
      period_beginning: printed(begin),
      period_ending: printed(end),
      num_hosts: names.length,
      num_hosts_done: 0,
      num_hosts_running: 0,
      num_hosts_not_run: names.length,
      hosts_not_run: names,
      total_instances: 0,
      total_errors: 0,
      overall_status: `${names.length === 0 ? 'ALL' : `0 of ${names.length}`} hosts done. 0 errors.`,
      log: {},
    };
  };
  const common = { method: 'GET', projectScope: false, success: 200 } as const;
  const path = '/v2.1/os-instance_usage_audit_log';
  return [
    operation({
      ...common,
      name: 'list_usage_audit_logs',
      role: policy.role('os-instance-usage-audit-log'),
      path,
      summary: 'Audits of use in the last month: none are made',
      handle: async () => ({ body: { instance_usage_audit_logs: await log(new Date()) } }),
    }),
    operation({
      ...common,
      name: 'show_usage_audit_log',
      role: policy.role('os-instance-usage-audit-log'),
      path: `${path}/{before_timestamp}`,
      summary: 'Audits of use in the month before a time',
      async handle(request) {
        const text = request.params['before_timestamp']!;
        const before = new Date(`${text.replace(' ', 'T')}Z`);
        if (
          !/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?$/.test(text) ||
          Number.isNaN(before.getTime())
        )
          throw badRequest(`Invalid timestamp for date ${text.slice(0, 100)}`);
        return { body: { instance_usage_audit_log: await log(before) } };
      },
    }),
  ];
}
