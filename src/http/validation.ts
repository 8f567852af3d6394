import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { badRequest } from '../core/errors.ts';

type Checker = ReturnType<typeof Compile>;
type SchemaError = ReturnType<Checker['Errors']>[number];

/** Schemas are compiled when first needed: a start with 300 of them costs nothing. */
const checkers = new WeakMap<TSchema, Checker>();

function checkerOf(schema: TSchema): Checker {
  let checker = checkers.get(schema);
  if (checker === undefined) checkers.set(schema, (checker = Compile(schema)));
  return checker;
}

/** `/server/networks/0/uuid` → `server.networks[0].uuid` */
const fieldOf = (pointer: string): string =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce(
      (path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : path ? `${path}.${part}` : part),
      '',
    );

const list = (values: unknown): string =>
  Array.isArray(values) ? values.map(String).join(', ') : String(values);

function sentence(error: SchemaError, siblings: readonly SchemaError[]): string {
  const parameters = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return `must have ${list(parameters['requiredProperties'])}`;
    case 'additionalProperties':
      return `has unknown members: ${list(parameters['additionalProperties'])}`;
    case 'maxLength':
      return `is too long: at most ${String(parameters['limit'])} characters`;
    case 'minLength':
      return `is too short: at least ${String(parameters['limit'])} characters`;
    case 'anyOf': {
      const choices = siblings
        .filter((other) => other.keyword === 'const' && other.instancePath === error.instancePath)
        .map((other) => JSON.stringify((other.params as Record<string, unknown>)['allowedValue']));
      if (choices.length > 0) return `must be one of ${choices.join(', ')}`;
      // The branch that got furthest says most: 'must be null' beside a precise complaint helps nobody.
      const branches = siblings.filter(
        (other) =>
          other.schemaPath.startsWith(`${error.schemaPath}/anyOf/`) &&
          !(
            other.keyword === 'type' && (other.params as Record<string, unknown>)['type'] === 'null'
          ),
      );
      const best = branches[0];
      return best ? sentence(best, branches.slice(1)) : error.message;
    }
    default:
      return error.message;
  }
}

/** Members whose values nobody is told, not even in the answer to who sent them: answers are logged and copied. */
const SECRET = /pass(word|code)|adminpass|secret|blob|token|signature|user_data|private_key/i;

const shown = (value: unknown, place = ''): string => {
  if (SECRET.test(place)) return '(secret)';
  const censored = (key: string, inner: unknown) => (SECRET.test(key) ? '(secret)' : inner);
  const text = JSON.stringify(value, censored) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
};

function valueAt(value: unknown, pointer: string): unknown {
  let present = value;
  for (const part of pointer.split('/').slice(1)) {
    if (typeof present !== 'object' || present === null) return undefined;
    present = (present as Record<string, unknown>)[
      part.replaceAll('~1', '/').replaceAll('~0', '~')
    ];
  }
  return present;
}

/**
 * Checks a value against its schema; the fault names the field, what it must be and what came.
 * `beginning` is what the service says first. Nothing is coerced and nothing removed: what the client sent is what the service sees.
 */
export function check(
  schema: TSchema,
  value: unknown,
  place: 'body' | 'query',
  beginning = '',
): void {
  const checker = checkerOf(schema);
  if (checker.Check(value)) return;
  const errors = checker.Errors(value);
  // `false` schemas of additionalProperties repeat what the next error says in words.
  const useful = errors.filter((error) => error.keyword !== 'boolean');
  const error =
    useful.find(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf') ?? useful[0];
  const deepest = useful.filter(({ keyword }) => !['anyOf', 'oneOf', 'const'].includes(keyword));
  const plain = deepest.find((candidate) => !candidate.schemaPath.includes('/anyOf/'));
  const chosen = plain ?? error;
  if (chosen === undefined) throw badRequest(`Invalid ${place}.`);
  const field = fieldOf(chosen.instancePath);
  const what = chosen.keyword === 'required' || chosen.keyword === 'additionalProperties';
  throw badRequest(
    `${beginning}Invalid input for ${field === '' ? `the request ${place}` : `field/attribute ${field}`}: it ${sentence(chosen, useful)}${
      what ? '' : ` (value: ${shown(valueAt(value, chosen.instancePath), chosen.instancePath)})`
    }.`,
  );
}

/** Checks each value of the documented query parameters against its schema. */
export function checkQuery(
  schema: TSchema,
  query: Readonly<Record<string, readonly string[]>>,
): void {
  const properties = (schema as { properties?: Record<string, TSchema> }).properties ?? {};
  for (const [name, values] of Object.entries(query)) {
    const property = properties[name];
    if (property === undefined) continue;
    for (const text of values) {
      if (!checkerOf(property).Check(fromText(property, text))) {
        const error = checkerOf(property).Errors(fromText(property, text))[0];
        throw badRequest(
          `Invalid input for query parameter ${name}: it ${error ? sentence(error, []) : 'is not valid'} (value: ${shown(text)}).`,
        );
      }
    }
  }
}

/** A query value is text; where the schema wants a number or a boolean, it is read as one for the check only. */
function fromText(schema: TSchema, text: string): unknown {
  const { type } = schema as { type?: string };
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text))
    return Number(text);
  if (type === 'boolean') {
    if (/^(true|1|yes|on|t|y)$/i.test(text)) return true;
    if (/^(false|0|no|off|f|n)$/i.test(text)) return false;
  }
  return text;
}
