import { Type } from 'typebox';
import { badRequest, forbidden } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { transact } from '../../../database/database.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import { pageOf } from '../paging.ts';
import { limitsOf, lockQuota } from '../quotas/model.ts';
import {
  countServerGroups,
  deleteServerGroup,
  insertServerGroup,
  listServerGroups,
  requireServerGroup,
  type Policy,
  type ServerGroup,
} from './model.ts';

const POLICIES = ['affinity', 'anti-affinity', 'soft-affinity', 'soft-anti-affinity'] as const;
const PolicyName = Type.Union(POLICIES.map((name) => Type.Literal(name)));
const Count = Type.Union([
  Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
  Type.String({ pattern: '^0*[1-9][0-9]{0,8}$' }),
]);

/** From 2.64 on one policy with rules, before a list of one. */
const CreateBody = Type.Object(
  {
    server_group: Type.Object(
      {
        name: Type.String({ minLength: 1, maxLength: 255, pattern: '\\S' }),
        policies: Type.Optional(Type.Array(PolicyName, { minItems: 1, maxItems: 1 })),
        policy: Type.Optional(PolicyName),
        rules: Type.Optional(
          Type.Object(
            { max_server_per_host: Type.Optional(Count) },
            { additionalProperties: false },
          ),
        ),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

const view = (group: ServerGroup, { microversion }: OperationRequest) => ({
  id: group.id,
  name: group.name,
  ...(has(microversion, 'serverGroupPolicy')
    ? { policy: group.policy, rules: group.rules }
    : { policies: [group.policy], metadata: {} }),
  members: group.members,
  ...(has(microversion, 'serverGroupOwner')
    ? { project_id: group.projectId, user_id: group.userId }
    : {}),
});

/** The policy that the body names, in the words of its version. */
function policyOf(
  { microversion }: OperationRequest,
  given: { policies?: Policy[]; policy?: Policy; rules?: object },
): Policy {
  const place = 'field/attribute server_group';
  if (has(microversion, 'serverGroupPolicy')) {
    if (given.policies !== undefined) throw unexpectedMember('policies', place);
    if (given.policy === undefined)
      throw badRequest(`Invalid input for ${place}. 'policy' is a required property`);
    if (given.policy !== 'anti-affinity' && Object.keys(given.rules ?? {}).length > 0)
      throw badRequest('Only anti-affinity policy supports rules.');
    return given.policy;
  }
  for (const name of ['policy', 'rules'] as const)
    if (given[name] !== undefined) throw unexpectedMember(name, place);
  const [policy] = given.policies ?? [];
  if (policy === undefined)
    throw badRequest(`Invalid input for ${place}. 'policies' is a required property`);
  if (policy.startsWith('soft-') && !has(microversion, 'softPolicies'))
    throw badRequest(
      `Invalid input for field/attribute policies. '${policy}' is not one of ['anti-affinity', 'affinity'] before 2.15`,
    );
  return policy;
}

/** https://docs.openstack.org/api-ref/compute/#server-groups-os-server-groups */
export const serverGroupOperations = ({ database }: ComputeContext): Operation[] => [
  operation({
    name: 'list_server_groups',
    method: 'GET',
    path: '/v2.1/os-server-groups',
    summary: "A project's server groups; of all for administrators",
    role: policy.role('os-server-groups:index'),
    success: 200,
    query: Type.Object({
      all_projects: Type.Optional(Type.String()),
      limit: Type.Optional(Type.String()),
      offset: Type.Optional(Type.String()),
    }),
    async handle(request) {
      const { query, caller } = request;
      const offset = query['offset']?.[0] ?? '0';
      if (!/^\d{1,9}$/.test(offset))
        throw badRequest(`offset must be a non-negative integer: ${offset.slice(0, 100)}`);
      // Whoever may not see all sees the own ones, without being told, as in Nova.
      const all =
        query['all_projects'] !== undefined &&
        policy.allows('os-server-groups:index:all_projects', caller, {});
      const groups = await listServerGroups(database, all ? undefined : (caller.projectId ?? ''), {
        limit: pageOf(query).limit,
        offset: Number(offset),
      });
      return { body: { server_groups: groups.map((group) => view(group, request)) } };
    },
  }),
  operation({
    name: 'create_server_group',
    method: 'POST',
    path: '/v2.1/os-server-groups',
    summary: 'Make a server group',
    role: policy.role('os-server-groups:create'),
    success: 200,
    body: CreateBody,
    async handle(request) {
      const given = request.body.server_group;
      const policy = policyOf(request as OperationRequest, given);
      const most = given.rules?.max_server_per_host;
      const projectId = request.caller.projectId ?? '';
      const group = {
        id: request.intendedId ?? newUuid(),
        projectId,
        userId: request.caller.userId,
        name: given.name.trim(),
        policy,
        rules: most === undefined ? {} : { max_server_per_host: Number(most) },
      };
      await transact(database, async (transaction) => {
        await lockQuota(transaction, projectId);
        const { server_groups: limit } = await limitsOf(transaction, projectId);
        if (limit >= 0 && (await countServerGroups(transaction, projectId)) >= limit)
          throw forbidden('Quota exceeded, too many server groups.');
        await insertServerGroup(transaction, group);
      });
      return {
        body: { server_group: view({ ...group, members: [] }, request as OperationRequest) },
      };
    },
  }),
  operation({
    name: 'show_server_group',
    method: 'GET',
    path: '/v2.1/os-server-groups/{server_group_id}',
    summary: 'One server group',
    role: policy.role('os-server-groups:show'),
    success: 200,
    async handle(request) {
      const id = request.params['server_group_id']!;
      const group = await requireServerGroup(database, request.caller, id);
      return { body: { server_group: view(group, request) } };
    },
  }),
  operation({
    name: 'delete_server_group',
    method: 'DELETE',
    path: '/v2.1/os-server-groups/{server_group_id}',
    summary: 'Delete a server group; its servers live on',
    role: policy.role('os-server-groups:delete'),
    success: 204,
    async handle(request) {
      const id = request.params['server_group_id']!;
      const group = await requireServerGroup(database, request.caller, id);
      await deleteServerGroup(database, group.id);
      return {};
    },
  }),
];
