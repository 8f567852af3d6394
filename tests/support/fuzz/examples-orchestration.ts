import type { Examples, Ids } from './examples.ts';

const TEMPLATE = {
  heat_template_version: '2018-08-31',
  parameters: { size: { type: 'number', default: 1 } },
  resources: {
    one: { type: 'OS::Heat::RandomString', properties: { length: 8 } },
    two: { type: 'OS::Heat::Value', properties: { value: { get_attr: ['one', 'value'] } } },
    net: { type: 'OS::Neutron::Net' },
  },
  outputs: { text: { value: { get_attr: ['two', 'value'] } } },
};

/** Good bodies of orchestration's operations. */
export const orchestration = (ids: Ids, name: string): Examples => ({
  'orchestration.create_stack': [
    { stack_name: name, template: TEMPLATE, tags: 'a,b', timeout_mins: 5 },
    { stack_name: `${name}.t`, template: JSON.stringify(TEMPLATE), disable_rollback: false },
    {
      stack_name: `${name}.p`,
      template: TEMPLATE,
      parameters: { size: 2 },
      files: {},
      environment: {},
    },
  ],
  'orchestration.update_stack': [
    { template: TEMPLATE, parameters: { size: 3 } },
    { template: { heat_template_version: '2013-05-23', resources: {} } },
  ],
  'orchestration.patch_stack': [{ parameters: { size: 4 } }, { clear_parameters: ['size'] }],
  'orchestration.preview_stack': [{ stack_name: name, template: TEMPLATE }],
  'orchestration.preview_stack_update': [{ template: TEMPLATE }],
  'orchestration.preview_stack_patch': [{ parameters: { size: 4 } }],
  'orchestration.stack_action': [{ check: null }, { suspend: null }, { resume: null }],
  'orchestration.take_snapshot': [{ name }],
  'orchestration.signal_resource': [{ text: name }],
  'orchestration.mark_resource_unhealthy': [
    { mark_unhealthy: true, resource_status_reason: 'ill' },
    { mark_unhealthy: false },
  ],
  'orchestration.validate_template': [{ template: TEMPLATE }],
  'orchestration.create_software_config': [{ name, group: 'script', config: 'echo' }],
  'orchestration.create_software_deployment': [
    { server_id: ids['server_id'], config_id: ids['new_uuid'] },
  ],
});
