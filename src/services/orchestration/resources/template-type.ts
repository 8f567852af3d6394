import { TemplateError } from '../language/errors.ts';
import { parseTemplate, type ParameterSchema } from '../language/index.ts';
import type { Attributes, Properties, Property } from './property.ts';
import type { ResourceType } from './type.ts';

const TYPES: Readonly<Record<ParameterSchema['type'], Property['type']>> = {
  string: 'string',
  number: 'number',
  boolean: 'boolean',
  json: 'any',
  comma_delimited_list: 'list',
};

function propertyOf(parameter: ParameterSchema): Property {
  const { type, description, immutable } = parameter;
  return {
    type: TYPES[type],
    description,
    // The template has its own default, and checks the value itself.
    required: parameter.default === undefined,
    updateAllowed: true,
    ...(immutable ? { immutable } : {}),
  };
}

/** A template that stands for a type: its parameters are the properties, its outputs the attributes. */
export function templateType(file: string, files: Readonly<Record<string, string>>): ResourceType {
  const text = Object.hasOwn(files, file) ? files[file] : undefined;
  if (text === undefined) {
    throw new TemplateError(
      `no content of the template "${file}" came with the stack: send it in the request's "files"`,
      { type: 'NotFound' },
    );
  }
  const template = parseTemplate(text, { file });
  const properties: Properties = Object.fromEntries(
    [...template.parameters.values()].map((parameter) => [parameter.name, propertyOf(parameter)]),
  );
  const attributes: Attributes = Object.fromEntries(
    [...template.outputs.values()].map(({ name, description }) => [
      name,
      { type: 'any', description },
    ]),
  );
  return {
    name: file,
    description: template.description,
    properties,
    attributes,
    create: async () => undefined,
    nested: async ({ properties: parameters }) => ({ template: text, parameters }),
    async attribute({ nested }, name, path = []) {
      if (!nested) return undefined;
      if (name.startsWith('resource.')) {
        const [, resource = '', ...rest] = name.split('.');
        return nested.attribute(resource, rest.join('.') || undefined, path);
      }
      if (name === 'outputs') return nested.outputs();
      return nested.output(name);
    },
    async describe({ nested }) {
      return nested ? nested.outputs() : {};
    },
  };
}

/** What is behind a resource whose template is not there any more: all that is left to do is to take it down. */
export const forgottenType: ResourceType = {
  name: 'Forgotten',
  description: 'A nested stack whose template is gone',
  properties: {},
  create: async () => undefined,
  nested: async () => undefined,
};
