import { Fault } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { OrchestrationContext } from '../context.ts';
import { StackView } from '../engine/view.ts';
import { stackNotFound } from '../errors.ts';
import type { OperationRequest } from '../../operation.ts';
import type { StackRow } from '../tables.ts';

type Asked = Pick<OperationRequest, 'caller' | 'params'>;

/** The project of the path; another one than the token's is no business of the caller's, administrators apart. */
export function projectOf({ caller, params }: Asked): string {
  const project = params['tenant_id'] ?? '';
  if (project === caller.projectId || caller.isAdmin) return project;
  throw new Fault(
    'forbidden',
    'You are not authorized to use this project: its id is not that of the token.',
    {
      type: 'Forbidden',
    },
  );
}

/** The stack that a path names by both its name and id, or by one of them. */
export async function findStack(
  { tables }: Pick<OrchestrationContext, 'tables'>,
  request: Asked,
  { deleted = false }: { deleted?: boolean } = {},
): Promise<StackRow> {
  const project = projectOf(request);
  const name = request.params['stack_name'] ?? '';
  const id = request.params['stack_id'];
  const stack = await identify(tables, request, project, id ?? name, deleted);
  // A stack that was renamed or replaced is another one.
  if (!stack || (id !== undefined && name !== '' && stack.name !== name && stack.id !== name)) {
    throw stackNotFound(id === undefined ? name : `${name}/${id}`);
  }
  return stack;
}

const ARN = /^arn:openstack:heat::[^:]*:stacks\/([^/]+)\/([0-9a-f-]{36})/;

async function identify(
  tables: OrchestrationContext['tables'],
  { caller }: Asked,
  project: string,
  text: string,
  deleted: boolean,
): Promise<StackRow | undefined> {
  const wanted = ARN.exec(text)?.[2] ?? text;
  const query = tables.selectFrom('orchestration.stacks').selectAll();
  if (isUuid(wanted)) {
    const found = await query.where('id', '=', wanted).executeTakeFirst();
    if (found && (found.project_id === project || caller.isAdmin)) {
      if (found.deleted_at === null || deleted) return found;
    }
  }
  return query
    .where('name', '=', wanted)
    .where('project_id', '=', project)
    .where('deleted_at', 'is', null)
    .orderBy('depth')
    .executeTakeFirst();
}

/** The same with its resources and what its template makes of them. */
export async function loadStack(
  context: OrchestrationContext,
  request: Asked,
  options: { deleted?: boolean } = {},
): Promise<StackView> {
  const stack = await findStack(context, request, options);
  return viewOf(context, stack);
}

/** A stack that was taken down or back shows the template that was asked for last. */
export async function viewOf(context: OrchestrationContext, stack: StackRow): Promise<StackView> {
  return StackView.load(context, {
    ...stack,
    template_id: stack.template_id ?? stack.shown_template_id,
  });
}
