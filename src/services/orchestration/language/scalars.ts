/**
 * Plain scalars as templates mean them: YAML 1.1 with the very patterns of PyYAML, which reads them in Heat.
 * `on` is true but `y` is text, `0644` is octal, `12:30` is sexagesimal, a MAC address and a date stay text
 * (a date is how a template names its version).
 */
const BOOLEAN = /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const NOT = /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NOTHING = /^(?:~|null|Null|NULL|)$/;
const INTEGER =
  /^(?:[-+]?0b[0-1_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)$/;

type Scalar = null | boolean | number | string;

const sexagesimal = (text: string): number =>
  text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);

function integerOf(text: string): Scalar {
  const bare = text.replaceAll('_', '');
  const sign = bare.startsWith('-') ? -1 : 1;
  const digits = bare.replace(/^[-+]/, '');
  let value: number;
  if (digits.startsWith('0b') || digits.startsWith('0x')) value = Number(digits);
  else if (digits.includes(':')) value = sexagesimal(digits);
  else if (digits.length > 1 && digits.startsWith('0')) value = parseInt(digits, 8);
  else value = Number(digits);
  // Beyond 2^53 a number would lose digits; as text it keeps them.
  return Number.isSafeInteger(value) ? sign * value : text;
}

function floatOf(text: string): number {
  const bare = text.replaceAll('_', '');
  if (!bare.includes(':')) return Number(bare);
  const sign = bare.startsWith('-') ? -1 : 1;
  return sign * sexagesimal(bare.replace(/^[-+]/, ''));
}

/** The value of a scalar that stands without quotes and without a tag. */
export function plainScalar(text: string): Scalar {
  if (NOTHING.test(text)) return null;
  if (BOOLEAN.test(text)) return true;
  if (NOT.test(text)) return false;
  if (INTEGER.test(text)) return integerOf(text);
  if (FLOAT.test(text)) return floatOf(text);
  return text;
}

/** The value of a scalar with a tag such as `!!str`; undefined when the tag means nothing to us. */
export function taggedScalar(tag: string, text: string): Scalar | undefined {
  switch (tag) {
    case '!':
    case 'tag:yaml.org,2002:str':
    case 'tag:yaml.org,2002:timestamp':
      return text;
    case 'tag:yaml.org,2002:null':
      return null;
    case 'tag:yaml.org,2002:bool':
      return BOOLEAN.test(text) ? true : NOT.test(text) ? false : undefined;
    case 'tag:yaml.org,2002:int':
      return INTEGER.test(text) ? integerOf(text) : undefined;
    case 'tag:yaml.org,2002:float':
      return FLOAT.test(text) || INTEGER.test(text) ? floatOf(text) : undefined;
    default:
      return undefined;
  }
}
