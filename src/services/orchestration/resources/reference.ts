import type { Properties } from './property.ts';
import type { ResourceType } from './type.ts';

/** The reference's list of types: one line each, with properties and attributes. */
export function typesTable(types: readonly ResourceType[]): string {
  const rows = types
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((type) => {
      const attributes = Object.entries(type.attributes ?? {})
        .filter(([, { support }]) => support?.status !== 'HIDDEN')
        .map(([name]) => `\`${name}\``);
      return [
        `\`${type.name}\``,
        cell(type.description) + note(type),
        propertiesText(type.properties),
        attributes.join(', '),
      ].join(' | ');
    });
  return [
    '| type | | properties | attributes |',
    '|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function note({ support }: ResourceType): string {
  const status = support?.status ?? 'SUPPORTED';
  if (status === 'SUPPORTED') return '';
  return ` *${status.toLowerCase()}*${support?.message === undefined ? '' : `: ${cell(support.message)}`}`;
}

/** Required ones are bold; those that an update changes in place have a `~` behind them. */
function propertiesText(properties: Properties): string {
  return Object.entries(properties)
    .filter(([, { support }]) => support?.status !== 'HIDDEN')
    .map(([name, { required, updateAllowed }]) => {
      const shown = required ? `**\`${name}\`**` : `\`${name}\``;
      return updateAllowed ? `${shown}~` : shown;
    })
    .join(', ');
}
