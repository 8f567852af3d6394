import { isoMicroseconds } from '../../../core/time.ts';
import { roleView } from '../roles/view.ts';
import type { StoredRole } from '../roles/model.ts';
import type { StoredTrust } from './model.ts';

/** @param roles left out of lists, as in Keystone */
export function trustView(row: StoredTrust, serviceUrl: string, roles?: readonly StoredRole[]) {
  const self = `${serviceUrl}/v3/OS-TRUST/trusts/${row.id}`;
  return {
    id: row.id,
    trustor_user_id: row.trustor_user_id,
    trustee_user_id: row.trustee_user_id,
    project_id: row.project_id,
    impersonation: row.impersonation,
    expires_at: row.expires_at && isoMicroseconds(row.expires_at),
    deleted_at: null,
    remaining_uses: row.remaining_uses,
    redelegation_count: row.redelegation_count,
    redelegated_trust_id: row.redelegated_trust_id,
    ...(roles === undefined
      ? {}
      : {
          roles: roles.map((role) => roleView(role, serviceUrl)),
          roles_links: { self: `${self}/roles`, next: null, previous: null },
        }),
    links: { self },
  };
}
