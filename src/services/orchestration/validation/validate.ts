import {
  Evaluation,
  isMap,
  nestedEnvironment,
  parameterValues,
  parseTemplate,
  pseudoParameters,
  TemplateError,
  type Environment,
  type Template,
  type Value,
} from '../language/index.ts';
import { didYouMean } from '../language/errors.ts';
import { templateType } from '../resources/template-type.ts';
import type { Properties } from '../resources/property.ts';
import type { ResourceType } from '../resources/type.ts';
import type { TypeRegistry } from '../resources/types.ts';
import { environmentDocument, type Definition } from '../templates/model.ts';
import { parameterDocuments, placeholderOf } from './parameters.ts';

type Document = Record<string, unknown>;

interface Context {
  readonly types: TypeRegistry;
  readonly region: string;
  readonly project: string;
  /** Types that are not here are no error (`ignore_errors=99001`). */
  readonly ignoresTypes: boolean;
}

/** Stacks inside each other that are looked at. */
const MOST_DEPTH = 5;

/** The parameters' values as far as they are given; the others stand as empty ones. */
function valuesOf(
  template: Template,
  environment: Environment,
  pseudo: Readonly<Record<string, Value>>,
): Map<string, Value> {
  const values = new Map<string, Value>(Object.entries(pseudo));
  for (const name of Object.keys(environment.parameters)) {
    if (!template.parameters.has(name) && !values.has(name)) {
      throw new TemplateError(
        `the parameter "${name}" is not defined in the template.${didYouMean(name, template.parameters.keys())}`,
        { type: 'UnknownUserParameter' },
      );
    }
  }
  for (const schema of template.parameters.values()) {
    const { name } = schema;
    const own = environment.parameters[name] ?? environment.parameterDefaults[name];
    try {
      const given = own === undefined || own === null ? {} : { [name]: own };
      const found = parameterValues(
        new Map([[name, schema]]),
        { parameters: given, defaults: {}, file: environment.file },
        {},
      );
      values.set(name, found.values.get(name) ?? placeholderOf(schema));
    } catch (error) {
      // Whether values fit is looked at when a stack is made; here the template is judged.
      if (!(error instanceof TemplateError)) throw error;
      values.set(name, placeholderOf(schema));
    }
  }
  return values;
}

function checkProperties(template: Template, name: string, schema: Properties): void {
  const { properties, path } = template.resources.get(name)!;
  const given = properties ?? {};
  if (!isMap(given)) return;
  const here = [...path, template.words.resource.properties];
  const known = Object.entries(schema).flatMap(([key, { formerly = [] }]) => [key, ...formerly]);
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) {
      template.fail(
        [...here, key],
        `Unknown Property ${key}.${didYouMean(key, known)}`,
        'StackValidationFailed',
      );
    }
  }
  // What is there already needs no properties.
  if (template.resources.get(name)!.externalId !== null) return;
  for (const [key, { required, formerly = [] }] of Object.entries(schema)) {
    if (required && ![key, ...formerly].some((one) => Object.hasOwn(given, one))) {
      template.fail(here, `Property ${key} not assigned`, 'StackValidationFailed');
    }
  }
}

/**
 * Judges a template by itself: sections, functions, references, types and the names of properties; not whether values
 * fit. Gives what its parameters are. Throws what is wrong.
 */
export function validate(
  { template, environment, files }: Definition,
  context: Context,
  showNested: boolean,
  depth = 0,
): Document {
  // There is no stack yet: what its pseudo parameters stand for is of the right form, and is shown to nobody.
  const pseudo = pseudoParameters(template.version, {
    id: '00000000-0000-0000-0000-000000000000',
    name: 'dummy',
    project: context.project,
    arn: 'arn:openstack:heat::dummy',
    region: context.region,
  });
  const evaluation = new Evaluation(template, valuesOf(template, environment, pseudo));
  // Whether all files came along is looked at when a stack is made.
  evaluation.validate({ file: (name) => (Object.hasOwn(files, name) ? files[name] : '') });
  const nested: Document = {};
  for (const [name, { type, path }] of template.resources) {
    let found: ResourceType | undefined;
    let file: string | undefined;
    try {
      const meaning = environment.registry.implementation(type, context.types.has, name);
      if (meaning.kind === 'type') found = context.types.find(meaning.type);
      else {
        file = meaning.file;
        found = templateType(file, files);
      }
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      if (context.ignoresTypes && error.type !== 'NotFound') continue;
      template.fail(
        [...path, template.words.resource.type],
        error.reason,
        error.type ?? 'StackValidationFailed',
      );
    }
    if (!found || found.acceptsAnything) continue;
    checkProperties(template, name, found.properties);
    if (file === undefined || depth >= MOST_DEPTH) continue;
    const inside = parseTemplate(files[file]!, { file });
    const below = {
      template: inside,
      environment: nestedEnvironment(environment, name, {}),
      files,
    };
    const document = validate(below, context, showNested, depth + 1);
    const { Environment: _, ...rest } = document;
    nested[name] = { Type: type, ...rest };
  }
  const given = (name: string): Value | undefined => environment.parameters[name];
  return {
    Description: template.description === '' ? 'No description' : template.description,
    ...parameterDocuments(template, given),
    ...(showNested && Object.keys(nested).length > 0 ? { NestedParameters: nested } : {}),
    Environment: environmentDocument(environment),
  };
}
