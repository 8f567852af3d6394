import { Fault } from '../../../core/errors.ts';
import { validationFailed } from '../errors.ts';
import {
  isMap,
  mergeEnvironments,
  parseEnvironment,
  readEnvironment,
  readTemplate,
  type Environment,
  type Template,
  type Value,
  type ValueMap,
} from '../language/index.ts';
import { mapOf, wordOf } from '../language/value.ts';
import {
  documentOfTemplate,
  readDefinition,
  stored,
  type Definition,
  type StoredDefinition,
} from './model.ts';

/** What a request to make or change a stack says about its template. */
export interface DefinitionRequest {
  readonly template?: unknown;
  readonly template_url?: unknown;
  readonly environment?: unknown;
  readonly environment_files?: unknown;
  readonly files?: unknown;
  readonly files_container?: unknown;
  readonly parameters?: unknown;
  readonly clear_parameters?: unknown;
}

export type GivenDefinition = Definition & { readonly stored: StoredDefinition };

const bad = (message: string): Fault => new Fault('badRequest', message);

/** The text of a template that came as text or as the document itself. */
export function templateText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'string') return value;
  if (isMap(value)) return JSON.stringify(value);
  throw bad('"template" must be a text or an object.');
}

export function filesOf(value: unknown): Record<string, string> {
  if (value === undefined || value === null) return {};
  if (!isMap(value)) throw bad('"files" must be an object: names and contents.');
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [
      name,
      typeof content === 'string' ? content : JSON.stringify(content),
    ]),
  );
}

/** The environments of a request, in the order in which they count: the last one most. */
function environmentsOf(request: DefinitionRequest, files: Record<string, string>): Environment[] {
  const found: Environment[] = [];
  const names = request.environment_files ?? [];
  if (!Array.isArray(names)) throw bad('"environment_files" must be a list of names in "files".');
  for (const name of names as unknown[]) {
    const text = typeof name === 'string' && Object.hasOwn(files, name) ? files[name] : undefined;
    if (text === undefined) {
      throw validationFailed(
        `no content of the environment file "${wordOf(name)}" came in "files".`,
      );
    }
    found.push(parseEnvironment(text, { file: wordOf(name) }));
  }
  const { environment } = request;
  if (typeof environment === 'string') {
    if (environment.trim() !== '') found.push(parseEnvironment(environment));
  } else if (isMap(environment)) {
    // Clients send sections that have nothing in them.
    const sections = Object.entries(environment as ValueMap).filter(([, value]) => value !== null);
    found.push(readEnvironment(mapOf(sections)));
  } else if (environment !== undefined && environment !== null) {
    throw bad('"environment" must be a text or an object.');
  }
  const { parameters } = request;
  if (isMap(parameters)) {
    found.push(readEnvironment(mapOf([['parameters', parameters as Value]]), 'parameters'));
  } else if (parameters !== undefined && parameters !== null) {
    throw bad('"parameters" must be an object.');
  }
  return found;
}

/** Reads the definition of a new stack, or one that stands in a former one's place. */
export function readGiven(request: DefinitionRequest): GivenDefinition {
  const text = templateText(request.template);
  if (text === undefined) {
    throw bad(
      request.template_url
        ? 'Templates are not fetched from addresses: send the template itself (clients do so with --template).'
        : 'No template specified',
    );
  }
  const files = filesOf(request.files);
  const template = readTemplate(documentOfTemplate(text));
  return put(text, template, files, environmentsOf(request, files));
}

/** Reads a change of a definition: what is not given stays (`--existing`). */
export function readPatched(
  request: DefinitionRequest,
  present: StoredDefinition,
): GivenDefinition {
  const former = readDefinition(present);
  const text = templateText(request.template) ?? present.template;
  const template = readTemplate(documentOfTemplate(text));
  const files = { ...former.files, ...filesOf(request.files) };
  const cleared = (request.clear_parameters ?? []) as string[];
  if (!Array.isArray(cleared)) throw bad('"clear_parameters" must be a list of names.');
  const isKept = (name: string) =>
    !cleared.includes(name) && (template.parameters.has(name) || name.startsWith('OS::'));
  const kept = Object.entries(former.environment.parameters).filter(([name]) => isKept(name));
  const below: Environment = { ...former.environment, parameters: mapOf(kept) };
  return put(text, template, files, [below, ...environmentsOf(request, files)]);
}

function put(
  text: string,
  template: Template,
  files: Record<string, string>,
  environments: readonly Environment[],
): GivenDefinition {
  const environment = mergeEnvironments(environments, template.parameters);
  return { template, files, environment, stored: stored(text, files, environment) };
}
