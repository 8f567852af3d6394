import { stringify } from 'yaml';
import type { ResourceType } from '../type.ts';
import { configAttributes, removeConfig, showConfig, storeConfig } from './software-config.ts';

/** The map as cloud-init reads it: YAML 1.1, where `yes` is a boolean and hence quoted as a text. */
export const cloudConfigText = (map: unknown): string =>
  `#cloud-config\n${stringify(map ?? {}, { version: '1.1', sortMapEntries: true, lineWidth: 0 })}`;

/** User data for cloud-init. */
export const cloudConfig: ResourceType = {
  name: 'OS::Heat::CloudConfig',
  description: 'User data for cloud-init, written as a map in the template.',
  support: { version: '2014.1' },
  properties: {
    cloud_config: { type: 'map', description: 'What cloud-init shall do.' },
  },
  attributes: configAttributes,
  create: (step) =>
    storeConfig(step, {
      group: 'Heat::Ungrouped',
      config: cloudConfigText(step.properties['cloud_config']),
    }),
  delete: removeConfig,
  attribute: async (step) => (await showConfig(step))?.['config'],
};
