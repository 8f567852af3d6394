import { sql } from 'kysely';
import { badRequest } from '../../../core/errors.ts';
import type { Caller } from '../../identity/caller.ts';
import { operation, type Operation } from '../../operation.ts';
import type { Attributes } from '../attributes/attribute.ts';
import { unwrap, valuesOfUpdate, type Values } from '../attributes/body.ts';
import { boolean, integer } from '../attributes/types.ts';
import type { Room } from '../collections/operations.ts';
import { policyNotAuthorized } from '../errors.ts';
import type { NetworkDatabase } from '../tables.ts';
import { QUOTAS, type QuotaResource } from './reserve.ts';
import { Type } from 'typebox';

const names = Object.keys(QUOTAS) as QuotaResource[];

/** Largest number of each resource, and -1 for no limit. */
type Limits = Record<QuotaResource, number>;

const defaults = (): Limits =>
  Object.fromEntries(names.map((name) => [name, QUOTAS[name].initial])) as Limits;

const attributes: Attributes = {
  ...Object.fromEntries(names.map((name) => [name, { type: integer(-1, 2 ** 31 - 1), put: true }])),
  // Whether the new limits may be below what is used: they may, unless check_limit says otherwise.
  force: { type: boolean, put: true },
  check_limit: { type: boolean, put: true },
};

async function limitsOf(database: NetworkDatabase, projectId: string): Promise<Limits> {
  const rows = await database
    .selectFrom('network.quotas')
    .select(['resource', 'maximum'])
    .where('project_id', '=', projectId)
    .execute();
  return { ...defaults(), ...Object.fromEntries(rows.map((row) => [row.resource, row.maximum])) };
}

async function usageOf(database: NetworkDatabase, projectId: string): Promise<Limits> {
  const counts = names.map(
    (name) =>
      sql`(select count(*) from ${sql.table(QUOTAS[name].table)} where project_id = ${projectId}) as ${sql.ref(name)}`,
  );
  const result = await sql<Limits>`select ${sql.join(counts)}`.execute(database);
  return result.rows[0]!;
}

/** New limits must leave room for what there is. */
function checkUsage(limits: Values, used: Limits): void {
  const low = names.find((name) => {
    const limit = limits[name] as number | undefined;
    return limit !== undefined && limit >= 0 && limit < used[name];
  });
  if (low === undefined) return;
  throw badRequest(
    `Quota limit ${String(limits[low])} for ${low} must be greater than or equal to already used ${used[low]}.`,
    'HTTPBadRequest',
  );
}

function checkOwn(caller: Caller, projectId: string): void {
  if (caller.isAdmin || caller.projectId === projectId) return;
  throw policyNotAuthorized(
    `get_quota is disallowed by policy: the quota of project ${projectId} is shown to its members and administrators.`,
  );
}

/** Quotas: how much of each resource a project may have. */
export function quotaOperations(room: Room): Operation[] {
  const { database } = room;
  const path = '/v2.0/quotas/{project_id}';
  const own =
    <T>(work: (projectId: string) => Promise<T>) =>
    async ({ caller, params }: { caller: Caller; params: Readonly<Record<string, string>> }) => {
      const projectId = params['project_id']!;
      checkOwn(caller, projectId);
      return { body: { quota: await work(projectId) } };
    };
  const details = own(async (projectId) => {
    const [limits, used] = [
      await limitsOf(database, projectId),
      await usageOf(database, projectId),
    ];
    return Object.fromEntries(
      names.map((name) => [name, { limit: limits[name], used: used[name], reserved: 0 }]),
    );
  });
  const read = { method: 'GET', role: 'reader', success: 200 } as const;
  return [
    operation({
      ...read,
      name: 'get_quotas',
      path: '/v2.0/quotas',
      summary: 'List quotas that are not the default',
      role: 'admin',
      handle: async () => {
        const projects = await database
          .selectFrom('network.quotas')
          .select('project_id')
          .distinct()
          .execute();
        const quotas = [];
        for (const { project_id } of projects) {
          quotas.push({
            project_id,
            tenant_id: project_id,
            ...(await limitsOf(database, project_id)),
          });
        }
        return { body: { quotas } };
      },
    }),
    operation({
      ...read,
      name: 'get_quota',
      path,
      summary: "Show a project's quotas",
      handle: own((projectId) => limitsOf(database, projectId)),
    }),
    operation({
      ...read,
      name: 'get_quota_default',
      path: `${path}/default`,
      summary: 'Show the quotas that a project has when none were set',
      handle: own(async () => defaults()),
    }),
    operation({
      ...read,
      name: 'get_quota_details',
      path: `${path}/details`,
      summary: "Show a project's quotas and what of them is used",
      handle: details,
    }),
    operation({
      ...read,
      name: 'get_quota_details_json',
      path: `${path}/details.json`,
      summary: "Show a project's quotas and what of them is used (the path of the API reference)",
      handle: details,
    }),
    operation({
      name: 'update_quota',
      method: 'PUT',
      path,
      summary: "Set a project's quotas",
      role: 'admin',
      success: 200,
      body: Type.Unknown(),
      handle: async ({ caller, params, body }) => {
        const projectId = params['project_id']!;
        const { tenant_id: _tenant, ...sent } = unwrap(body, 'quota');
        const {
          force: _force,
          check_limit: isChecked,
          ...values
        } = valuesOfUpdate(attributes, 'update_quota', caller, sent);
        await room.commit(async ({ transaction }) => {
          if (isChecked) checkUsage(values, await usageOf(transaction, projectId));
          for (const [resource, maximum] of Object.entries(values) as [string, number][]) {
            await transaction
              .insertInto('network.quotas')
              .values({ project_id: projectId, resource, maximum })
              .onConflict((conflict) =>
                conflict.columns(['project_id', 'resource']).doUpdateSet({ maximum }),
              )
              .execute();
          }
        });
        return { body: { quota: await limitsOf(database, projectId) } };
      },
    }),
    operation({
      name: 'delete_quota',
      method: 'DELETE',
      path,
      summary: 'Give a project the default quotas again',
      role: 'admin',
      success: 204,
      handle: async ({ params }) => {
        await database
          .deleteFrom('network.quotas')
          .where('project_id', '=', params['project_id']!)
          .execute();
        return {};
      },
    }),
  ];
}
