import { operation, type Operation } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { findStack } from './find.ts';
import { STACKS } from './api.ts';
import { stackUrl } from './view.ts';

/** What stands below a stack and may be asked for by its name alone. */
const BELOW = ['resources', 'events', 'template', 'environment', 'files', 'outputs', 'snapshots'];

/** `…/stacks/{name or id}` leads to `…/stacks/{name}/{id}` with whatever stands below it: 302. */
export function lookupOperations(context: OrchestrationContext): Operation[] {
  const lookup = (method: Operation['method'], below: string) =>
    operation({
      name: `lookup_stack_${method.toLowerCase()}${below === '' ? '' : `_${below}`}`,
      method,
      path: `${STACKS}/{stack_name}${below === '' ? '' : `/${below}`}`,
      summary: 'Find a stack by its name or id',
      role: method === 'GET' ? 'reader' : 'member',
      success: 302,
      async handle(request) {
        const stack = await findStack(context, request, { deleted: method === 'GET' });
        const query = request.target.split('?')[1];
        const url = stackUrl(request, stack, below === '' ? '' : `/${below}`);
        return { headers: { Location: query === undefined ? url : `${url}?${query}` } };
      },
    });
  return [
    ...(['GET', 'DELETE', 'PUT', 'PATCH'] as const).map((method) => lookup(method, '')),
    ...BELOW.map((below) => lookup('GET', below)),
    lookup('POST', 'actions'),
    lookup('POST', 'snapshots'),
  ];
}
