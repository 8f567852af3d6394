import type { StoredProject } from './model.ts';

export const projectView = (row: StoredProject, serviceUrl: string) => ({
  ...row.extra,
  id: row.id,
  name: row.name,
  domain_id: row.domain_id,
  parent_id: row.parent_id,
  is_domain: row.is_domain,
  description: row.description,
  enabled: row.enabled,
  tags: row.tags,
  options: row.options,
  links: { self: `${serviceUrl}/v3/projects/${row.id}` },
});
