import type { Caller } from '../../identity/caller.ts';
import type { Room } from '../collections/operations.ts';
import { ensureDefaultGroup } from './default.ts';

/** At first sight of its groups or rules a project has its default group. */
export async function prepareDefaultGroup(room: Room, caller: Caller): Promise<void> {
  const { projectId } = caller;
  if (projectId === undefined) return;
  const present = await room.database
    .selectFrom('network.security_groups')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', true)
    .executeTakeFirst();
  if (present === undefined) await room.commit((change) => ensureDefaultGroup(change, projectId));
}
