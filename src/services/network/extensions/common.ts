import type { Extension } from '../drivers/extension.ts';
import { quotaOperations } from '../quotas/api.ts';
import { serviceProviderOperations } from '../service_providers/api.ts';
import { zoneOperations } from '../zones/api.ts';

/** What holds for resources of every kind: how they are listed, tagged, counted. */
export const common: Extension = {
  name: 'common',
  aliases: [
    {
      alias: 'availability_zone',
      name: 'Availability Zone',
      description: 'Zones of networks and routers',
    },
    {
      alias: 'availability_zone_filter',
      name: 'Availability Zone Filter Extension',
      description: 'Zones by name, resource and state',
    },
    {
      alias: 'empty-string-filtering',
      name: 'Empty String Filtering Extension',
      description: 'Filters with an empty value',
    },
    {
      alias: 'filter-validation',
      name: 'Filter parameters validation',
      description: 'Unknown filters are refused',
    },
    { alias: 'pagination', name: 'Pagination support', description: 'Lists page by page' },
    {
      alias: 'project-id',
      name: 'project_id field enabled',
      description: 'project_id beside tenant_id',
    },
    {
      alias: 'quota-check-limit',
      name: 'Quota engine limit check',
      description: 'Limits that are not below what is used',
    },
    {
      alias: 'quota_details',
      name: 'Quota details management support',
      description: 'Use and limit of each quota',
    },
    {
      alias: 'quotas',
      name: 'Quota management support',
      description: 'How much a project may have',
    },
    {
      alias: 'revision-if-match',
      name: 'If-Match constraints based on revision_number',
      description: 'Changes only of a known revision',
    },
    {
      alias: 'service-type',
      name: 'Neutron Service Type Management',
      description: 'What makes routers',
    },
    {
      alias: 'sort-key-validation',
      name: 'Sort keys validation',
      description: 'Unknown sort keys are refused',
    },
    { alias: 'sorting', name: 'Sorting support', description: 'Lists in any order' },
    {
      alias: 'standard-attr-description',
      name: 'standard-attr-description',
      description: 'Descriptions',
    },
    {
      alias: 'standard-attr-revisions',
      name: 'Resource revision numbers',
      description: 'Revision numbers',
    },
    {
      alias: 'standard-attr-tag',
      name: 'Tag support for resources with standard attribute',
      description: 'Tags',
    },
    {
      alias: 'standard-attr-timestamp',
      name: 'Resource timestamps',
      description: 'Times of creation and change',
    },
    {
      alias: 'tag-creation',
      name: 'Tag creation extension',
      description: 'Several tags at once',
    },
  ],
  operations: (room) => [
    ...quotaOperations(room),
    ...serviceProviderOperations,
    ...zoneOperations(room),
  ],
};
