import type { Properties } from '../property.ts';
import { quotaType } from '../quota.ts';
import { between, deprecated, integer, UPDATABLE, type More } from '../shapes.ts';

const limit = (of: string, more: More = {}) =>
  integer(`How many ${of} the project may have; -1 means any number.`, {
    ...UPDATABLE,
    ...between(-1),
    ...more,
  });
const FILES = deprecated('14.0.0', 'The compute service takes no files any more.');

const limits: Properties = {
  cores: limit('processors'),
  fixed_ips: limit('addresses'),
  floating_ips: limit('floating IPs'),
  instances: limit('servers'),
  injected_files: limit('files for a server', FILES),
  injected_file_content_bytes: limit('bytes of a file', FILES),
  injected_file_path_bytes: limit('bytes of the path of a file', FILES),
  key_pairs: limit('key pairs'),
  metadata_items: limit('items of metadata of a server'),
  ram: limit('MiB of memory'),
  security_groups: limit('security groups'),
  security_group_rules: limit('rules of security groups'),
  server_groups: limit('server groups'),
  server_group_members: limit('servers of a server group'),
};

export const computeQuota = quotaType({
  name: 'OS::Nova::Quota',
  description: "A project's limits in the compute service, for administrators.",
  service: 'compute',
  member: 'quota_set',
  limits,
  pathOf: (project) => `/v2.1/os-quota-sets/${encodeURIComponent(project)}`,
});
