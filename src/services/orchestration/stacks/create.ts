import { Fault } from '../../../core/errors.ts';
import { newUuid } from '../../../core/ids.ts';
import { rightsOf } from '../../identity/index.ts';
import type { OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import type { StackRow } from '../tables.ts';
import { readGiven, type DefinitionRequest } from '../templates/request.ts';
import { adoption, readAdopted } from './adopt.ts';
import { minutesOf, nameOf, tagsOf, truth } from './body.ts';
import { checkDefinition, imagined } from './check.ts';
import { projectOf } from './find.ts';
import { createStack } from './model.ts';

/** What a request to make a stack says. */
export interface StackBody extends DefinitionRequest {
  readonly stack_name?: unknown;
  readonly timeout_mins?: unknown;
  readonly disable_rollback?: unknown;
  readonly tags?: unknown;
  readonly adopt_stack_data?: unknown;
  readonly converge?: unknown;
}

/** The rights with which a caller's stacks are worked on: of the project of the path. */
export function callerRights({ caller, params }: Pick<OperationRequest, 'caller' | 'params'>) {
  const projectId = projectOf({ caller, params });
  if (caller.projectId === undefined || projectId !== caller.projectId) {
    throw new Fault('forbidden', 'Stacks are made in the project of the token.', {
      type: 'Forbidden',
    });
  }
  return rightsOf({ ...caller, projectId });
}

/** Whoever works on a stack of their project goes on with it with their own rights; others with its owner's. */
export function rightsFor(
  { caller, params }: Pick<OperationRequest, 'caller' | 'params'>,
  stack: StackRow,
): StackRow['rights'] {
  if (caller.projectId !== stack.project_id) return stack.rights;
  return callerRights({ caller, params: { ...params, tenant_id: stack.project_id } });
}

/** Makes a stack, once all was looked at that can be looked at beforehand. */
export async function create(
  context: OrchestrationContext,
  request: OperationRequest,
): Promise<StackRow> {
  const body = request.body as StackBody;
  const name = nameOf(body.stack_name);
  const rights = callerRights(request);
  const adopted = readAdopted(body.adopt_stack_data);
  const given = readGiven(adopted ? { ...adopted.definition, ...present(body) } : body);
  const timeout = minutesOf(body.timeout_mins);
  const tags = tagsOf(body.tags) ?? [];
  // Heat's own default is to leave what failed for a look.
  const disableRollback = truth('disable_rollback', body.disable_rollback, true);
  const id = request.intendedId ?? newUuid();
  await checkLimit(context, rights.projectId);
  await checkDefinition(context, given, imagined({ id, name, rights }));
  return createStack(
    context,
    {
      id,
      name,
      definition: given.stored,
      rights,
      userId: request.caller.userId,
      userName: request.caller.userName,
      tags,
      timeout_minutes: timeout,
      disable_rollback: disableRollback,
      action: adopted ? 'ADOPT' : 'CREATE',
    },
    adopted && ((tables) => adoption(tables, id, given, adopted)),
  );
}

/** What of the body is given at all. */
const present = (body: StackBody): DefinitionRequest =>
  Object.fromEntries(
    Object.entries(body).filter(
      ([, value]) =>
        value !== undefined &&
        value !== null &&
        value !== '' &&
        !(typeof value === 'object' && Object.keys(value as object).length === 0),
    ),
  );

async function checkLimit(
  { tables, options }: OrchestrationContext,
  project: string,
): Promise<void> {
  const most = options.max_stacks_per_tenant;
  if (most < 0) return;
  const { count } = await tables
    .selectFrom('orchestration.stacks')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('project_id', '=', project)
    .where('parent_id', 'is', null)
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  if (Number(count) < most) return;
  throw new Fault(
    'forbidden',
    `You have reached the maximum stacks per project, ${most}. Please delete some stacks.`,
    { type: 'RequestLimitExceeded' },
  );
}
