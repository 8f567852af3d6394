import type { Examples, Ids } from './examples.ts';

const INVENTORY = { total: 10, reserved: 0, min_unit: 1, max_unit: 5, step_size: 1 };

/** Good bodies of placement's operations. */
export const placement = (ids: Ids, name: string): Examples => {
  const consumer = { project_id: ids['project_id'], user_id: ids['user_id'] };
  const resources = { resources: { VCPU: 1 } };
  const provider = ids['uuid'] ?? '';
  const newest = {
    allocations: { [provider]: resources },
    ...consumer,
    consumer_generation: null,
    consumer_type: 'INSTANCE',
    mappings: { '': [provider] },
  };
  return {
    'placement.create_resource_provider': [
      { name },
      { name, uuid: ids['new_uuid'] },
      { name, parent_provider_uuid: provider },
    ],
    'placement.update_resource_provider': [{ name }, { name, parent_provider_uuid: null }],
    'placement.create_inventory': [{ resource_class: 'VCPU', ...INVENTORY }],
    'placement.replace_inventories': [
      {
        resource_provider_generation: 0,
        inventories: { VCPU: INVENTORY, MEMORY_MB: { total: 10, allocation_ratio: 1.5 } },
      },
    ],
    'placement.update_inventory': [{ resource_provider_generation: 1, ...INVENTORY }],
    'placement.update_resource_provider_aggregates': [
      [ids['new_uuid']],
      { aggregates: [ids['new_uuid']], resource_provider_generation: 1 },
    ],
    'placement.update_allocations': [
      newest,
      { allocations: { [provider]: resources }, ...consumer, consumer_generation: null },
      { allocations: [{ resource_provider: { uuid: provider }, ...resources }], ...consumer },
    ],
    'placement.manage_allocations': [
      { [ids['new_uuid'] ?? '']: newest },
      { [ids['new_uuid'] ?? '']: { allocations: {}, ...consumer } },
    ],
    'placement.reshape': [
      {
        inventories: {
          [provider]: { resource_provider_generation: 1, inventories: { VCPU: INVENTORY } },
        },
        allocations: { [ids['new_uuid'] ?? '']: newest },
      },
    ],
    'placement.update_resource_provider_traits': [
      { traits: ['HW_CPU_X86_AVX'], resource_provider_generation: 1 },
    ],
    'placement.create_resource_class': [{ name: `CUSTOM_${name.toUpperCase()}` }],
    'placement.rename_resource_class': [{ name: `CUSTOM_R${name.toUpperCase()}` }],
  };
};
