import type { Properties } from '../property.ts';
import { quotaType } from '../quota.ts';
import { between, integer, since, UPDATABLE, type More } from '../shapes.ts';

const limit = (of: string, more: More = {}) =>
  integer(`How many ${of} the project may have; -1 means any number.`, {
    ...UPDATABLE,
    ...between(-1),
    ...more,
  });

const limits: Properties = {
  subnet: limit('subnets'),
  network: limit('networks'),
  floatingip: limit('floating IPs'),
  security_group_rule: limit('rules of security groups'),
  security_group: limit('security groups'),
  router: limit('routers'),
  port: limit('ports'),
  subnetpool: limit('subnet pools', since('12.0.0')),
  rbac_policy: limit('RBAC policies', since('12.0.0')),
};

export const networkQuota = quotaType({
  name: 'OS::Neutron::Quota',
  description: "A project's limits in the network service, for administrators.",
  service: 'network',
  member: 'quota',
  limits,
  pathOf: (project) => `/v2.0/quotas/${encodeURIComponent(project)}`,
});
