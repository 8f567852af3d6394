import type { StoredProject } from '../projects/model.ts';

export const domainView = (row: StoredProject, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  name: row.name,
  description: row.description,
  enabled: row.enabled,
  tags: row.tags,
  options: row.options,
  links: { self: `${serviceUrl}/v3/domains/${row.id}` },
});
