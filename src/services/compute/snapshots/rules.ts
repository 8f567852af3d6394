import type { Server } from '../servers/model.ts';

/** What the image of a server's disk is, by the driver of its host. */
export const SNAPSHOT_FORMATS = {
  docker: { containerFormat: 'docker', diskFormat: 'raw' },
  qemu: { containerFormat: 'bare', diskFormat: 'qcow2' },
  fake: { containerFormat: 'bare', diskFormat: 'raw' },
} as const;

/** The task that a server is about while its image is made. */
export const SNAPSHOT_TASK = 'image_snapshot';

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
  ...given,
  base_image_ref: server.image_id,
  image_type: 'snapshot',
  instance_uuid: server.id,
  user_id: userId,
});
