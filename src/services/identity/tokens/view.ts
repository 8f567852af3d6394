import { isoMicroseconds, isoMicrosecondsNaive } from '../../../core/time.ts';
import type { CatalogEntry } from '../endpoints/catalog.ts';
import type { Session, SessionCredential, SessionTrust } from './session.ts';

/** The token document; without `catalog` the member is missing (`?nocatalog`, unscoped tokens). */
export function tokenView(session: Session, catalog: readonly CatalogEntry[] | undefined) {
  const { payload, user, project, domain, roles, applicationCredential, trust } = session;
  const scoped = payload.scope.kind !== 'unscoped';
  return {
    token: {
      methods: payload.methods,
      user: {
        id: user.id,
        name: user.name,
        domain: user.domain,
        password_expires_at: user.passwordExpiresAt && isoMicrosecondsNaive(user.passwordExpiresAt),
      },
      audit_ids: payload.auditIds,
      issued_at: isoMicroseconds(payload.issuedAt),
      expires_at: isoMicroseconds(payload.expiresAt),
      ...(project ? { project, is_domain: false } : {}),
      ...(domain ? { domain } : {}),
      ...(payload.scope.kind === 'system' ? { system: { all: true } } : {}),
      ...(scoped ? { roles } : {}),
      ...(applicationCredential ? { application_credential: delegate(applicationCredential) } : {}),
      ...(trust ? { 'OS-TRUST:trust': trustOf(trust) } : {}),
      ...(catalog ? { catalog } : {}),
    },
  };
}

const delegate = ({ id, name, unrestricted, accessRules }: SessionCredential) => ({
  id,
  name,
  restricted: !unrestricted,
  ...(accessRules ? { access_rules: accessRules } : {}),
});

const trustOf = ({ id, impersonation, trustorUserId, trusteeUserId }: SessionTrust) => ({
  id,
  impersonation,
  trustor_user: { id: trustorUserId },
  trustee_user: { id: trusteeUserId },
});
