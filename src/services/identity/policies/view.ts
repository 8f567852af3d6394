import type { StoredPolicy } from './model.ts';

export const policyView = (row: StoredPolicy, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  type: row.type,
  blob: row.blob,
  links: { self: `${serviceUrl}/v3/policies/${row.id}` },
});
