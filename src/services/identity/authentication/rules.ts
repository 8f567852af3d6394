import { Type, type Static } from 'typebox';
import { badRequest } from '../../../core/errors.ts';
import { Id, Reference } from '../schemas.ts';

/** Body of `POST /v3/auth/tokens`: https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management */
export const AuthenticationBody = Type.Object({
  auth: Type.Object({
    identity: Type.Object({
      methods: Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 8 }),
      password: Type.Optional(
        Type.Object({
          user: Type.Object({
            id: Type.Optional(Id),
            name: Type.Optional(Id),
            domain: Type.Optional(Type.Object({ id: Type.Optional(Id), name: Type.Optional(Id) })),
            password: Type.String(),
          }),
        }),
      ),
      totp: Type.Optional(
        Type.Object({
          user: Type.Object({
            id: Type.Optional(Id),
            name: Type.Optional(Id),
            domain: Type.Optional(Type.Object({ id: Type.Optional(Id), name: Type.Optional(Id) })),
            passcode: Type.String({ maxLength: 64 }),
          }),
        }),
      ),
      token: Type.Optional(Type.Object({ id: Type.String({ minLength: 1 }) })),
      application_credential: Type.Optional(
        Type.Object({
          id: Type.Optional(Id),
          name: Type.Optional(Id),
          user: Type.Optional(Reference),
          secret: Type.String({ maxLength: 4096 }),
        }),
      ),
    }),
    scope: Type.Optional(
      Type.Union([
        Type.Literal('unscoped'),
        Type.Object({
          project: Type.Optional(Reference),
          domain: Type.Optional(Type.Object({ id: Type.Optional(Id), name: Type.Optional(Id) })),
          system: Type.Optional(Type.Object({ all: Type.Optional(Type.Boolean()) })),
          unscoped: Type.Optional(Type.Object({})),
          'OS-TRUST:trust': Type.Optional(Type.Object({ id: Id })),
        }),
      ]),
    ),
  }),
});
export type AuthenticationRequest = Static<typeof AuthenticationBody>['auth'];

export type Named = Static<typeof Reference>;

/** The scope that was asked for; `default` means the user's own default project, if there is one. */
export type RequestedScope =
  | { readonly kind: 'default' | 'unscoped' | 'system' }
  | { readonly kind: 'trust'; readonly id: string }
  | { readonly kind: 'project' | 'domain'; readonly named: Named };

/** Reads the scope; two scopes at once, and names that could mean several projects, are the caller's mistakes. */
export function requestedScope(request: AuthenticationRequest): RequestedScope {
  const { scope } = request;
  if (scope === undefined) return { kind: 'default' };
  if (scope === 'unscoped' || scope.unscoped) return { kind: 'unscoped' };
  const given = (['project', 'domain', 'system', 'OS-TRUST:trust'] as const).filter(
    (kind) => scope[kind] !== undefined,
  );
  if (given.length > 1) {
    throw badRequest(
      `A token has one scope, and the request asks for ${given.length}: ${given.join(', ')}.`,
    );
  }
  if (scope.project) {
    requireName(scope.project, 'project', true);
    return { kind: 'project', named: scope.project };
  }
  if (scope.domain) {
    requireName(scope.domain, 'domain', false);
    return { kind: 'domain', named: scope.domain };
  }
  const trust = scope['OS-TRUST:trust'];
  if (trust) return { kind: 'trust', id: trust.id };
  if (scope.system?.all) return { kind: 'system' };
  throw badRequest(
    'Expecting to find project, domain, OS-TRUST:trust or system.all in scope, or scope "unscoped".',
  );
}

/** Fails unless the reference has an id, or a name and (when names are unique per domain only) its domain. */
export function requireName(named: Named, kind: string, withDomain: boolean): void {
  if (named.id !== undefined) return;
  if (named.name === undefined) throw badRequest(`Expecting to find id or name in ${kind}.`);
  if (withDomain && named.domain?.id === undefined && named.domain?.name === undefined) {
    throw badRequest(
      `Expecting to find domain in ${kind}: names are unique within a domain only, so send its id or name too.`,
    );
  }
}
