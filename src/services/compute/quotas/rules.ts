import { overQuota } from '../errors.ts';
import { has, type Feature } from '../microversions.ts';
import type { Microversion } from '../../operation.ts';
import type { Limits, Usage } from './model.ts';

/** Nova's resources with their defaults. Those of networks are Neutron's business and shown until 2.35. */
export const DEFAULTS = {
  instances: 10,
  cores: 20,
  ram: 51_200,
  key_pairs: 100,
  metadata_items: 128,
  injected_files: 5,
  injected_file_content_bytes: 10_240,
  injected_file_path_bytes: 255,
  server_groups: 10,
  server_group_members: 10,
  fixed_ips: -1,
  floating_ips: -1,
  security_groups: -1,
  security_group_rules: -1,
};

export type Resource = keyof typeof DEFAULTS;
export const RESOURCES = Object.keys(DEFAULTS) as Resource[];

/** Resources that are there only at some microversions. */
const ONLY: Partial<Record<Resource, Feature>> = {
  fixed_ips: 'networkQuotas',
  floating_ips: 'networkQuotas',
  security_groups: 'networkQuotas',
  security_group_rules: 'networkQuotas',
  injected_files: 'injectedFileQuotas',
  injected_file_content_bytes: 'injectedFileQuotas',
  injected_file_path_bytes: 'injectedFileQuotas',
};

/** Of a class they differ: networks stayed longer, and groups of servers came late. */
const ONLY_OF_CLASSES: Partial<Record<Resource, Feature>> = {
  ...ONLY,
  server_groups: 'classServerGroupQuotas',
  server_group_members: 'classServerGroupQuotas',
  fixed_ips: 'classNetworkQuotas',
  floating_ips: 'classNetworkQuotas',
  security_groups: 'classNetworkQuotas',
  security_group_rules: 'classNetworkQuotas',
};

/** Resources of the quota of a project, or of a class, at this microversion. */
export const resourcesAt = (
  version: Microversion,
  of: 'project' | 'class' = 'project',
): Resource[] =>
  RESOURCES.filter((name) => {
    const feature = (of === 'class' ? ONLY_OF_CLASSES : ONLY)[name];
    return feature === undefined || has(version, feature);
  });

/** What one more request would take. */
export interface Demand {
  readonly instances: number;
  readonly cores: number;
  readonly ram: number;
}

/** How many servers like this still fit; Infinity when nothing limits them. */
export function roomFor(usage: Usage, limits: Limits, one: Demand): number {
  let room = Infinity;
  for (const name of ['instances', 'cores', 'ram'] as const) {
    if (limits[name] < 0 || one[name] === 0) continue;
    room = Math.min(room, Math.floor((limits[name] - usage[name]) / one[name]));
  }
  return Math.max(0, room);
}

/** Nova's 403, naming what is short, by how much. */
export function quotaFault(usage: Usage, limits: Limits, wanted: Demand) {
  const names = (['instances', 'cores', 'ram'] as const).filter(
    (name) => limits[name] >= 0 && usage[name] + wanted[name] > limits[name],
  );
  const list = (from: Pick<Limits, 'instances' | 'cores' | 'ram'> | Demand) =>
    names.map((name) => from[name]).join(', ');
  return overQuota(names, list(wanted), list(usage), list(limits));
}
