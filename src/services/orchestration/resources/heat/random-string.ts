import { randomInt } from 'node:crypto';
import { badRequest } from '../../../../core/errors.ts';
import type { ValueMap } from '../../language/index.ts';
import type { Property } from '../property.ts';
import type { ResourceType } from '../type.ts';
import { physicalName } from './names.ts';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

/** The classes of characters by Heat's names. */
const CLASSES: Readonly<Record<string, string>> = {
  lettersdigits: LOWER + UPPER + DIGITS,
  letters: LOWER + UPPER,
  lowercase: LOWER,
  uppercase: UPPER,
  digits: DIGITS,
  hexdigits: `${DIGITS}ABCDEF`,
  octdigits: '01234567',
};

interface Source {
  readonly characters: string;
  readonly least: number;
}

const pick = (characters: readonly string[]): string => characters[randomInt(characters.length)]!;

function sourcesOf(properties: ValueMap): Source[] {
  const sequences = (properties['character_sequences'] ?? []) as readonly ValueMap[];
  const classes = properties['sequence']
    ? [{ class: properties['sequence'], min: 1 }]
    : ((properties['character_classes'] ?? []) as readonly ValueMap[]);
  return [
    ...sequences.map((one) => ({
      characters: String(one['sequence']),
      least: Number(one['min'] ?? 1),
    })),
    ...classes.map((one) => ({
      characters: CLASSES[String(one['class'] ?? 'lettersdigits')]!,
      least: Number(one['min'] ?? 1),
    })),
  ];
}

/** A text with at least so many characters of each source, in any order, from a source of true randomness. */
export function randomText(sources: readonly Source[], length: number): string {
  const taken = sources.flatMap(({ characters, least }) =>
    Array.from({ length: least }, () => pick([...characters])),
  );
  const all = [...new Set(sources.flatMap(({ characters }) => [...characters]))];
  while (taken.length < length) taken.push(pick(all));
  for (let last = taken.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [taken[last], taken[other]] = [taken[other]!, taken[last]!];
  }
  return taken.join('');
}

const least: Property = {
  type: 'integer',
  description: 'How many of these characters there are at least.',
  default: 1,
  constraints: [{ kind: 'range', min: 1, max: 512, description: undefined }],
};

const names = {
  kind: 'allowed_values',
  values: Object.keys(CLASSES),
  description: undefined,
} as const;

/** A random text, made once and kept: passwords of servers that nobody has to think of. */
export const randomString: ResourceType = {
  name: 'OS::Heat::RandomString',
  description: 'A random text, such as a password.',
  support: { version: '2014.1' },
  properties: {
    length: {
      type: 'integer',
      description: 'How many characters it has.',
      default: 32,
      constraints: [{ kind: 'range', min: 1, max: 512, description: undefined }],
    },
    sequence: {
      type: 'string',
      description: 'The class of characters it is made of.',
      constraints: [names],
      support: { status: 'HIDDEN', version: '5.0.0', message: 'Use character_classes.' },
    },
    character_classes: {
      type: 'list',
      description: 'Classes of characters it is made of.',
      default: [{ class: 'lettersdigits', min: 1 }],
      items: {
        type: 'map',
        description: 'One class.',
        members: {
          class: {
            type: 'string',
            description: 'The name of the class.',
            default: 'lettersdigits',
            constraints: [names],
          },
          min: least,
        },
      },
    },
    character_sequences: {
      type: 'list',
      description: 'Further characters it is made of.',
      items: {
        type: 'map',
        description: 'One set of characters.',
        members: {
          sequence: { type: 'string', description: 'The characters.', required: true },
          min: least,
        },
      },
    },
    salt: {
      type: 'string',
      description: 'Means nothing; when it changes, a new text is made.',
    },
  },
  attributes: { value: { type: 'string', description: 'The text.' } },
  validate(properties) {
    const length = properties['length'];
    if (typeof length !== 'number') return;
    const sources = sourcesOf(properties);
    if (sources.reduce((sum, one) => sum + one.least, 0) > length) {
      throw badRequest(
        'Length property cannot be smaller than combined character class and character sequence minimums',
      );
    }
    if (sources.every(({ characters }) => characters === '')) {
      throw badRequest('There are no characters to choose from: name a class or a sequence');
    }
  },
  async create(step) {
    const value =
      step.data['value'] ??
      randomText(sourcesOf(step.properties), Number(step.properties['length']));
    await step.save({ physicalId: physicalName(step), data: { value } });
  },
  attribute: async (step) => step.data['value'],
  reference: (step) => step.data['value'] ?? step.name,
};
