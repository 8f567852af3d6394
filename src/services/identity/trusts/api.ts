import { Type } from 'typebox';
import { badRequest, forbidden } from '../../../core/errors.ts';
import { newHexId } from '../../../core/ids.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { readExpiry, requireUnrestricted } from '../application-credentials/rules.ts';
import { collection, found, links, one, text } from '../collections.ts';
import type { IdentityContext, Tables } from '../context.ts';
import { notAuthorized } from '../errors.ts';
import { enforce } from '../policy/enforce.ts';
import { getProject } from '../projects/model.ts';
import { ROLE_COLUMNS, type StoredRole } from '../roles/model.ts';
import { roleView } from '../roles/view.ts';
import { Id, NullableId, Reference } from '../schemas.ts';
import { effectiveRoles } from '../assignments/effective.ts';
import { delegationOf } from '../tokens/session.ts';
import { getUser } from '../users/model.ts';
import { firstTrustor, getTrust, insertTrust, selectTrusts, type StoredTrust } from './model.ts';
import { checkPassedOn, delegatedRoles, redelegationCount } from './rules.ts';
import { trustView } from './view.ts';

const PATH = '/v3/OS-TRUST/trusts';

const Count = Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000 }), Type.Null()]);
const Body = Type.Object({
  trust: Type.Object({
    trustor_user_id: Id,
    trustee_user_id: Id,
    impersonation: Type.Boolean(),
    project_id: Type.Optional(NullableId),
    expires_at: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
    remaining_uses: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1, maximum: 2_147_483_647 }), Type.Null()]),
    ),
    allow_redelegation: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
    redelegation_count: Type.Optional(Count),
    roles: Type.Optional(Type.Array(Reference, { maxItems: 255 })),
  }),
});

const rolesOf = (tables: Tables, trust: StoredTrust): Promise<StoredRole[]> =>
  tables
    .selectFrom('identity.roles')
    .select(ROLE_COLUMNS)
    .where('id', 'in', (query) =>
      query.selectFrom('identity.trust_roles').select('role_id').where('trust_id', '=', trust.id),
    )
    .orderBy('name')
    .execute();

