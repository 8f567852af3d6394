import { sql } from 'kysely';
import type { OrchestrationDatabase } from '../tables.ts';

/** Forgets stacks that were deleted thirty days ago with their events, and templates that no stack has any more. */
export async function tidy(tables: OrchestrationDatabase): Promise<void> {
  await sql`delete from orchestration.stacks where deleted_at < now() - interval '30 days'`.execute(
    tables,
  );
  await sql`delete from orchestration.templates t where not exists (
    select 1 from orchestration.stacks s
    where t.id in (s.template_id, s.former_template_id, s.shown_template_id))`.execute(tables);
}
