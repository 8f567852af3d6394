import { isUuid } from '../../../../core/ids.ts';
import type { ValueMap } from '../../language/index.ts';
import type { ResourceType, Step } from '../type.ts';
import { shortName } from './names.ts';
import { askSelfMaybe, mapAt } from './own.ts';
import { configAttributes, removeConfig, showConfig, storeConfig } from './software-config.ts';
import { group } from './software-io.ts';

const quoted = (text: string): string =>
  `"${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n]/g, ' ')}"`;

/** One text as a part of a MIME message (RFC 2045): as it is when it is ASCII, else in base64. */
export function textPart(text: string, subtype: string, filename: string): string {
  // eslint-disable-next-line no-control-regex
  const ascii = /^[\x00-\x7f]*$/.test(text);
  const headers = [
    `Content-Type: text/${subtype}; charset="${ascii ? 'us-ascii' : 'utf-8'}"`,
    'MIME-Version: 1.0',
    `Content-Transfer-Encoding: ${ascii ? '7bit' : 'base64'}`,
    ...(filename === '' ? [] : [`Content-Disposition: attachment; filename=${quoted(filename)}`]),
  ];
  const body = ascii
    ? text
    : Buffer.from(text)
        .toString('base64')
        .replace(/.{76}(?=.)/g, '$&\n');
  return `${headers.join('\n')}\n\n${body}`;
}

/** The parts of a message that is multipart itself, with their headers; none when it is not. */
export function partsOf(message: string): string[] {
  const head = message.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const boundary =
    /^content-type:\s*multipart\/[^;]+;(?:.|\n[ \t])*?boundary="?([^"\n;]+)"?/im.exec(head)?.[1];
  if (boundary === undefined) return [];
  const parts = `\n${message.slice(head.length)}`.split(`\n--${boundary}`);
  return parts
    .slice(1)
    .filter((part) => !part.startsWith('--'))
    .map((part) => part.replace(/^[ \t]*\r?\n/, '').replace(/\r$/, ''));
}

/** A message of all parts. The boundary is made from `seed` and stands in none of them. */
export function multipart(parts: readonly string[], seed: string): string {
  let boundary = '';
  for (
    let attempt = 0;
    boundary === '' || parts.some((part) => part.includes(boundary));
    attempt += 1
  )
    boundary = `===============${shortName(`${seed}/${attempt}`)}==`;
  return [
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    'MIME-Version: 1.0',
    '',
    ...parts.flatMap((part) => [`--${boundary}`, part]),
    `--${boundary}--`,
    '',
  ].join('\n');
}

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
  return multipart(parts, step.uuid);
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
