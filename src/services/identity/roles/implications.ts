import { sql } from 'kysely';
import { forbidden, notFound } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { found, links } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { getRole, type StoredRole } from './model.ts';
import { briefRole } from './view.ts';

const PATH = '/v3/roles/{prior_role_id}/implies/{implies_role_id}';

/** Roles that imply others: `/v3/roles/{id}/implies` and `/v3/role_inferences`. */
export function implicationOperations(context: IdentityContext): Operation[] {
  const pair = async (tables: Tables, { params }: OperationRequest) => {
    const { prior_role_id: prior = '', implies_role_id: implied = '' } = params;
    return [
      found(await getRole(tables, prior, 'share'), 'role', prior),
      found(await getRole(tables, implied, 'share'), 'role', implied),
    ] as const;
  };
  const document = (prior: StoredRole, implied: StoredRole, { serviceUrl }: OperationRequest) => ({
    body: {
      role_inference: {
        prior_role: briefRole(prior, serviceUrl),
        implies: briefRole(implied, serviceUrl),
      },
      links: { self: `${serviceUrl}/v3/roles/${prior.id}/implies/${implied.id}` },
    },
  });
  const noRule = (prior: string, implied: string) =>
    notFound(`Could not find an implication of role ${implied} by role ${prior}.`);

  const show = (method: 'GET' | 'HEAD'): Operation =>
    operation({
      name: method === 'GET' ? 'get_implied_role' : 'check_implied_role',
      method,
      path: PATH,
      summary: 'Whether one role implies another',
      success: method === 'GET' ? 200 : 204,
      async handle(request) {
        const [prior, implied] = await pair(context.tables, request);
        const rule = await context.tables
          .selectFrom('identity.implied_roles')
          .select('prior_role_id')
          .where('prior_role_id', '=', prior.id)
          .where('implied_role_id', '=', implied.id)
          .executeTakeFirst();
        if (rule === undefined) throw noRule(prior.id, implied.id);
        return method === 'GET' ? document(prior, implied, request) : {};
      },
    });

  return [
    operation({
      name: 'list_role_inference_rules',
      method: 'GET',
      path: '/v3/role_inferences',
      summary: 'All roles with the roles that they imply',
      success: 200,
      async handle(request) {
        const rules = await rulesOf(context.tables, undefined);
        return {
          body: { role_inferences: grouped(rules, request), links: links(request) },
        };
      },
    }),
    operation({
      name: 'list_implied_roles',
      method: 'GET',
      path: '/v3/roles/{prior_role_id}/implies',
      summary: 'The roles that a role implies',
      success: 200,
      async handle(request) {
        const id = request.params['prior_role_id']!;
        const prior = found(await getRole(context.tables, id), 'role', id);
        const [inference] = grouped(await rulesOf(context.tables, id), request);
        return {
          body: {
            role_inference: inference ?? {
              prior_role: briefRole(prior, request.serviceUrl),
              implies: [],
            },
            links: links(request),
          },
        };
      },
    }),
    show('GET'),
    show('HEAD'),
    operation({
      name: 'create_implied_role',
      method: 'PUT',
      path: PATH,
      summary: 'Let a role imply another',
      success: 201,
      bodyKind: 'none',
      async handle(request) {
        const [prior, implied] = await context.change(async (tables) => {
          const [from, to] = await pair(tables, request);
          if (from.id === to.id) throw forbidden(`Role ${from.id} cannot imply itself.`);
          if (to.name === 'admin') {
            throw forbidden(`${to.id} cannot be an implied role: nothing may imply admin.`);
          }
          if (from.domain_id === null && to.domain_id !== null) {
            throw forbidden('Global role cannot imply a domain-specific role.');
          }
          await tables
            .insertInto('identity.implied_roles')
            .values({ prior_role_id: from.id, implied_role_id: to.id })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
          return [from, to] as const;
        });
        return document(prior, implied, request);
      },
    }),
    operation({
      name: 'delete_implied_role',
      method: 'DELETE',
      path: PATH,
      summary: 'Let a role no longer imply another',
      success: 204,
      async handle(request) {
        await context.change(async (tables) => {
          const [prior, implied] = await pair(tables, request);
          const removed = await tables
            .deleteFrom('identity.implied_roles')
            .where('prior_role_id', '=', prior.id)
            .where('implied_role_id', '=', implied.id)
            .executeTakeFirst();
          if (Number(removed.numDeletedRows) === 0) throw noRule(prior.id, implied.id);
        });
        return {};
      },
    }),
  ];
}

interface Rule {
  readonly prior_id: string;
  readonly prior_name: string;
  readonly id: string;
  readonly name: string;
}

async function rulesOf(tables: Tables, prior: string | undefined): Promise<Rule[]> {
  const { rows } = await sql<Rule>`
    select p.id as prior_id, p.name as prior_name, r.id, r.name from identity.implied_roles i
    join identity.roles p on p.id = i.prior_role_id join identity.roles r on r.id = i.implied_role_id
    ${prior === undefined ? sql`` : sql`where p.id = ${prior}`} order by p.name, r.name`.execute(
    tables,
  );
  return rows;
}

function grouped(rules: readonly Rule[], { serviceUrl }: OperationRequest) {
  const byPrior = Map.groupBy(rules, (rule) => rule.prior_id);
  return [...byPrior.values()].map((group) => ({
    prior_role: briefRole({ id: group[0]!.prior_id, name: group[0]!.prior_name }, serviceUrl),
    implies: group.map((rule) => briefRole(rule, serviceUrl)),
  }));
}
