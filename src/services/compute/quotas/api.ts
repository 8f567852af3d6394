import { Type } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy, requirePolicy, type PolicyAction } from '../policy.ts';
import { unexpectedMember } from '../errors.ts';
import { countKeypairs } from '../keypairs/model.ts';
import { countServerGroups } from '../server_groups/model.ts';
import {
  clearLimits,
  defaultLimits,
  limitsOf,
  setDefaultLimits,
  setLimits,
  usageOf,
  userLimitsOf,
  type Limits,
} from './model.ts';
import { resourcesAt, RESOURCES, type Resource } from './rules.ts';

const Limit = Type.Union([
  Type.Integer({ minimum: -1, maximum: 2 ** 31 - 1 }),
  Type.String({ pattern: '^(-1|[0-9]{1,9})$' }),
]);
const limitMembers = Object.fromEntries(
  [...RESOURCES, 'networks'].map((name) => [name, Type.Optional(Limit)]),
);

const shown = (limits: Limits, resources: readonly Resource[]) =>
  Object.fromEntries(resources.map((name) => [name, limits[name]]));

const classResources = (request: OperationRequest): Resource[] =>
  resourcesAt(request.microversion, 'class');

/** The limits that a body names; a resource that the microversion does not know is a 400. */
function givenLimits(
  given: Readonly<Record<string, unknown>>,
  resources: readonly Resource[],
): Partial<Limits> {
  const limits: Partial<Limits> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === 'networks') throw badRequest('The networks quota has been removed');
    if (name === 'force' || name === 'tenant_id') continue;
    if (!resources.includes(name as Resource))
      throw unexpectedMember(name, 'field/attribute quota_set');
    limits[name as Resource] = Number(value);
  }
  return limits;
}

/** A limit is no less than what is taken and, a user's, no more than the project's. -1 is "no limit". */
function checkLimit(name: Resource, limit: number, used: number, most: number): void {
  if (limit >= 0 && limit < used)
    throw badRequest(
      `Quota limit ${limit} for ${name} must be greater than or equal to already used and reserved ${used}.`,
    );
  if (most >= 0 && (limit < 0 || limit > most))
    throw badRequest(`Quota limit ${limit} for ${name} must be less than or equal to ${most}.`);
}

