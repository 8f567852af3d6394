import type { VmState } from '../tables.ts';

/** Nova's steps of a resize; ours needs only the first. */
const RESIZING = {
  resize_prep: 'RESIZE',
  resize_migrating: 'RESIZE',
  resize_migrated: 'RESIZE',
  resize_finish: 'RESIZE',
};

/** Status by what the server is; and, where it differs, by what is being done with it. */
const STATUS: Readonly<
  Record<VmState, { readonly status: string; readonly tasks?: Readonly<Record<string, string>> }>
> = {
  building: { status: 'BUILD' },
  active: {
    status: 'ACTIVE',
    tasks: {
      rebooting: 'REBOOT',
      reboot_pending: 'REBOOT',
      reboot_started: 'REBOOT',
      rebooting_hard: 'HARD_REBOOT',
      reboot_pending_hard: 'HARD_REBOOT',
      reboot_started_hard: 'HARD_REBOOT',
      rebuilding: 'REBUILD',
      migrating: 'MIGRATING',
      ...RESIZING,
    },
  },
  stopped: { status: 'SHUTOFF', tasks: { rebuilding: 'REBUILD', ...RESIZING } },
  paused: { status: 'PAUSED' },
  suspended: { status: 'SUSPENDED' },
  rescued: { status: 'RESCUE' },
  resized: { status: 'VERIFY_RESIZE', tasks: { resize_reverting: 'REVERT_RESIZE' } },
  error: { status: 'ERROR', tasks: { rebuilding: 'REBUILD' } },
  deleted: { status: 'DELETED' },
  'soft-delete': { status: 'SOFT_DELETED' },
  shelved: { status: 'SHELVED' },
  shelved_offloaded: { status: 'SHELVED_OFFLOADED' },
};

export const statusOf = (vmState: VmState, taskState: string | null): string => {
  const entry = STATUS[vmState];
  return (taskState !== null && entry.tasks?.[taskState]) || entry.status;
};

/** States that show as this status, for filters; undefined when there is no such status. */
export function statesOf(
  status: string,
): { vmState: VmState; tasks?: string[]; not?: string[] }[] | undefined {
  const wanted = status.toUpperCase();
  const found: { vmState: VmState; tasks?: string[]; not?: string[] }[] = [];
  for (const [vmState, entry] of Object.entries(STATUS) as [VmState, (typeof STATUS)[VmState]][]) {
    const tasks = Object.entries(entry.tasks ?? {});
    const same = tasks.filter(([, shown]) => shown === wanted).map(([task]) => task);
    if (entry.status === wanted) found.push({ vmState, not: tasks.map(([task]) => task) });
    else if (same.length > 0) found.push({ vmState, tasks: same });
  }
  return found.length > 0 ? found : undefined;
}

/** Statuses that show a `progress`. */
export const SHOWS_PROGRESS = new Set([
  'ACTIVE',
  'BUILD',
  'DELETED',
  'MIGRATING',
  'RESIZE',
  'VERIFY_RESIZE',
  'REVERT_RESIZE',
  'REBUILD',
]);
/** Statuses that show a `fault`. */
export const SHOWS_FAULT = new Set(['ERROR', 'DELETED']);
