import type { StoredEndpointGroup } from './model.ts';

export const endpointGroupView = (row: StoredEndpointGroup, serviceUrl: string) => ({
  id: row.id,
  name: row.name,
  description: row.description,
  filters: row.filters,
  links: { self: `${serviceUrl}/v3/OS-EP-FILTER/endpoint_groups/${row.id}` },
});
