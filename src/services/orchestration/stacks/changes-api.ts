import { Type } from 'typebox';
import { operation, type Operation } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { actionInProgress } from '../errors.ts';
import { act } from './actions.ts';
import { BODY_LIMIT, STACK, STACKS, StackBodySchema } from './api.ts';
import { rightsFor } from './create.ts';
import { exportOf } from './export.ts';
import { findStack, loadStack } from './find.ts';
import { forget } from './forget.ts';
import { preview, previewUpdate } from './preview.ts';
import { update } from './update.ts';

/** What is done to stacks that are there. */
export function changeOperations(context: OrchestrationContext): Operation[] {
  const written = { role: 'member', body: StackBodySchema, bodyLimit: BODY_LIMIT } as const;
  return [
    ...(['PUT', 'PATCH'] as const).map((method) =>
      operation({
        ...written,
        name: method === 'PUT' ? 'update_stack' : 'patch_stack',
        method,
        path: STACK,
        summary:
          method === 'PUT'
            ? 'Bring a stack to another template'
            : 'Change a stack; what is not given stays',
        success: 202,
        async handle(request) {
          await update(context, request, await findStack(context, request), method === 'PATCH');
          return {};
        },
      }),
    ),
    ...(['PUT', 'PATCH'] as const).map((method) =>
      operation({
        ...written,
        name: method === 'PUT' ? 'preview_stack_update' : 'preview_stack_patch',
        method,
        path: `${STACK}/preview`,
        summary: 'Tell what an update would do',
        success: 200,
        async handle(request) {
          const stack = await findStack(context, request);
          return { body: await previewUpdate(context, request, stack, method === 'PATCH') };
        },
      }),
    ),
    operation({
      ...written,
      name: 'preview_stack',
      method: 'POST',
      path: `${STACKS}/preview`,
      summary: 'Tell what a new stack would be',
      success: 200,
      handle: async (request) => ({ body: await preview(context, request) }),
    }),
    operation({
      name: 'stack_action',
      method: 'POST',
      path: `${STACK}/actions`,
      summary: 'Suspend, resume or check a stack, or cancel its update',
      role: 'member',
      success: 200,
      body: Type.Unknown({ description: 'One member: the action, with null' }),
      async handle(request) {
        const stack = await findStack(context, request);
        await act(context, stack, request.body, rightsFor(request, stack));
        return {};
      },
    }),
    operation({
      name: 'export_stack',
      method: 'GET',
      path: `${STACK}/export`,
      summary: 'Tell all of a stack, so that it can be adopted elsewhere',
      role: 'member',
      success: 200,
      handle: async (request) => ({ body: await exportOf(await loadStack(context, request)) }),
    }),
    operation({
      name: 'abandon_stack',
      method: 'DELETE',
      path: `${STACK}/abandon`,
      summary: 'Forget a stack and leave all that it made as it is',
      role: 'member',
      success: 200,
      async handle(request) {
        const view = await loadStack(context, request);
        if (view.stack.status === 'IN_PROGRESS') {
          throw actionInProgress(view.stack.name, view.stack.action);
        }
        const body = await exportOf(view);
        await forget(context, view.stack);
        return { body };
      },
    }),
  ];
}
