import { Type, type Static } from 'typebox';
import { badRequest, forbidden } from '../../../core/errors.ts';
import { newHexId } from '../../../core/ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { collection, found, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { unlessDuplicate } from '../errors.ts';
import { enforce, readsAll } from '../policy/enforce.ts';
import { operation } from '../policy/operation.ts';
import { getProject } from '../projects/model.ts';
import { findRegisteredLimit } from '../registered-limits/model.ts';
import { Amount, checkPlace, MOST } from '../registered-limits/rules.ts';
import { Description, Id, nameOf, NullableId } from '../schemas.ts';
import { getLimit, selectLimits, type StoredLimit } from './model.ts';
import { checkHierarchy, MODELS } from './rules.ts';
import { limitView } from './view.ts';

const PATH = '/v3/limits';

const Limit = Type.Object(
  {
    project_id: Type.Optional(NullableId),
    domain_id: Type.Optional(NullableId),
    service_id: Id,
    region_id: Type.Optional(NullableId),
    resource_name: nameOf(255),
    resource_limit: Amount,
    description: Type.Optional(Description),
  },
  { additionalProperties: false },
);

/** `/v3/limits`: other limits than the registered ones, each for one project or domain. */
export function limitOperations(context: IdentityContext): Operation[] {
  const model = context.options.unified_limit.enforcement_model;
  const document = (row: StoredLimit, request: OperationRequest) => ({
    body: { limit: limitView(row, request.serviceUrl) },
  });
  const show = async (tables: Tables, id: string): Promise<StoredLimit> =>
    found(await getLimit(tables, id), 'limit', id);

  /** Whose limit it is: the id of a project or of a domain, which must be there. */
  const placeOf = async (tables: Tables, given: Static<typeof Limit>): Promise<string> => {
    const { project_id: project, domain_id: domain } = given;
    if ((project == null) === (domain == null)) {
      throw badRequest('A limit is for a project or for a domain: name one of the two.');
    }
    const id = project ?? domain ?? '';
    const row = await getProject(tables, id, {
      lock: 'share',
      // As in Keystone, a domain may be named as the project that it is.
      ...(project == null ? { isDomain: true } : {}),
    });
    if (row === undefined) {
      const member = project == null ? 'domain_id' : 'project_id';
      throw badRequest(`Expecting to find what ${member} names: there is no ${id}.`);
    }
    return id;
  };

  const insert = async (tables: Tables, given: Static<typeof Limit>): Promise<string> => {
    await checkPlace(tables, given);
    const place = await placeOf(tables, given);
    const registered = await findRegisteredLimit(tables, given);
    if (registered === undefined) {
      throw forbidden(
        `Unable to create a limit that has no corresponding registered limit: register one of ${given.resource_name} for the service ${given.service_id} first.`,
      );
    }
    const id = newHexId();
    await tables
      .insertInto('identity.limits')
      .values({
        id,
        registered_limit_id: registered.id,
        project_id: place,
        resource_limit: given.resource_limit,
        description: given.description ?? null,
      })
      .execute();
    return id;
  };

  return [
    operation({
      name: 'get_limit_model',
      method: 'GET',
      path: `${PATH}/model`,
      summary: 'How the limits of projects and of their domains go together',
      success: 200,
      handle: async () => ({ body: { model: { name: model, description: MODELS[model] } } }),
    }),
    operation({
      name: 'list_limits',
      method: 'GET',
      path: PATH,
      summary: 'List limits: those of the token’s project or domain, or all',
      success: 200,
      async handle(request) {
        const { caller } = request;
        let select = context.tables
          .selectFrom(selectLimits(context.tables).as('limits'))
          .selectAll();
        if (!readsAll(caller) && !caller.roles.has('service')) {
          const { domainId, projectId = '' } = caller;
          select =
            domainId === undefined
              ? select.where('limited_project_id', '=', projectId)
              : select.where('within_domain_id', '=', domainId);
        }
        return {
          body: await collection(request, 'limits', select, {
            table: 'identity.limits',
            named: false,
            filters: {
              service_id: text('service_id'),
              region_id: text('region_id'),
              resource_name: text('resource_name'),
              project_id: text('limited_project_id'),
              domain_id: text('limited_domain_id'),
            },
            view: limitView,
          }),
        };
      },
    }),
    operation({
      name: 'create_limits',
      method: 'POST',
      path: PATH,
      summary: 'Limit projects and domains: all of the limits are made, or none',
      success: 201,
      body: Type.Object({ limits: Type.Array(Limit, { minItems: 1, maxItems: MOST }) }),
      async handle(request) {
        const create = context.change(async (tables) => {
          const ids: string[] = [];
          for (const given of request.body.limits) ids.push(await insert(tables, given));
          const rows: StoredLimit[] = [];
          // Only when all are there: a domain's may stand behind its projects'.
          for (const id of ids) {
            const row = await show(tables, id);
            await checkHierarchy(tables, model, row);
            rows.push(row);
          }
          return rows;
        });
        const details = 'this resource and project or domain.';
        const rows = await unlessDuplicate(create, 'limits_once', 'limit', details);
        return {
          body: {
            limits: rows.map((row) => limitView(row, request.serviceUrl)),
          },
        };
      },
    }),
    operation({
      name: 'get_limit',
      method: 'GET',
      path: `${PATH}/{limit_id}`,
      summary: 'Show a limit',
      success: 200,
      async handle(request) {
        const id = request.params['limit_id']!;
        const row = await getLimit(context.tables, id);
        const target = { domains: [row?.within_domain_id], project: row?.limited_project_id };
        enforce('get_limit', request.caller, target);
        return document(found(row, 'limit', id), request);
      },
    }),
    operation({
      name: 'update_limit',
      method: 'PATCH',
      path: `${PATH}/{limit_id}`,
      summary: 'Change a limit',
      success: 200,
      body: Type.Object({
        limit: Type.Object(
          {
            resource_limit: Type.Optional(Amount),
            description: Type.Optional(Description),
          },
          { additionalProperties: false },
        ),
      }),
      async handle(request) {
        const id = request.params['limit_id']!;
        const row = await context.change(async (tables) => {
          await show(tables, id);
          await tables
            .updateTable('identity.limits')
            .set({ id, ...request.body.limit })
            .where('id', '=', id)
            .execute();
          const changed = await show(tables, id);
          await checkHierarchy(tables, model, changed);
          return changed;
        });
        return document(row, request);
      },
    }),
    operation({
      name: 'delete_limit',
      method: 'DELETE',
      path: `${PATH}/{limit_id}`,
      summary: 'Delete a limit: the registered one holds again',
      success: 204,
      async handle(request) {
        const id = request.params['limit_id']!;
        await context.change(async (tables) => {
          await show(tables, id);
          await tables.deleteFrom('identity.limits').where('id', '=', id).execute();
        });
        return {};
      },
    }),
  ];
}
