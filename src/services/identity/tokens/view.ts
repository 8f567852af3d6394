import { isoMicroseconds, isoMicrosecondsNaive } from '../../../core/time.ts';
import type { Session, SessionCredential, SessionTrust } from './session.ts';

/**
 * The token document as JSON; without a catalog the member is missing (`?nocatalog`, unscoped tokens).
 * @param catalog JSON, too: most of the document, and the same for many tokens
 */
export function tokenJson(session: Session, catalog: string | undefined): string {
  const json = JSON.stringify({ token: tokenView(session) });
  return catalog === undefined ? json : `${json.slice(0, -2)},"catalog":${catalog}}}`;
}

function tokenView(session: Session) {
  const { payload, user, project, domain, roles, applicationCredential, trust } = session;
  const scoped = payload.scope.kind !== 'unscoped';
  return {
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
