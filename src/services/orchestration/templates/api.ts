import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { isMap, mapOf, member } from '../language/value.ts';
import type { ValueMap } from '../language/index.ts';
import { STACK } from '../stacks/api.ts';
import { findStack } from '../stacks/find.ts';
import type { TemplateRow } from '../tables.ts';
import { documentOfTemplate, readDefinition, templateOf } from './model.ts';

/** The environment with what nobody may see covered. */
function environmentOf(row: TemplateRow): ValueMap {
  const document = JSON.parse(row.environment) as ValueMap;
  const { template } = readDefinition(row);
  const covered = (section: ValueMap): ValueMap =>
    mapOf(
      Object.entries(section).map(([name, value]) => [
        name,
        template.parameters.get(name)?.hidden ? '******' : value,
      ]),
    );
  const sections = ['parameters', 'parameter_defaults'].map((name) => {
    const section = member(document, name);
    return [name, isMap(section) ? covered(section) : mapOf([])] as const;
  });
  return {
    ...document,
    ...Object.fromEntries(sections),
    encrypted_param_names: document['encrypted_param_names'] ?? [],
    event_sinks: [],
  };
}

/** What a stack is made of, as it came. */
export function templateOperations(context: OrchestrationContext): Operation[] {
  const read = { method: 'GET', role: 'reader', success: 200 } as const;
  const rowFor = async (request: OperationRequest): Promise<TemplateRow> => {
    const stack = await findStack(context, request, { deleted: true });
    const row = await templateOf(context.tables, stack.shown_template_id);
    if (!row) throw new Error(`the template of stack ${stack.id} is gone`);
    return row;
  };
  return [
    operation({
      ...read,
      name: 'show_template',
      path: `${STACK}/template`,
      summary: 'Show the template of a stack',
      handle: async (request) => ({
        body: documentOfTemplate((await rowFor(request)).template).value,
      }),
    }),
    operation({
      ...read,
      name: 'show_environment',
      path: `${STACK}/environment`,
      summary: 'Show the environment of a stack',
      handle: async (request) => ({ body: environmentOf(await rowFor(request)) }),
    }),
    operation({
      ...read,
      name: 'show_files',
      path: `${STACK}/files`,
      summary: 'Show the files that came with a stack',
      handle: async (request) => ({ body: JSON.parse((await rowFor(request)).files) as unknown }),
    }),
  ];
}
