import type { Server, ServerChange } from '../servers/model.ts';
import type { MadeFrom, SnapshotPurpose } from '../tables.ts';
import { TASKS } from './rules.ts';

/** What a server becomes now that its image is there. Pure. */
export function afterSuccess(
  server: Server,
  purpose: SnapshotPurpose,
  image: MadeFrom,
  /** `offload`: a shelved server leaves its host at once; `next`: the host that one on its way goes to. */
  { offload, next }: { readonly offload: boolean; readonly next: string | undefined },
): ServerChange {
  if (server.task_state !== TASKS[purpose]) return {};
  switch (purpose) {
    case 'shelve':
      return {
        vm_state: 'shelved',
        power_state: 4,
        kept_image_id: image.id,
        ...(offload
          ? { task_state: 'shelving_offloading', leaving_for: '' }
          : { task_state: null }),
      };
    case 'migrate':
      return next === undefined
        ? resumed(server)
        : {
            task_state: 'resize_migrated',
            leaving_for: next,
            kept_image_id: image.id,
            made_from: JSON.stringify(image),
          };
    default:
      return { task_state: null };
  }
}

/** What it becomes without one. Pure. */
export function afterFailure(server: Server, purpose: SnapshotPurpose): ServerChange {
  if (server.task_state !== TASKS[purpose]) return {};
  return purpose === 'shelve' || purpose === 'migrate' ? resumed(server) : { task_state: null };
}

/** It was stopped for its image only: it runs again. What was frozen or put aside has lost its memory, and is stopped. */
function resumed(server: Server): ServerChange {
  if (server.vm_state !== 'active')
    return { vm_state: 'stopped', power: 'stopped', task_state: null };
  return { power: 'running', generation: server.generation + 1, task_state: 'powering-on' };
}
