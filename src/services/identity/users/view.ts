import { isoMicrosecondsNaive } from '../../../core/time.ts';
import type { StoredUser } from './model.ts';

export const userView = (row: StoredUser, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  name: row.name,
  domain_id: row.domain_id,
  enabled: row.enabled,
  ...(row.default_project_id === null ? {} : { default_project_id: row.default_project_id }),
  password_expires_at: row.password_expires_at && isoMicrosecondsNaive(row.password_expires_at),
  options: row.options,
  links: { self: `${serviceUrl}/v3/users/${row.id}` },
});
