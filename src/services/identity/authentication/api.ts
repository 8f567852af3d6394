import { sql } from 'kysely';
import { forbidden } from '../../../core/errors.ts';
import type { Operation, OperationRequest } from '../../operation.ts';
import { operation } from '../policy/operation.ts';
import { links } from '../collections.ts';
import type { IdentityContext } from '../context.ts';
import { domainView } from '../domains/view.ts';
import { catalogJson, catalogOf } from '../endpoints/catalog.ts';
import { couldNotFind } from '../errors.ts';
import { enforce } from '../policy/enforce.ts';
import { PROJECT_COLUMNS, type StoredProject } from '../projects/model.ts';
import { projectView } from '../projects/view.ts';
import { sessionOf, type Session } from '../tokens/session.ts';
import { tokenJson } from '../tokens/view.ts';
import { authenticate } from './authenticate.ts';
import { receiptReply } from './receipt-view.ts';
import { AuthenticationBody } from './rules.ts';

/** `/v3/auth`: tokens, and what a token's user may ask about itself. */
export function authenticationOperations(context: IdentityContext): Operation[] {
  const document = async (session: Session, request: OperationRequest) => {
    const wanted = session.payload.scope.kind !== 'unscoped' && !('nocatalog' in request.query);
    const scope = { projectId: session.project?.id, userId: session.user.id };
    return tokenJson(
      session,
      wanted ? await catalogJson(context, request.urlOf, scope) : undefined,
    );
  };

  /** The token in `X-Subject-Token`, which its owner and readers of the system may look at. */
  const subject = async (request: OperationRequest, action: string): Promise<[string, Session]> => {
    const token = request.headers['x-subject-token'] ?? '';
    const session = token === '' ? undefined : await sessionOf(context, token);
    // As in Keystone: nobody guesses a token, so 404 tells whoever asks that it has ended.
    if (session === undefined)
      throw couldNotFind(
        'token',
        token === '' ? 'none in X-Subject-Token' : 'it is no token, has expired or was revoked',
      );
    enforce(action, request.caller, { users: [session.user.id] });
    return [token, session];
  };

  const validate = (method: 'GET' | 'HEAD'): Operation =>
    operation({
      name: method === 'GET' ? 'validate_token' : 'check_token',
      method,
      path: '/v3/auth/tokens',
      summary: method === 'GET' ? 'Show what a token says' : 'Whether a token is good',
      success: 200,
      async handle(request) {
        const [token, session] = await subject(
          request,
          method === 'GET' ? 'validate_token' : 'check_token',
        );
        // Whoever asks must enforce the rules itself, and says by this header that it does.
        if (
          session.applicationCredential?.accessRules !== undefined &&
          request.headers['openstack-identity-access-rules'] === undefined
        ) {
          throw couldNotFind('token', 'it has access rules, which the caller does not support');
        }
        return {
          body: method === 'GET' ? await document(session, request) : undefined,
          headers: { 'X-Subject-Token': token, Vary: 'X-Auth-Token' },
        };
      },
    });

  return [
    operation({
      name: 'issue_token',
      method: 'POST',
      path: '/v3/auth/tokens',
      summary: 'Authenticate and get a token',
      success: 201,
      body: AuthenticationBody,
      async handle(request) {
        const outcome = await authenticate(
          context,
          request.body.auth,
          request.serviceUrl,
          request.headers['openstack-auth-receipt'],
        );
        if ('receipt' in outcome) return receiptReply(context, outcome, request.serviceUrl);
        const { token, session } = outcome;
        return {
          body: await document(session, request),
          headers: { 'X-Subject-Token': token, Vary: 'X-Auth-Token' },
        };
      },
    }),
    validate('GET'),
    validate('HEAD'),
    operation({
      name: 'revoke_token',
      method: 'DELETE',
      path: '/v3/auth/tokens',
      summary: 'End a token now',
      success: 204,
      async handle(request) {
        const [, { payload }] = await subject(request, 'revoke_token');
        await context.change((tables) =>
          tables
            .insertInto('identity.revoked_tokens')
            .values({ audit_id: payload.auditIds[0], expires_at: payload.expiresAt })
            .onConflict((conflict) => conflict.doNothing())
            .execute(),
        );
        return {};
      },
    }),
    operation({
      name: 'get_auth_catalog',
      method: 'GET',
      path: '/v3/auth/catalog',
      summary: 'The catalog of the token',
      success: 200,
      async handle(request) {
        const { caller } = request;
        if (caller.projectId === undefined) {
          throw forbidden('A project-scoped token is required to produce a service catalog.');
        }
        return {
          body: {
            catalog: await catalogOf(context, request.urlOf, {
              projectId: caller.projectId,
              userId: caller.userId,
            }),
            links: links(request),
          },
        };
      },
    }),
    ...(['projects', 'domains'] as const).map((kind) =>
      operation({
        name: `get_auth_${kind}`,
        method: 'GET',
        path: `/v3/auth/${kind}`,
        summary: `The ${kind} that the user may scope a token to`,
        success: 200,
        async handle(request) {
          const rows = await accessible(context, request.caller.userId, kind === 'domains');
          const view = kind === 'domains' ? domainView : projectView;
          return {
            body: {
              [kind]: rows.map((row) => view(row, request.serviceUrl)),
              links: links(request),
            },
          };
        },
      }),
    ),
    operation({
      name: 'get_auth_system',
      method: 'GET',
      path: '/v3/auth/system',
      summary: 'Whether the user may scope a token to the system',
      success: 200,
      async handle(request) {
        const { rows } = await sql`
          select 1 from identity.assignments where project_id is null and (user_id = ${request.caller.userId}
            or group_id in (select group_id from identity.memberships where user_id = ${request.caller.userId}))
          limit 1`.execute(context.tables);
        return { body: { system: rows.map(() => ({ all: true })), links: links(request) } };
      },
    }),
  ];
}

/** Enabled projects (or domains) in which the user has a role, directly, through a group or inherited. */
export async function accessible(
  context: IdentityContext,
  userId: string,
  domains: boolean,
): Promise<StoredProject[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive granted as (
      select project_id, inherited from identity.assignments
      where user_id = ${userId}
         or group_id in (select group_id from identity.memberships where user_id = ${userId})
    ), below(id) as (
      select p.id from identity.projects p
        join granted g on p.parent_id = g.project_id and g.inherited
      union select p.id from identity.projects p join below on p.parent_id = below.id
    )
    select project_id as id from granted where project_id is not null and not inherited
    union select id from below`.execute(context.tables);
  if (rows.length === 0) return [];
  return context.tables
    .selectFrom('identity.projects as project')
    .leftJoin('identity.projects as domain', 'domain.id', 'project.domain_id')
    .select(PROJECT_COLUMNS.map((column) => `project.${column}` as const))
    .where(
      'project.id',
      'in',
      rows.map((row) => row.id),
    )
    .where('project.is_domain', '=', domains)
    .where('project.enabled', '=', true)
    .where((where) =>
      where.or([where('domain.enabled', '=', true), where('domain.id', 'is', null)]),
    )
    .orderBy('project.name')
    .orderBy('project.id')
    .execute();
}
