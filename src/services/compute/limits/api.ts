import { Type } from 'typebox';
import { operation, type Operation } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy, requirePolicy } from '../policy.ts';
import { has, type Feature } from '../microversions.ts';
import { countServerGroups } from '../server_groups/model.ts';
import { limitsOf, usageOf } from '../quotas/model.ts';
import type { Resource } from '../quotas/rules.ts';

/** Names that `limits` uses, what they mean, and at which microversions they are shown. */
const ABSOLUTE: readonly (readonly [name: string, resource: Resource, feature?: Feature])[] = [
  ['maxServerMeta', 'metadata_items'],
  ['maxImageMeta', 'metadata_items', 'imageMetadataLimit'],
  ['maxPersonality', 'injected_files', 'injectedFileQuotas'],
  ['maxPersonalitySize', 'injected_file_content_bytes', 'injectedFileQuotas'],
  ['maxTotalInstances', 'instances'],
  ['maxTotalCores', 'cores'],
  ['maxTotalRAMSize', 'ram'],
  ['maxTotalKeypairs', 'key_pairs'],
  ['maxServerGroups', 'server_groups'],
  ['maxServerGroupMembers', 'server_group_members'],
  ['maxTotalFloatingIps', 'floating_ips', 'networkQuotas'],
  ['maxSecurityGroups', 'security_groups', 'networkQuotas'],
  ['maxSecurityGroupRules', 'security_group_rules', 'networkQuotas'],
];

/** https://docs.openstack.org/api-ref/compute/#limits-limits */
export const limitOperations = ({ database }: ComputeContext): Operation[] => [
  operation({
    name: 'show_limits',
    method: 'GET',
    path: '/v2.1/limits',
    summary: "The project's limits and what it has taken",
    role: policy.role('limits'),
    projectScope: true,
    success: 200,
    query: Type.Object({
      tenant_id: Type.Optional(Type.String()),
    }),
    async handle(request) {
      const { caller } = request;
      const named = request.query['tenant_id']?.[0];
      if (named !== undefined && named !== caller.projectId)
        requirePolicy('limits:other_project', caller);
      const projectId = named ?? caller.projectId ?? '';
      const [limits, usage, groups] = await Promise.all([
        limitsOf(database, projectId),
        usageOf(database, projectId),
        countServerGroups(database, projectId),
      ]);
      return {
        body: {
          limits: {
            rate: [],
            absolute: {
              ...Object.fromEntries(
                ABSOLUTE.filter(
                  ([, , feature]) => !feature || has(request.microversion, feature),
                ).map(([name, resource]) => [name, limits[resource]]),
              ),
              totalInstancesUsed: usage.instances,
              totalCoresUsed: usage.cores,
              totalRAMUsed: usage.ram,
              totalServerGroupsUsed: groups,
              ...(has(request.microversion, 'networkQuotas')
                ? { totalFloatingIpsUsed: 0, totalSecurityGroupsUsed: 0 }
                : {}),
            },
          },
        },
      };
    },
  }),
];
