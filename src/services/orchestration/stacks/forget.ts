import { transact } from '../../../database/database.ts';
import type { OrchestrationContext } from '../context.ts';
import type { OrchestrationTables, StackRow } from '../tables.ts';

/** Forgets a stack and those inside it; what they made stays. */
export async function forget(
  { database }: OrchestrationContext,
  stack: Pick<StackRow, 'id' | 'root_id'>,
): Promise<void> {
  await transact(database, async (transaction) => {
    const tables = transaction.withTables<OrchestrationTables>();
    const all = await tables
      .selectFrom('orchestration.stacks')
      .select(['id', 'parent_id'])
      .where('root_id', '=', stack.root_id)
      .orderBy('depth')
      .execute();
    const inside = new Set([stack.id]);
    for (const { id, parent_id: parent } of all) if (parent && inside.has(parent)) inside.add(id);
    const ids = [...inside];
    await tables.deleteFrom('orchestration.resources').where('stack_id', 'in', ids).execute();
    await tables
      .updateTable('orchestration.stacks')
      .set({ deleted_at: new Date(), worker: null })
      .where('id', 'in', ids)
      .execute();
  });
}
