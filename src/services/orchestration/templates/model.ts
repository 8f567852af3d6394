import { newUuid } from '../../../core/ids.ts';
import {
  mergeEnvironments,
  parseText,
  readEnvironment,
  readTemplate,
  type Document,
  type Environment,
  type Template,
  type ValueMap,
} from '../language/index.ts';
import type { OrchestrationDatabase, TemplateRow } from '../tables.ts';

/** A template with all that came with it. */
export interface Definition {
  readonly template: Template;
  readonly files: Readonly<Record<string, string>>;
  readonly environment: Environment;
}

/** A definition as it is kept. */
export type StoredDefinition = Omit<TemplateRow, 'id'>;

const MERGED = 'environment';

/** Environments as JSON and back. */
export const environmentDocument = (environment: Environment): ValueMap => ({
  parameters: environment.parameters,
  parameter_defaults: environment.parameterDefaults,
  resource_registry: environment.registry.entries,
  ...(environment.encryptedParameters.length > 0
    ? { encrypted_param_names: environment.encryptedParameters }
    : {}),
});

export const stored = (
  template: string,
  files: Readonly<Record<string, string>>,
  environment: Environment,
): StoredDefinition => ({
  template,
  files: JSON.stringify(files),
  environment: JSON.stringify(environmentDocument(environment)),
});

export const documentOfTemplate = (text: string, file = 'template'): Document =>
  parseText(text, file, { bytes: 4 * 1024 * 1024, nodes: 400_000, depth: 64 });

/** Reads a kept definition. */
export function readDefinition(row: StoredDefinition, file = 'template'): Definition {
  return {
    template: readTemplate(documentOfTemplate(row.template, file)),
    files: JSON.parse(row.files) as Record<string, string>,
    environment: readEnvironment(JSON.parse(row.environment) as ValueMap, MERGED),
  };
}

export { mergeEnvironments };

/** Keeps a definition; its id. */
export async function insertTemplate(
  tables: OrchestrationDatabase,
  definition: StoredDefinition,
): Promise<string> {
  const id = newUuid();
  await tables
    .insertInto('orchestration.templates')
    .values({ id, ...definition })
    .execute();
  return id;
}

export const templateOf = (
  tables: OrchestrationDatabase,
  id: string,
): Promise<TemplateRow | undefined> =>
  tables.selectFrom('orchestration.templates').selectAll().where('id', '=', id).executeTakeFirst();
