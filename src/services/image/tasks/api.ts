import { badRequest, notFound } from '../../../core/errors.ts';
import { operation, type Operation } from '../../operation.ts';
import type { ImageContext } from '../context.ts';
import { imageFor } from '../images/access.ts';
import { policy } from '../policy.ts';
import { TASK_STATUSES, type TaskStatus } from '../tables.ts';
import { viewImageTask, viewTask, viewTaskBriefly } from './view.ts';

const DEFAULT_LIMIT = 25;
const MAXIMUM_LIMIT = 1000;

/** What came of imports. */
export function taskOperations(context: ImageContext): Operation[] {
  const { tasks } = context;
  const taskOf = async (id: string) => {
    const row = await tasks.find(id);
    if (row === undefined) throw notFound(`No task found with ID ${id}`);
    return row;
  };
  return [
    operation({
      name: 'get_image_tasks',
      method: 'GET',
      path: '/v2/images/{image_id}/tasks',
      summary: 'List the tasks of an image',
      role: policy.role('get_image'),
      success: 200,
      async handle({ params, caller }) {
        const image = await imageFor('get_image', context, caller, params['image_id']!);
        return { body: { tasks: (await tasks.ofImage(image.id)).map(viewImageTask) } };
      },
    }),
    operation({
      name: 'get_tasks',
      method: 'GET',
      path: '/v2/tasks',
      summary: 'List all tasks',
      role: policy.role('tasks_api_access'),
      success: 200,
      async handle({ query }) {
        const one = (name: string) => query[name]?.at(-1);
        const status = one('status');
        if (status !== undefined && !(TASK_STATUSES as readonly string[]).includes(status))
          throw badRequest(`Invalid status value: ${status.slice(0, 40)}`);
        const text = one('limit');
        const limit = Math.min(Number(text ?? DEFAULT_LIMIT), MAXIMUM_LIMIT);
        if (!Number.isInteger(limit) || limit < 0)
          throw badRequest(`Invalid limit ${JSON.stringify(text?.slice(0, 40))}`);
        const named = one('marker');
        const marker = named === undefined ? undefined : await tasks.find(named);
        if (named !== undefined && marker === undefined)
          throw badRequest(`The marker ${named.slice(0, 64)} could not be found.`);
        const filter = { status: status as TaskStatus | undefined, type: one('type') };
        const rows = await tasks.list(filter, limit, marker);
        const last = rows.at(-1);
        return {
          body: {
            tasks: rows.map(viewTaskBriefly),
            first: '/v2/tasks',
            ...(last !== undefined && rows.length === limit
              ? { next: `/v2/tasks?limit=${limit}&marker=${last.id}` }
              : {}),
            schema: '/v2/schemas/tasks',
          },
        };
      },
    }),
    operation({
      name: 'get_task',
      method: 'GET',
      path: '/v2/tasks/{task_id}',
      summary: 'Show a task',
      role: policy.role('tasks_api_access'),
      success: 200,
      handle: async ({ params }) => ({ body: viewTask(await taskOf(params['task_id']!)) }),
    }),
  ];
}
