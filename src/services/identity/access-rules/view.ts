import type { StoredAccessRule } from './model.ts';

export const accessRuleView = (row: StoredAccessRule, userId: string, serviceUrl: string) => ({
  id: row.id,
  service: row.service,
  method: row.method,
  path: row.path,
  links: { self: `${serviceUrl}/v3/users/${userId}/access_rules/${row.id}` },
});
