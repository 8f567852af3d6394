import type { StoredLimit } from './model.ts';

export const limitView = (row: StoredLimit, serviceUrl: string) => ({
  id: row.id,
  project_id: row.limited_project_id,
  domain_id: row.limited_domain_id,
  service_id: row.service_id,
  region_id: row.region_id,
  resource_name: row.resource_name,
  resource_limit: row.resource_limit,
  description: row.description,
  links: { self: `${serviceUrl}/v3/limits/${row.id}` },
});
