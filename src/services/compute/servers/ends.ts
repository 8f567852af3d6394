import { conflict } from '../../../core/errors.ts';
import type { Action } from './actions.ts';
import { Nothing } from './nothing.ts';

/** The end of a server, and its way back. Deleted servers are not kept: there is no `reclaim_instance_interval`. */
export const END_ACTIONS: Readonly<Record<string, Action>> = {
  forceDelete: {
    summary: 'Delete a server, whatever it is or does',
    schema: Nothing,
    name: 'delete',
    evenDeleting: true,
    event: 'compute_terminate_instance',
    carriedOutByHost: true,
    apply: () => ({ power: 'deleted', task_state: 'deleting' }),
  },
  restore: {
    summary: 'Take back a deletion that only waits: deletions of this cloud do not wait',
    schema: Nothing,
    name: 'restore',
    vmStates: () => ['soft-delete'],
    event: 'api_restore',
    apply({ server }) {
      throw conflict(`Server ${server.id} cannot be restored: nothing of it is kept.`);
    },
  },
};
