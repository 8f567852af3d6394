import type { StoredGroup } from './model.ts';

export const groupView = (row: StoredGroup, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  name: row.name,
  domain_id: row.domain_id,
  description: row.description,
  links: { self: `${serviceUrl}/v3/groups/${row.id}` },
});
