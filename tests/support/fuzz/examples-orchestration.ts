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
  'orchestration.validate_template': [
    { template: TEMPLATE },
    {
      template: { ...TEMPLATE, conditions: { large: { equals: [{ get_param: 'size' }, 5] } } },
      parameters: { size: 5 },
      environment: { parameter_defaults: { size: 2 }, resource_registry: { 'A::B': 'a.yaml' } },
      files: { 'a.yaml': JSON.stringify(TEMPLATE) },
    },
    {
      template: {
        AWSTemplateFormatVersion: '2010-09-09',
        Parameters: { Size: { Type: 'Number', Default: 1, MinValue: 0 } },
        Resources: { One: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
      },
      environment_files: ['e.yaml'],
      files: { 'e.yaml': '{"parameters": {"Size": 3}}' },
    },
  ],
  'orchestration.create_software_config': [
    { name, group: 'script', config: 'echo' },
    {
      name,
      group: 'script',
      config: '#!/bin/sh\necho $who > $heat_outputs_path.said',
      inputs: [{ name: 'who', type: 'String', default: 'you', replace_on_change: true }],
      outputs: [{ name: 'said', type: 'String', error_output: false }],
      options: { k: 'v' },
    },
    {
      name,
      group: 'component',
      config: { configs: [{ actions: ['CREATE'], config: 'true', tool: 'script' }] },
    },
  ],
  'orchestration.create_software_deployment': [
    { server_id: ids['server_id'], config_id: ids['config_id'] },
    {
      server_id: ids['server_id'],
      config_id: ids['config_id'],
      input_values: { who: 'me' },
      action: 'CREATE',
      status: 'IN_PROGRESS',
      status_reason: 'waiting',
      stack_user_project_id: ids['project_id'],
    },
    { server_id: ids['new_uuid'], config_id: ids['new_uuid'] },
  ],
  'orchestration.update_software_deployment': [
    { status: 'COMPLETE', output_values: { deploy_stdout: 'x', deploy_status_code: 0 } },
    { config_id: ids['config_id'], input_values: { who: 'them' }, action: 'UPDATE' },
    { config_id: ids['new_uuid'] },
  ],
});
