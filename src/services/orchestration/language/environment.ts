import { parseText, type DocumentLimits } from './document.ts';
import { didYouMean, TemplateError, type Path } from './errors.ts';
import { mergeParameters, STRATEGIES, type Strategy } from './merge.ts';
import type { ParameterSchema } from './parameters.ts';
import { overlaid, Registry } from './registry.ts';
import { isMap, kindOf, mapOf, member, type Value, type ValueMap } from './value.ts';

/** What stands beside a template when a stack is made of it. */
export interface Environment {
  readonly file: string;
  /** Values for this stack's parameters; a name that the template does not have is an error. */
  readonly parameters: ValueMap;
  /** Values for parameters of these names here and in all nested stacks. */
  readonly parameterDefaults: ValueMap;
  readonly registry: Registry;
  readonly encryptedParameters: readonly string[];
  /** How several environments combine a parameter's values: by name, or `default`. */
  readonly mergeStrategies: ReadonlyMap<string, Strategy>;
}

const SECTIONS = [
  'parameters',
  'parameter_defaults',
  'resource_registry',
  'parameter_merge_strategies',
  'encrypted_param_names',
  'event_sinks',
];

export const EMPTY_ENVIRONMENT: Environment = {
  file: 'environment',
  parameters: mapOf([]),
  parameterDefaults: mapOf([]),
  registry: new Registry(),
  encryptedParameters: [],
  mergeStrategies: new Map(),
};

/** Reads an environment. `event_sinks` are accepted and not used. */
export function parseEnvironment(
  text: string,
  options: { file?: string; limits?: DocumentLimits } = {},
): Environment {
  const document = parseText(text, options.file ?? 'environment', options.limits);
  return readEnvironment(document.value, document.file, (path) => document.placeOf(path));
}

/** Reads an environment that is parsed already: the API takes maps too. */
export function readEnvironment(
  value: ValueMap,
  file = 'environment',
  placeOf: (path: Path) => { file: string; line: number; column: number } | undefined = () =>
    undefined,
): Environment {
  const fail = (path: Path, reason: string): never => {
    throw new TemplateError(reason, { path, place: placeOf(path) });
  };
  for (const [key, section] of Object.entries(value)) {
    if (!SECTIONS.includes(key)) {
      fail([key], `environment has wrong section "${key}".${didYouMean(key, SECTIONS)}`);
    }
    if (section === null) fail([key], `environment has empty section "${key}"`);
  }
  const map = (key: string): ValueMap => {
    const section = member(value, key) ?? mapOf([]);
    return isMap(section) ? section : fail([key], `must be a map, not ${kindOf(section)}`);
  };
  const strategies = Object.entries(map('parameter_merge_strategies')).map(([name, strategy]) => {
    const known = STRATEGIES.find((one) => one === strategy);
    return [
      name,
      known ??
        fail(
          ['parameter_merge_strategies', name],
          `there is no strategy "${String(strategy)}": use ${STRATEGIES.join(', ')}.${didYouMean(String(strategy), STRATEGIES)}`,
        ),
    ] as const;
  });
  const encrypted = member(value, 'encrypted_param_names') ?? [];
  return {
    file,
    parameters: map('parameters'),
    parameterDefaults: map('parameter_defaults'),
    registry: registryOf(map('resource_registry'), placeOf),
    encryptedParameters: Array.isArray(encrypted) ? (encrypted as Value[]).map(String) : [],
    mergeStrategies: new Map(strategies),
  };
}

function registryOf(
  entries: ValueMap,
  placeOf: (path: Path) => { file: string; line: number; column: number } | undefined,
): Registry {
  try {
    return new Registry(entries);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { path, reason, type } = error;
    throw new TemplateError(reason, { path, place: placeOf(path), ...(type ? { type } : {}) });
  }
}

/**
 * One environment of several, the later over the earlier. The template's parameters tell how values combine
 * when a strategy asks for more than overwriting; parameters of other names are taken as they are.
 */
export function mergeEnvironments(
  environments: readonly Environment[],
  schemas: ReadonlyMap<string, ParameterSchema>,
): Environment {
  const chosen = new Map<string, Strategy>();
  return environments.reduce<Environment>(
    (below, above) => ({
      file: above.file,
      parameters: mergeParameters(below.parameters, above.parameters, { above, schemas, chosen }),
      parameterDefaults: mergeParameters(below.parameterDefaults, above.parameterDefaults, {
        above,
        schemas,
        chosen,
      }),
      registry: new Registry(overlaid(below.registry.entries, above.registry.entries)),
      encryptedParameters: [
        ...new Set([...below.encryptedParameters, ...above.encryptedParameters]),
      ],
      mergeStrategies: above.mergeStrategies,
    }),
    EMPTY_ENVIRONMENT,
  );
}

/** The environment of the template behind a resource: its parameters are the resource's properties. */
export const nestedEnvironment = (
  outer: Environment,
  resource: string,
  parameters: ValueMap,
): Environment => ({ ...outer, parameters, registry: outer.registry.within(resource) });
