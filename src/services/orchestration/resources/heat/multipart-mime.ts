import { isUuid } from '../../../../core/ids.ts';
import type { ValueMap } from '../../language/index.ts';
import { multipart, partsOf, textPart } from '../mime.ts';
import type { ResourceType, Step } from '../type.ts';
import { shortName } from './names.ts';
import { askSelfMaybe, mapAt } from './own.ts';
import { configAttributes, removeConfig, showConfig, storeConfig } from './software-config.ts';
import { group } from './software-io.ts';

/** The text of a part: itself, or that of the configuration whose id it is. */
async function contentOf(step: Step, config: string): Promise<string> {
  if (!isUuid(config)) return config;
  const reply = await askSelfMaybe(step, 'GET', `/software_configs/${config}`);
  if (reply === undefined) return config;
  const content = mapAt(reply, 'software_config')['config'] ?? '';
  return typeof content === 'string' ? content : JSON.stringify(content);
}

async function messageOf(step: Step): Promise<string> {
  const parts: string[] = [];
  for (const item of (step.properties['parts'] ?? []) as readonly ValueMap[]) {
    const content = await contentOf(step, String(item['config'] ?? ''));
    if (item['type'] === 'multipart') parts.push(...partsOf(content));
    else
      parts.push(
        textPart(content, String(item['subtype'] ?? 'plain'), String(item['filename'] ?? '')),
      );
  }
  return multipart(parts, shortName(step.uuid));
}

/** Several texts in one: cloud-init takes it as user data. */
export const multipartMime: ResourceType = {
  name: 'OS::Heat::MultipartMime',
  description: 'Several configurations in one MIME message, for cloud-init.',
  support: { version: '2014.1' },
  properties: {
    group: { ...group, support: { version: '14.0.0' } },
    parts: {
      type: 'list',
      description: 'What it is made of.',
      default: [],
      items: {
        type: 'map',
        description: 'One part.',
        members: {
          config: {
            type: 'string',
            description: 'The text, or the id of a configuration that has it.',
            required: true,
          },
          filename: { type: 'string', description: 'The name of the part as a file.' },
          type: {
            type: 'string',
            description: '`multipart`: the text is a message, whose parts are taken over.',
            default: 'text',
            constraints: [
              { kind: 'allowed_values', values: ['text', 'multipart'], description: undefined },
            ],
          },
          subtype: {
            type: 'string',
            description: 'The second half of its type, `x-shellscript`; `plain` without it.',
          },
        },
      },
    },
  },
  attributes: configAttributes,
  create: async (step) =>
    storeConfig(step, {
      group: step.properties['group'] ?? 'Heat::Ungrouped',
      config: await messageOf(step),
    }),
  delete: removeConfig,
  attribute: async (step) => (await showConfig(step))?.['config'],
};
