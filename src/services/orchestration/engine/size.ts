import { sql } from 'kysely';
import { transact } from '../../../database/database.ts';
import { Fault } from '../../../core/errors.ts';
import type { Run } from './run.ts';

/** First part of the advisory locks under which the resources of one tree of stacks are counted. */
const LOCK = 0x0b1d0f;

/**
 * Writes down how many resources the stack is to have, and refuses more than `max_resources_per_stack` in all stacks
 * that belong together. What shrinks, and what goes back, is never refused; nor is the outermost stack, which was
 * counted when it was asked for: its inner ones may be about to shrink.
 */
export async function reserve(run: Run, size: number): Promise<void> {
  const { context, stack } = run;
  if (stack.parent_id === null && stack.action === 'CREATE') {
    // Nobody else is in the tree yet.
    await sql`update orchestration.stacks set size = ${size} where id = ${stack.id}`.execute(
      context.database,
    );
    return;
  }
  const most = context.options.max_resources_per_stack;
  await transact(context.database, async (transaction) => {
    await sql`select pg_advisory_xact_lock(${LOCK}, hashtext(${stack.root_id}))`.execute(
      transaction,
    );
    const { rows } = await sql<{ former: number; others: number; action: string }>`
      select coalesce(sum(size) filter (where id = ${stack.id}), 0)::integer as former,
        coalesce(sum(size) filter (where id <> ${stack.id}), 0)::integer as others,
        max(action) filter (where id = ${stack.root_id}) as action
      from orchestration.stacks where root_id = ${stack.root_id} and deleted_at is null`.execute(
      transaction,
    );
    const { former, others, action } = rows[0]!;
    const all = others + size;
    if (most >= 0 && all > most && size > former && stack.parent_id !== null) {
      if (action !== 'ROLLBACK') {
        throw new Fault(
          'forbidden',
          `You have reached the maximum resources per stack, ${most}: with this one there would be ${all}.`,
          { type: 'RequestLimitExceeded' },
        );
      }
    }
    if (size !== former) {
      await sql`update orchestration.stacks set size = ${size} where id = ${stack.id}`.execute(
        transaction,
      );
    }
  });
}