/** https://docs.openstack.org/api-ref/compute/#quota-sets-os-quota-sets */
export function quotaOperations({ database, identity }: ComputeContext): Operation[] {
  const path = '/v2.1/os-quota-sets/{project_id}';
  /** The project of the path: the caller's own, or for administrators any that exists. */
  const projectOf = async (request: OperationRequest, action: PolicyAction): Promise<string> => {
    const id = request.params['project_id']!;
    if (id === request.caller.projectId) return id;
    requirePolicy(action, request.caller, { projectId: id });
    if (!(await identity.projectExists(id)))
      throw badRequest(`Project ID ${id.slice(0, 255)} is not a valid project.`);
    return id;
  };
  /** The user whose limits are meant, beside the project's. */
  const userOf = ({ query }: Pick<OperationRequest, 'query'>): string | undefined => {
    const id = query['user_id']?.at(-1);
    if (id !== undefined && (id === '' || id.length > 255))
      throw badRequest(
        `Invalid input for query parameters user_id. Value: ${id.slice(0, 100)}. It is the id of a user.`,
      );
    return id;
  };
  const readLimits = (projectId: string, userId: string | undefined): Promise<Limits> =>
    userId === undefined
      ? limitsOf(database, projectId)
      : userLimitsOf(database, projectId, userId);
  const usedOf = async (
    projectId: string,
    request: OperationRequest,
    userId = userOf(request),
  ): Promise<Partial<Limits>> => ({
    ...(await usageOf(database, projectId, userId)),
    key_pairs: await countKeypairs(database, userId ?? request.caller.userId),
    server_groups: await countServerGroups(database, projectId, userId),
  });

  return [
    operation({
      name: 'show_quota',
      method: 'GET',
      path,
      summary: "A project's limits",
      role: policy.role('os-quota-sets:show'),
      success: 200,
      async handle(request) {
        const id = await projectOf(request, 'os-quota-sets:show');
        const limits = await readLimits(id, userOf(request));
        return { body: { quota_set: { id, ...shown(limits, resourcesAt(request.microversion)) } } };
      },
    }),
    operation({
      name: 'show_default_quota',
      method: 'GET',
      path: `${path}/defaults`,
      summary: 'The limits of a project that has none of its own',
      role: policy.role('os-quota-sets:defaults'),
      projectScope: true,
      success: 200,
      async handle(request) {
        const id = await projectOf(request, 'os-quota-sets:defaults');
        const limits = await defaultLimits(database);
        return { body: { quota_set: { id, ...shown(limits, resourcesAt(request.microversion)) } } };
      },
    }),
    operation({
      name: 'show_quota_detail',
      method: 'GET',
      path: `${path}/detail`,
      summary: "A project's limits and what is taken of them",
      role: policy.role('os-quota-sets:detail'),
      success: 200,
      async handle(request) {
        const id = await projectOf(request, 'os-quota-sets:detail');
        const [limits, used] = await Promise.all([
          readLimits(id, userOf(request)),
          usedOf(id, request),
        ]);
        return {
          body: {
            quota_set: {
              id,
              ...Object.fromEntries(
                resourcesAt(request.microversion).map((name) => [
                  name,
                  { limit: limits[name], in_use: used[name] ?? 0, reserved: 0 },
                ]),
              ),
            },
          },
        };
      },
    }),
    operation({
      name: 'update_quota',
      method: 'PUT',
      path,
      summary: "Change a project's limits",
      role: policy.role('os-quota-sets:update'),
      success: 200,
      body: Type.Object(
        {
          quota_set: Type.Object(
            {
              ...limitMembers,
              force: Type.Optional(Type.Union([Type.Boolean(), Type.String()])),
              tenant_id: Type.Optional(Type.String()),
            },
            { additionalProperties: false },
          ),
        },
        { additionalProperties: false },
      ),
      async handle(request) {
        const id = await projectOf(request, 'os-quota-sets:update');
        const resources = resourcesAt(request.microversion);
        const given = request.body.quota_set as Record<string, unknown>;
        const limits = givenLimits(given, resources);
        const userId = userOf(request);
        if (!/^(true|1|yes|on)$/i.test(String(given['force'] ?? ''))) {
          const used = await usedOf(id, request as OperationRequest);
          const most = userId === undefined ? undefined : await limitsOf(database, id);
          for (const [name, limit] of Object.entries(limits) as [Resource, number][])
            checkLimit(name, limit, used[name] ?? 0, most?.[name] ?? -1);
        }
        await setLimits(database, id, limits, userId);
        return { body: { quota_set: shown(await readLimits(id, userId), resources) } };
      },
    }),
    operation({
      name: 'delete_quota',
      method: 'DELETE',
      path,
      summary: 'Back to the default limits',
      role: policy.role('os-quota-sets:delete'),
      success: 202,
      async handle(request) {
        await clearLimits(database, request.params['project_id']!, userOf(request));
        return {};
      },
    }),
    operation({
      name: 'show_quota_class',
      method: 'GET',
      path: '/v2.1/os-quota-class-sets/{class}',
      summary: 'The default limits',
      role: policy.role('os-quota-class-sets:show'),
      success: 200,
      async handle(request) {
        const limits = await defaultLimits(database);
        return {
          body: {
            quota_class_set: {
              id: request.params['class'],
              ...shown(limits, classResources(request)),
            },
          },
        };
      },
    }),
    operation({
      name: 'update_quota_class',
      method: 'PUT',
      path: '/v2.1/os-quota-class-sets/{class}',
      summary: 'Change the default limits',
      role: policy.role('os-quota-class-sets:update'),
      success: 200,
      body: Type.Object(
        { quota_class_set: Type.Object(limitMembers, { additionalProperties: false }) },
        { additionalProperties: false },
      ),
      async handle(request) {
        const name = request.params['class']!;
        if (name !== 'default')
          throw badRequest(`There is only the quota class default, not ${name.slice(0, 255)}.`);
        const resources = classResources(request);
        await setDefaultLimits(
          database,
          givenLimits(request.body.quota_class_set as Record<string, unknown>, resources),
        );
        return { body: { quota_class_set: shown(await defaultLimits(database), resources) } };
      },
    }),
  ];
}
