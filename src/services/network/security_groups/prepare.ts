import type { Caller } from '../../identity/caller.ts';
import type { Query } from '../collections/filters.ts';
import type { Room } from '../collections/operations.ts';
import { ensureDefaultGroup } from './default.ts';

/** At first sight of its groups or rules a project has its default group, also when an administrator looks. */
export async function prepareDefaultGroup(room: Room, caller: Caller, query: Query): Promise<void> {
  const [named] = query['project_id'] ?? query['tenant_id'] ?? [];
  const projectId = caller.isAdmin && named !== undefined ? named : caller.projectId;
  // What no project's id looks like is a filter that matches nothing.
  if (projectId === undefined || !/^[0-9a-f]{32}$/.test(projectId)) return;
  const present = await room.database
    .selectFrom('network.security_groups')
    .select('id')
    .where('project_id', '=', projectId)
    .where('is_default', '=', true)
    .executeTakeFirst();
  if (present === undefined) await room.commit((change) => ensureDefaultGroup(change, projectId));
}
