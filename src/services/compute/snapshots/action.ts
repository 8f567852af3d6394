import { Type } from 'typebox';
import { has } from '../microversions.ts';
import type { Action } from '../servers/actions.ts';
import { orderImage } from './order.ts';
import { BACKUP_TASK, SNAPSHOT_TASK } from './rules.ts';

const Metadata = Type.Optional(
  Type.Record(Type.String({ minLength: 1, maxLength: 255 }), Type.String({ maxLength: 255 }), {
    maxProperties: 128,
  }),
);
const Name = Type.String({ minLength: 1, maxLength: 255 });

/** Nova's `createImage`: an image of the server's disk, made while it goes on. */
export const createImage: Action = {
  summary: "Make an image of a server's disk",
  schema: Type.Object({ name: Name, metadata: Metadata }, { additionalProperties: false }),
  name: 'createImage',
  capability: 'snapshot',
  vmStates: () => ['active', 'paused', 'stopped', 'suspended'],
  event: 'compute_snapshot_instance',
  carriedOutByHost: true,
  async apply(input) {
    const { request, argument, answer } = input;
    const id = await orderImage(input, {
      name: argument.name,
      purpose: 'image',
      properties: argument.metadata,
    });
    const images = request.serviceUrl.replace(/\/compute$/, '/image');
    answer({
      headers: { Location: `${images}/v2/images/${id}` },
      ...(has(request.microversion, 'createImageReply') ? { body: { image_id: id } } : {}),
    });
    return { task_state: SNAPSHOT_TASK };
  },
  afterwards: ({ snapshots }) => snapshots.mark(),
};

/** Nova's `createBackup`: the same, and of its kind (`backup_type`) only so many of the server's are kept. */
export const createBackup: Action = {
  summary: "Make an image of a server's disk and remove the oldest of its kind",
  schema: Type.Object(
    {
      name: Name,
      backup_type: Type.String({ maxLength: 255 }),
      rotation: Type.Union([
        Type.Integer({ minimum: 0, maximum: 1_000_000 }),
        Type.String({ pattern: '^[0-9]{1,6}$' }),
      ]),
      metadata: Metadata,
    },
    { additionalProperties: false },
  ),
  name: 'createBackup',
  capability: 'snapshot',
  vmStates: () => ['active', 'paused', 'stopped', 'suspended'],
  event: 'compute_backup_instance',
  carriedOutByHost: true,
  async apply(input) {
    const { request, argument, answer } = input;
    const rotation = Number(argument.rotation);
    const id = await orderImage(input, {
      name: argument.name,
      purpose: 'backup',
      rotation,
      properties: {
        ...argument.metadata,
        image_type: 'backup',
        backup_type: argument.backup_type,
      },
    });
    const images = request.serviceUrl.replace(/\/compute$/, '/image');
    // With a rotation of 0 the image does not outlive the order: there is nothing to point to.
    if (rotation > 0)
      answer({
        headers: { Location: `${images}/v2/images/${id}` },
        ...(has(request.microversion, 'createImageReply') ? { body: { image_id: id } } : {}),
      });
    return { task_state: BACKUP_TASK };
  },
  afterwards: ({ snapshots }) => snapshots.mark(),
};
