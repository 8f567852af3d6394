import { Fault } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { STACK } from '../stacks/api.ts';
import { loadStack } from '../stacks/find.ts';
import { outputOf } from '../stacks/view.ts';

export function outputOperations(context: OrchestrationContext): Operation[] {
  const read = { method: 'GET', role: 'reader', success: 200 } as const;
  return [
    operation({
      ...read,
      name: 'list_outputs',
      path: `${STACK}/outputs`,
      summary: 'List the outputs of a stack',
      async handle(request) {
        const view = await loadStack(context, request);
        const outputs = view.outputNames().map((name) => ({
          output_key: name,
          description:
            view.target?.template.outputs.get(name)?.description || 'No description given',
        }));
        return { body: { outputs } };
      },
    }),
    operation({
      ...read,
      name: 'show_output',
      path: `${STACK}/outputs/{output_key}`,
      summary: 'Show an output with its value',
      async handle(request) {
        const view = await loadStack(context, request);
        const name = request.params['output_key'] ?? '';
        if (!view.outputNames().includes(name)) {
          throw new Fault('notFound', `Specified output key ${name} not found.`, {
            type: 'NotFound',
          });
        }
        return { body: { output: await outputOf(view, name) } };
      },
    }),
  ];
}