/** `/v3/OS-TRUST/trusts`: a user lets another act with some of its roles in one project. */
export function trustOperations(context: IdentityContext): Operation[] {
  /** The trust, if it has not ended and the caller is its trustor or trustee or reads the system. */
  const reach = async (request: OperationRequest, action: string): Promise<StoredTrust> => {
    const id = request.params['trust_id']!;
    const row = await getTrust(context.tables, id);
    const { caller } = request;
    const ended =
      row === undefined ||
      (row.expires_at !== null && row.expires_at.getTime() <= Date.now()) ||
      row.remaining_uses === 0;
    // As in Keystone: the one thing that is 404 to whoever asks when it is not there.
    const trust = found(ended ? undefined : row, 'trust', id);
    enforce(action, caller, { users: [trust.trustor_user_id, trust.trustee_user_id] });
    return trust;
  };

  const showRole = (method: 'GET' | 'HEAD'): Operation =>
    operation({
      name: method === 'GET' ? 'get_role_for_trust' : 'check_role_for_trust',
      method,
      path: `${PATH}/{trust_id}/roles/{role_id}`,
      summary: 'Whether a trust gives a role',
      success: 200,
      async handle(request) {
        const id = request.params['role_id']!;
        const trust = await reach(request, 'get_role_for_trust');
        const role = (await rolesOf(context.tables, trust)).find((each) => each.id === id);
        const document = { role: roleView(found(role, 'role', id), request.serviceUrl) };
        return method === 'GET' ? { body: document } : {};
      },
    });

  return [
    operation({
      name: 'create_trust',
      method: 'POST',
      path: PATH,
      summary: 'Let another user act with some of one’s own roles',
      success: 201,
      body: Body,
      async handle(request) {
        const { caller } = request;
        const given = request.body.trust;
        requireUnrestricted(caller, 'trusts');
        enforce('create_trust', caller, { users: [given.trustor_user_id] });
        const project = given.project_id ?? null;
        if (project !== null && !given.roles?.length) {
          throw notAuthorized('At least one role should be specified');
        }
        if (project === null && given.roles?.length) {
          throw badRequest('Expecting to find project_id in trust: roles are given in a project.');
        }
        const { allow_redelegation: enabled, max_redelegation_count: most } = context.options.trust;
        const expiresAt = readExpiry(given.expires_at);
        const id = newHexId();
        const row = await context.change(async (tables) => {
          const passedOn =
            caller.trust &&
            found(await getTrust(tables, caller.trust.id), 'trust', caller.trust.id);
          if (passedOn !== undefined && !enabled) {
            throw forbidden(
              'Trusts are not passed on in this cloud: option trust.allow_redelegation.',
            );
          }
          found(await getUser(tables, given.trustor_user_id), 'user', given.trustor_user_id);
          found(await getUser(tables, given.trustee_user_id), 'user', given.trustee_user_id);
          const trust = {
            id,
            trustor_user_id: given.trustor_user_id,
            trustee_user_id: given.trustee_user_id,
            project_id: project,
            impersonation: given.impersonation,
            expires_at: expiresAt,
            remaining_uses: given.remaining_uses ?? null,
            redelegation_count: redelegationCount(given, passedOn, most),
            redelegated_trust_id: passedOn?.id ?? null,
          };
          let roles: string[] = [];
          if (project !== null) {
            found(await getProject(tables, project, { isDomain: false }), 'project', project);
            const first = passedOn && (await firstTrustor(tables, passedOn.id));
            const held = await effectiveRoles(
              tables,
              first ?? caller.userId,
              { kind: 'project', id: project },
              delegationOf(caller),
            );
            roles = delegatedRoles(given.roles ?? [], held);
          }
          if (passedOn !== undefined) checkPassedOn({ ...trust, roles }, passedOn);
          await insertTrust(tables, trust, roles);
          return found(await getTrust(tables, id), 'trust', id);
        });
        const roles = await rolesOf(context.tables, row);
        return { body: { trust: trustView(row, request.serviceUrl, roles) } };
      },
    }),
    operation({
      name: 'list_trusts',
      method: 'GET',
      path: PATH,
      summary: 'List trusts: those of a trustor, of a trustee, or all',
      success: 200,
      async handle(request) {
        const { caller, query } = request;
        const trustor = one(query, 'trustor_user_id');
        const trustee = one(query, 'trustee_user_id');
        enforce('list_trusts', caller, { users: [trustor, trustee] });
        return {
          body: await collection(request, 'trusts', selectTrusts(context.tables), {
            table: 'identity.trusts',
            named: false,
            filters: {
              trustor_user_id: text('trustor_user_id'),
              trustee_user_id: text('trustee_user_id'),
              project_id: text('project_id'),
            },
            view: (row, serviceUrl) => trustView(row, serviceUrl),
          }),
        };
      },
    }),
    operation({
      name: 'get_trust',
      method: 'GET',
      path: `${PATH}/{trust_id}`,
      summary: 'Show a trust',
      success: 200,
      async handle(request) {
        const trust = await reach(request, 'get_trust');
        const roles = await rolesOf(context.tables, trust);
        return { body: { trust: trustView(trust, request.serviceUrl, roles) } };
      },
    }),
    operation({
      name: 'delete_trust',
      method: 'DELETE',
      path: `${PATH}/{trust_id}`,
      summary: 'End a trust and all that were made from it; their tokens end',
      success: 204,
      async handle(request) {
        const { caller } = request;
        const id = request.params['trust_id']!;
        requireUnrestricted(caller, 'trusts');
        await context.change(async (tables) => {
          const row = found(await getTrust(tables, id), 'trust', id);
          enforce('delete_trust', caller, { users: [row.trustor_user_id] });
          // Its redelegated_trust_id ends those that were passed on: the column's foreign key cascades.
          await tables.deleteFrom('identity.trusts').where('id', '=', id).execute();
        });
        return {};
      },
    }),
    operation({
      name: 'list_roles_for_trust',
      method: 'GET',
      path: `${PATH}/{trust_id}/roles`,
      summary: 'The roles that a trust gives',
      success: 200,
      async handle(request) {
        const trust = await reach(request, 'list_roles_for_trust');
        const roles = await rolesOf(context.tables, trust);
        return {
          body: {
            roles: roles.map((role) => roleView(role, request.serviceUrl)),
            links: links(request),
          },
        };
      },
    }),
    showRole('GET'),
    showRole('HEAD'),
  ];
}
