import type { StoredRegisteredLimit } from './model.ts';

export const registeredLimitView = (row: StoredRegisteredLimit, serviceUrl: string) => ({
  id: row.id,
  service_id: row.service_id,
  region_id: row.region_id,
  resource_name: row.resource_name,
  default_limit: row.default_limit,
  description: row.description,
  links: { self: `${serviceUrl}/v3/registered_limits/${row.id}` },
});
