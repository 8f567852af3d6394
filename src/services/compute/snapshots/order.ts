import { conflict } from '../../../core/errors.ts';
import type { ActionInput } from '../servers/actions.ts';
import { insertSnapshot, type Snapshot } from './model.ts';
import { SNAPSHOT_FORMATS, snapshotProperties } from './rules.ts';

/** Makes an image that waits for the server's disk, and has it filled. Gives its id. */
export async function orderImage(
  { context, request, server, transaction }: ActionInput,
  image: Pick<Snapshot, 'purpose'> & {
    readonly name: string;
    readonly properties?: Readonly<Record<string, string>>;
    readonly rotation?: number;
  },
): Promise<string> {
  const host = server.host ?? '';
  const driver = context.hosts.live(host)?.driver;
  if (driver === undefined)
    throw conflict(`Host ${host} of server ${server.id} is not to be heard: try again later.`);
  const { purpose, rotation } = image;
  const { id } = await context.image.createImage(request.caller, {
    name: image.name,
    ...SNAPSHOT_FORMATS[driver],
    minDisk: server.flavor.rootGb,
    properties: snapshotProperties(server, request.caller.userId, image.properties ?? {}),
  });
  await insertSnapshot(transaction, { imageId: id, serverId: server.id, host, purpose, rotation });
  return id;
}
