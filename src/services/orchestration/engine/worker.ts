import { messageOf } from '../../../core/errors.ts';
import { transact } from '../../../database/database.ts';
import type { OrchestrationContext } from '../context.ts';
import { recordStackEvent } from '../stacks/model.ts';
import { forgetSnapshots, keptOf, storeSnapshot } from '../snapshots/model.ts';
import type { OrchestrationTables, StackAction, StackRow, Status } from '../tables.ts';
import { converge } from './converge.ts';
import { Interrupted, isPassing, StepFailed } from './failure.ts';
import { Run } from './run.ts';
import { sweep } from './sweep.ts';
import { rowsOf } from './view.ts';

/** Actions that can be taken back. */
const REVERSIBLE: ReadonlySet<StackAction> = new Set(['CREATE', 'UPDATE', 'ADOPT', 'RESTORE']);

/** Does one action of a stack, from wherever it stands, until it has come to an end. */
export async function perform(run: Run): Promise<void> {
  const { stack } = run;
  const timer = deadlineTimer(run);
  try {
    run.former = await run.readTarget(stack.former_template_id).catch(() => undefined);
    switch (stack.action) {
      case 'CREATE':
      case 'UPDATE':
      case 'ADOPT':
      case 'RESTORE':
      case 'ROLLBACK':
        if (stack.action === 'RESTORE') run.restored = await keptOf(run);
        await converge(run, await run.readTarget(stack.template_id));
        break;
      case 'DELETE':
        run.former = (await run.readTarget(stack.template_id).catch(() => undefined)) ?? run.former;
        await forgetSnapshots(run);
        await converge(run, undefined);
        break;
      case 'SNAPSHOT':
        run.target = await run.readTarget(stack.template_id);
        await sweep(run, stack.action);
        await storeSnapshot(run);
        break;
      default:
        run.target = await run.readTarget(stack.template_id);
        await sweep(run, stack.action);
    }
    await finish(run, 'COMPLETE', `Stack ${stack.action} completed successfully`);
  } catch (error) {
    if (run.superseded) return;
    // The database is away for a moment: the action is begun again from what is written down.
    if (isPassing(error)) throw error;
    await failed(run, error);
  } finally {
    clearTimeout(timer);
  }
}

/** A run over a stack as it is in the database now. */
export async function loadRun(context: OrchestrationContext, stack: StackRow): Promise<Run> {
  return new Run(context, stack, await rowsOf(context, stack.id));
}

function deadlineTimer(run: Run): NodeJS.Timeout | undefined {
  const { deadline, action, cancel } = run.stack;
  if (cancel !== null) run.interrupt('User cancelled operation');
  if (deadline === null) return undefined;
  const left = Math.min(Math.max(deadline.getTime() - Date.now(), 0), 2 ** 31 - 1);
  const words = action[0] + action.slice(1).toLowerCase();
  return setTimeout(() => run.interrupt(`${words} timed out`), left).unref();
}

async function failed(run: Run, error: unknown): Promise<void> {
  const { stack, context } = run;
  let reason: string;
  if (error instanceof StepFailed) reason = `Resource ${error.action} failed: ${error.message}`;
  else if (error instanceof Interrupted) reason = error.message;
  else {
    reason = messageOf(error);
    context.log.warn({ stack: stack.id, error }, 'an action of a stack failed');
  }
  await finish(run, 'FAILED', reason);
}

/** Writes down how the action ended, and what follows from it, together. */
async function finish(run: Run, status: Status, reason: string): Promise<void> {
  if (run.superseded) return;
  const { context } = run;
  await run.written();
  await transact(context.database, async (transaction) => {
    const tables = transaction.withTables<OrchestrationTables>();
    const present = await tables
      .selectFrom('orchestration.stacks')
      .selectAll()
      .where('id', '=', run.stack.id)
      .forUpdate()
      .executeTakeFirst();
    // Somebody has begun another action meanwhile: its run will see to everything.
    if (!present || present.generation !== run.stack.generation) return;
    const back =
      status === 'FAILED' &&
      REVERSIBLE.has(present.action) &&
      present.parent_id === null &&
      present.cancel !== 'stop' &&
      (!present.disable_rollback || present.cancel === 'rollback');
    // As in Heat a cancelled update turns round without having failed: clients that wait for its end
    // (`openstack stack cancel --wait`) would take the first `_FAILED` for it.
    if (!back || present.cancel !== 'rollback') {
      await recordStackEvent(tables, { ...present, status, reason });
    }
    if (back) {
      const next = {
        action: 'ROLLBACK' as const,
        status: 'IN_PROGRESS' as const,
        reason: `Stack ROLLBACK started: ${reason}`,
      };
      await tables
        .updateTable('orchestration.stacks')
        .set({
          ...next,
          generation: present.generation + 1,
          cancel: null,
          deadline: new Date(Date.now() + context.options.stack_action_timeout * 1000),
          template_id: present.former_template_id,
          former_template_id: present.template_id,
          shown_template_id: present.former_template_id ?? present.shown_template_id,
          converge: false,
        })
        .where('id', '=', present.id)
        .execute();
      await recordStackEvent(tables, { ...present, ...next });
      return;
    }
    if (present.action === 'SNAPSHOT' && status === 'FAILED' && present.snapshot_id !== null) {
      await tables
        .updateTable('orchestration.snapshots')
        .set({ status, reason })
        .where('id', '=', present.snapshot_id)
        .execute();
    }
    const deleted = present.action === 'DELETE' && status === 'COMPLETE';
    await tables
      .updateTable('orchestration.stacks')
      .set({
        status,
        reason,
        worker: null,
        cancel: null,
        deadline: null,
        // Of what failed the former template is kept: its types are needed to take its resources down.
        ...(status === 'COMPLETE' ? { former_template_id: null } : {}),
        ...(deleted ? { deleted_at: new Date() } : {}),
      })
      .where('id', '=', present.id)
      .execute();
  });
}
