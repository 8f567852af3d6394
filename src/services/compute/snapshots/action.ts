import { Type } from 'typebox';
import { conflict } from '../../../core/errors.ts';
import { has } from '../microversions.ts';
import type { Action } from '../servers/actions.ts';
import { insertSnapshot } from './model.ts';
import { SNAPSHOT_FORMATS, SNAPSHOT_TASK, snapshotProperties } from './rules.ts';

/** Nova's `createImage`: an image of the server's disk, made while it goes on. */
export const createImage: Action = {
  summary: "Make an image of a server's disk",
  schema: Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 255 }),
      metadata: Type.Optional(
        Type.Record(
          Type.String({ minLength: 1, maxLength: 255 }),
          Type.String({ maxLength: 255 }),
          { maxProperties: 128 },
        ),
      ),
    },
    { additionalProperties: false },
  ),
  name: 'createImage',
  capability: 'snapshot',
  vmStates: () => ['active', 'paused', 'stopped', 'suspended'],
  event: 'compute_snapshot_instance',
  carriedOutByHost: true,
  async apply({ context, request, server, argument, transaction, answer }) {
    const host = server.host ?? '';
    const driver = context.hosts.live(host)?.driver;
    if (driver === undefined)
      throw conflict(`Host ${host} of server ${server.id} is not to be heard: try again later.`);
    const { id } = await context.image.createImage(request.caller, {
      name: argument.name,
      ...SNAPSHOT_FORMATS[driver],
      minDisk: server.flavor.rootGb,
      properties: snapshotProperties(server, request.caller.userId, argument.metadata ?? {}),
    });
    await insertSnapshot(transaction, { imageId: id, serverId: server.id, host });
    const images = request.serviceUrl.replace(/\/compute$/, '/image');
    answer({
      headers: { Location: `${images}/v2/images/${id}` },
      ...(has(request.microversion, 'createImageReply') ? { body: { image_id: id } } : {}),
    });
    return { task_state: SNAPSHOT_TASK };
  },
  afterwards: ({ snapshots }) => snapshots.mark(),
};
