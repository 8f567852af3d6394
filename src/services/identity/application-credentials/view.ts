import type { StoredApplicationCredential } from './model.ts';

/** @param secret only in the answer to its creation: nobody can read it later */
export function applicationCredentialView(
  row: StoredApplicationCredential,
  serviceUrl: string,
  secret?: string,
) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    user_id: row.user_id,
    project_id: row.project_id,
    system: null,
    roles: row.roles,
    unrestricted: row.unrestricted,
    expires_at: row.expires_text,
    ...(row.access_rules.length === 0 ? {} : { access_rules: row.access_rules }),
    ...(secret === undefined ? {} : { secret }),
    links: { self: `${serviceUrl}/v3/users/${row.user_id}/application_credentials/${row.id}` },
  };
}
