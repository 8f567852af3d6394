import { Type } from 'typebox';
import { Fault } from '../../../core/errors.ts';
import { isUuid, newUuid } from '../../../core/ids.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { OrchestrationContext } from '../context.ts';
import { Run } from '../engine/run.ts';
import { rowsOf } from '../engine/view.ts';
import { actionInProgress } from '../errors.ts';
import { isMap, member } from '../language/value.ts';
import type { ValueMap } from '../language/index.ts';
import { STACK } from '../stacks/api.ts';
import { rightsFor } from '../stacks/create.ts';
import { findStack } from '../stacks/find.ts';
import { startAction } from '../stacks/model.ts';
import { time } from '../stacks/view.ts';
import type { SnapshotRow, StackRow } from '../tables.ts';
import { readGiven } from '../templates/request.ts';
import { forgetSnapshot } from './model.ts';

const documentOf = (row: SnapshotRow) => ({
  id: row.id,
  name: row.name,
  status: row.status,
  status_reason: row.reason,
  data: row.data,
  creation_time: time(row.created_at),
});

async function find(
  context: OrchestrationContext,
  request: OperationRequest,
): Promise<{ stack: StackRow; snapshot: SnapshotRow }> {
  const stack = await findStack(context, request);
  const id = request.params['snapshot_id'] ?? '';
  const snapshot = isUuid(id)
    ? await context.tables
        .selectFrom('orchestration.snapshots')
        .selectAll()
        .where('id', '=', id)
        .where('stack_id', '=', stack.id)
        .executeTakeFirst()
    : undefined;
  if (snapshot) return { stack, snapshot };
  throw new Fault(
    'notFound',
    `The Snapshot (${id}) for Stack (${stack.name}) could not be found.`,
    { type: 'EntityNotFound' },
  );
}

async function take(context: OrchestrationContext, request: OperationRequest) {
  const stack = await findStack(context, request);
  if (stack.status === 'IN_PROGRESS') throw actionInProgress(stack.name, stack.action);
  const name = (request.body as { name?: unknown } | undefined)?.name ?? null;
  if (name !== null && (typeof name !== 'string' || name.length > 255)) {
    throw new Fault('badRequest', '"name" is a text of 255 characters at most.');
  }
  const row = await context.tables
    .insertInto('orchestration.snapshots')
    .values({
      id: newUuid(),
      stack_id: stack.id,
      name,
      status: 'IN_PROGRESS',
      reason: 'Stack SNAPSHOT started',
    } as never)
    .returningAll()
    .executeTakeFirstOrThrow();
  await startAction(context, stack, 'SNAPSHOT', {
    snapshot_id: row.id,
    rights: rightsFor(request, stack),
  });
  return documentOf(row);
}

async function restore(context: OrchestrationContext, request: OperationRequest): Promise<void> {
  const { stack, snapshot } = await find(context, request);
  if (snapshot.status !== 'COMPLETE' || !isMap(snapshot.data)) {
    throw new Fault('badRequest', `The snapshot ${snapshot.id} is not complete.`, {
      type: 'StackValidationFailed',
    });
  }
  const given = readGiven({
    template: member(snapshot.data, 'template'),
    environment: member(snapshot.data, 'environment'),
    files: member(snapshot.data, 'files') as ValueMap,
  });
  await startAction(context, stack, 'RESTORE', {
    definition: given.stored,
    snapshot_id: snapshot.id,
    rights: rightsFor(request, stack),
  });
}

export function snapshotOperations(context: OrchestrationContext): Operation[] {
  const all = `${STACK}/snapshots`;
  const one = `${all}/{snapshot_id}`;
  return [
    operation({
      name: 'take_snapshot',
      method: 'POST',
      path: all,
      summary: 'Keep a stack as it is',
      role: 'member',
      success: 200,
      body: Type.Object({ name: Type.Optional(Type.Unknown()) }),
      handle: async (request) => ({ body: await take(context, request) }),
    }),
    operation({
      name: 'list_snapshots',
      method: 'GET',
      path: all,
      summary: 'List the snapshots of a stack',
      role: 'reader',
      success: 200,
      async handle(request) {
        const stack = await findStack(context, request);
        const rows = await context.tables
          .selectFrom('orchestration.snapshots')
          .selectAll()
          .where('stack_id', '=', stack.id)
          .orderBy('created_at')
          .execute();
        return { body: { snapshots: rows.map(documentOf) } };
      },
    }),
    operation({
      name: 'show_snapshot',
      method: 'GET',
      path: one,
      summary: 'Show a snapshot',
      role: 'reader',
      success: 200,
      async handle(request) {
        const { snapshot } = await find(context, request);
        return { body: { snapshot: documentOf(snapshot) } };
      },
    }),
    operation({
      name: 'delete_snapshot',
      method: 'DELETE',
      path: one,
      summary: 'Forget a snapshot',
      role: 'member',
      success: 204,
      async handle(request) {
        const { stack, snapshot } = await find(context, request);
        if (snapshot.status === 'IN_PROGRESS') {
          throw new Fault(
            'conflict',
            `Stack ${stack.name} already has an action (SNAPSHOT) in progress.`,
            { type: 'ActionInProgress' },
          );
        }
        const run = new Run(context, stack, await rowsOf(context, stack.id));
        run.target = await run.readTarget(stack.template_id);
        await forgetSnapshot(run, snapshot.data);
        await context.tables
          .deleteFrom('orchestration.snapshots')
          .where('id', '=', snapshot.id)
          .execute();
        return {};
      },
    }),
    operation({
      name: 'restore_snapshot',
      method: 'POST',
      path: `${one}/restore`,
      summary: 'Bring a stack back to a snapshot',
      role: 'member',
      success: 202,
      async handle(request) {
        await restore(context, request);
        return {};
      },
    }),
  ];
}
