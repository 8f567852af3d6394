import type { StoredRole } from './model.ts';

export const roleView = (row: StoredRole, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  name: row.name,
  domain_id: row.domain_id,
  description: row.description,
  options: row.options,
  links: { self: `${serviceUrl}/v3/roles/${row.id}` },
});

/** A role as implications name it. */
export const briefRole = (row: Pick<StoredRole, 'id' | 'name'>, serviceUrl: string) => ({
  id: row.id,
  name: row.name,
  links: { self: `${serviceUrl}/v3/roles/${row.id}` },
});
