import type { SnapshotPurpose } from '../tables.ts';
import type { Server } from '../servers/model.ts';

/** What the image of a server's disk is, by the driver of its host. */
export const SNAPSHOT_FORMATS = {
  docker: { containerFormat: 'docker', diskFormat: 'raw' },
  qemu: { containerFormat: 'bare', diskFormat: 'qcow2' },
  fake: { containerFormat: 'bare', diskFormat: 'raw' },
} as const;

/** The task that a server is about while its image is made. */
export const SNAPSHOT_TASK = 'image_snapshot';
/** And while it is a backup. */
export const BACKUP_TASK = 'image_backup';

/** What a server is about while an image is made for this purpose; when it is not any more, the order is void. */
export const TASKS: Readonly<Record<SnapshotPurpose, string>> = {
  image: SNAPSHOT_TASK,
  backup: BACKUP_TASK,
  shelve: 'shelving',
  migrate: 'resize_migrating',
};

/** Made only once the server has stopped: nothing that it writes may be lost. */
export const NEEDS_STOP: ReadonlySet<SnapshotPurpose> = new Set(['shelve', 'migrate']);

/** Properties that say what the image was made of, as Nova writes them, with those that its maker gives. */
export const snapshotProperties = (
  server: Server,
  userId: string,
  given: Readonly<Record<string, string>>,
): Record<string, string> => ({
  ...(server.image.hypervisorType === undefined
    ? {}
    : { hypervisor_type: server.image.hypervisorType }),
  ...(server.image.command === undefined ? {} : { os_command_line: server.image.command }),
  image_type: 'snapshot',
  ...given,
  base_image_ref: server.image_id,
  instance_uuid: server.id,
  user_id: userId,
});
