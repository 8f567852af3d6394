import { Type } from 'typebox';
import { operation, type Operation } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { findStack, projectOf, viewOf } from './find.ts';
import { create, rightsFor } from './create.ts';
import type { StackRow } from '../tables.ts';
import { listStacks } from './list.ts';
import { startAction } from './model.ts';
import { truth } from './body.ts';
import { documentOf, linksOf } from './view.ts';

/** Of all bodies about stacks; what is in it is looked at part by part, to say what is wrong with which. */
export const StackBodySchema = Type.Object({
  stack_name: Type.Optional(Type.Unknown({ description: 'The name; unique in the project' })),
  template: Type.Optional(Type.Unknown({ description: 'The template, as text or as a document' })),
  environment: Type.Optional(Type.Unknown({ description: 'The environment, as text or document' })),
  environment_files: Type.Optional(
    Type.Unknown({ description: 'Names in files, each an environment; the last one counts most' }),
  ),
  files: Type.Optional(Type.Unknown({ description: 'Name → content' })),
  parameters: Type.Optional(Type.Unknown({ description: 'Name → value' })),
  timeout_mins: Type.Optional(Type.Unknown({ description: 'Minutes an action may take' })),
  disable_rollback: Type.Optional(
    Type.Unknown({ description: 'Whether what failed stays as it is; default true' }),
  ),
  tags: Type.Optional(Type.Unknown({ description: 'Tags with commas between them' })),
  adopt_stack_data: Type.Optional(Type.Unknown({ description: 'What abandon gave' })),
});

export const STACKS = '/v1/{tenant_id}/stacks';
export const STACK = `${STACKS}/{stack_name}/{stack_id}`;
/** Bodies with templates and all their files. */
export const BODY_LIMIT = 4 * 1024 * 1024;

export function stackOperations(context: OrchestrationContext): Operation[] {
  return [
    operation({
      name: 'list_stacks',
      method: 'GET',
      path: STACKS,
      summary: 'List stacks',
      role: 'reader',
      success: 200,
      handle: async (request) => ({ body: await listStacks(context, request) }),
    }),
    operation({
      name: 'list_stacks_detail',
      method: 'GET',
      path: `${STACKS}/detail`,
      summary: 'List stacks',
      role: 'reader',
      success: 200,
      handle: async (request) => ({ body: await listStacks(context, request) }),
    }),
    operation({
      name: 'create_stack',
      method: 'POST',
      path: STACKS,
      summary: 'Make a stack',
      role: 'member',
      success: 201,
      body: StackBodySchema,
      bodyLimit: BODY_LIMIT,
      async handle(request) {
        const stack = await create(context, request);
        return {
          body: { stack: { id: stack.id, links: linksOf(request, stack) } },
          headers: { Location: linksOf(request, stack)[0]!.href },
        };
      },
    }),
    operation({
      name: 'show_stack',
      method: 'GET',
      path: STACK,
      summary: 'Show a stack',
      role: 'reader',
      success: 200,
      async handle(request) {
        projectOf(request);
        const stack = await findStack(context, request, { deleted: true });
        const view = await viewOf(context, stack);
        const outputs = truth('resolve_outputs', request.query['resolve_outputs']?.at(-1), true);
        return { body: { stack: await documentOf(request, view, { outputs }) } };
      },
    }),
    operation({
      name: 'delete_stack',
      method: 'DELETE',
      path: STACK,
      summary: 'Delete a stack and all that it made',
      role: 'member',
      success: 204,
      async handle(request) {
        const stack = await findStack(context, request);
        await startDeletion(context, stack, rightsFor(request, stack));
        return {};
      },
    }),
  ];
}

/** Begins to take a stack down; whatever else goes on in it ends. */
export async function startDeletion(
  context: OrchestrationContext,
  stack: StackRow,
  rights: StackRow['rights'],
): Promise<void> {
  if (stack.action === 'DELETE' && stack.status === 'IN_PROGRESS') return;
  await startAction(context, stack, 'DELETE', { rights });
}
