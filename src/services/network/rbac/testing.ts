import type { Caller } from '../../identity/caller.ts';
import type { Document, TestNetworkService } from '../testing.ts';

/** Shares an object with a project, or with all. */
export const shareWith = (
  room: TestNetworkService,
  caller: Caller,
  type: string,
  object: Document,
  target: Caller | '*',
  action = 'access_as_shared',
): Promise<Document> =>
  room.create(caller, 'rbac_policy', {
    object_type: type,
    object_id: object['id'],
    target_tenant: target === '*' ? '*' : target.projectId,
    action,
  });
