import { TemplateError } from '../language/errors.ts';
import {
  Evaluation,
  parameterValues,
  pseudoParameters,
  type ParameterValues,
  type Template,
} from '../language/index.ts';
import type { ResourceType } from '../resources/type.ts';
import { templateType } from '../resources/template-type.ts';
import type { TypeRegistry } from '../resources/types.ts';
import type { Definition } from '../templates/model.ts';

/** A stack as its template wants it. */
export interface Target extends Definition {
  readonly evaluation: Evaluation;
  readonly parameters: ParameterValues;
  /** The type that a resource's type stands for; a TemplateError when there is none. */
  typeOf(type: string, name: string): ResourceType;
}

export interface TargetStack {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
}

/** Heat's name of a stack among all others. */
export const arnOf = (stack: TargetStack): string =>
  `arn:openstack:heat::${stack.project_id}:stacks/${stack.name}/${stack.id}`;

/** The values of a definition's parameters in a stack. */
export function parametersOf(
  { template, environment }: Definition,
  stack: TargetStack,
  region: string,
): ParameterValues {
  return parameterValues(
    template.parameters,
    {
      parameters: environment.parameters,
      defaults: environment.parameterDefaults,
      file: environment.file,
    },
    pseudoParameters(template.version, {
      id: stack.id,
      name: stack.name,
      project: stack.project_id,
      arn: arnOf(stack),
      region,
    }),
  );
}

/** What a definition means for a stack; throws what is wrong with it. */
export function targetOf(
  definition: Definition,
  stack: TargetStack,
  context: { readonly types: TypeRegistry; readonly region: string },
): Target {
  const { template, environment, files } = definition;
  const parameters = parametersOf(definition, stack, context.region);
  const known = new Map<string, ResourceType>();
  return {
    ...definition,
    parameters,
    evaluation: new Evaluation(template, parameters.values),
    typeOf(type, name) {
      const key = `${type} ${name}`;
      let found = known.get(key);
      if (found) return found;
      try {
        const meaning = environment.registry.implementation(type, context.types.has, name);
        found =
          meaning.kind === 'type'
            ? context.types.find(meaning.type)!
            : templateType(meaning.file, files);
      } catch (error) {
        throw placed(error, template, name, context.types.near(type));
      }
      known.set(key, found);
      return found;
    },
  };
}

/** The error with the place of the resource that caused it. */
function placed(error: unknown, template: Template, name: string, near: string): unknown {
  if (!(error instanceof TemplateError) || error.place !== undefined) return error;
  const definition = template.resources.get(name);
  if (!definition) return error;
  const reason = error.reason.includes('Did you mean') ? error.reason : `${error.reason}${near}`;
  const path = [...definition.path, template.words.resource.type];
  return new TemplateError(reason, {
    path,
    place: template.document.placeOf(path),
    ...(error.type === undefined ? {} : { type: error.type }),
  });
}
