import { Type } from 'typebox';
import { badRequest, notFound } from '../../../core/errors.ts';
import { operation, type Operation, type OperationRequest } from '../../operation.ts';
import type { ComputeContext } from '../context.ts';
import { policy } from '../policy.ts';
import { unexpectedMember } from '../errors.ts';
import { has } from '../microversions.ts';
import { checkLock } from '../servers/actions.ts';
import { requireServer } from '../servers/model.ts';

const Uuid = Type.String({ format: 'uuid' });
const Attach = Type.Object(
  {
    volumeAttachment: Type.Object(
      {
        volumeId: Uuid,
        device: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
        tag: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
        delete_on_termination: Type.Optional(Type.Union([Type.Boolean(), Type.String()])),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
const Update = Type.Object(
  {
    volumeAttachment: Type.Object(
      {
        volumeId: Uuid,
        id: Type.Optional(Uuid),
        device: Type.Optional(Type.Union([Type.String({ maxLength: 255 }), Type.Null()])),
        serverId: Type.Optional(Uuid),
        tag: Type.Optional(Type.String({ maxLength: 60 })),
        delete_on_termination: Type.Optional(Type.Union([Type.Boolean(), Type.String()])),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

/**
 * https://docs.openstack.org/api-ref/compute/#servers-with-volume-attachments-servers-os-volume-attachments
 * There is no volume service: a server has no volumes, and there is none that could be attached.
 */
export function volumeAttachmentOperations({ database }: ComputeContext): Operation[] {
  const collection = '/v2.1/servers/{server_id}/os-volume_attachments';
  const item = `${collection}/{volume_id}`;
  const find = (request: OperationRequest) =>
    requireServer(database, request.caller, request.params['server_id']!);
  const notAttached = async (request: OperationRequest): Promise<never> => {
    const server = await find(request);
    if (request.params['volume_id'] !== undefined && request.body !== undefined)
      checkLock(request, server);
    throw notFound(
      `Instance ${server.id} is not attached to volume ${request.params['volume_id']!.slice(0, 255)}`,
    );
  };
  return [
    operation({
      name: 'list_volume_attachments',
      method: 'GET',
      path: collection,
      summary: "A server's volumes: there is no volume service, so none",
      role: policy.role('os-volumes-attachments:index'),
      success: 200,
      async handle(request) {
        await find(request);
        return { body: { volumeAttachments: [] } };
      },
    }),
    operation({
      name: 'show_volume_attachment',
      method: 'GET',
      path: item,
      summary: "One of a server's volumes",
      role: policy.role('os-volumes-attachments:show'),
      success: 200,
      handle: notAttached,
    }),
    operation({
      name: 'attach_volume',
      method: 'POST',
      path: collection,
      summary: 'Attach a volume: there are none',
      role: policy.role('os-volumes-attachments:create'),
      success: 200,
      body: Attach,
      async handle(request) {
        const given = request.body.volumeAttachment;
        for (const [member, feature] of [
          ['tag', 'attachmentTags'],
          ['delete_on_termination', 'attachmentDeletion'],
        ] as const)
          if (given[member] !== undefined && !has(request.microversion, feature))
            throw unexpectedMember(member, 'field/attribute volumeAttachment');
        checkLock(request as OperationRequest, await find(request as OperationRequest));
        throw notFound(
          `Volume ${given.volumeId} could not be found: this cloud has no volume service.`,
        );
      },
    }),
    operation({
      name: 'update_volume_attachment',
      method: 'PUT',
      path: item,
      summary: 'Change or swap an attached volume: there are none',
      role: policy.role('os-volumes-attachments:update'),
      success: 202,
      body: Update,
      async handle(request) {
        const { volumeId, ...rest } = request.body.volumeAttachment;
        const late = Object.keys(rest)[0];
        if (late !== undefined && !has(request.microversion, 'attachmentUpdate'))
          throw unexpectedMember(late, 'field/attribute volumeAttachment');
        if (rest.id !== undefined && rest.id !== volumeId)
          throw badRequest('The id of an attachment is that of its volume.');
        return notAttached(request as OperationRequest);
      },
    }),
    operation({
      name: 'detach_volume',
      method: 'DELETE',
      path: item,
      summary: 'Detach a volume: there are none',
      role: policy.role('os-volumes-attachments:delete'),
      success: 202,
      handle: notAttached,
    }),
    operation({
      name: 'create_assisted_volume_snapshot',
      method: 'POST',
      path: '/v2.1/os-assisted-volume-snapshots',
      summary: 'Help a volume service with a snapshot: there are no volumes',
      role: policy.role('os-assisted-volume-snapshots:create'),
      success: 200,
      body: Type.Object(
        {
          snapshot: Type.Object({
            volume_id: Type.String({ minLength: 1, maxLength: 255 }),
            create_info: Type.Object({
              snapshot_id: Type.String({ minLength: 1, maxLength: 255 }),
              type: Type.Literal('qcow2'),
              new_file: Type.String({ minLength: 1, maxLength: 255 }),
            }),
          }),
        },
        { additionalProperties: false },
      ),
      async handle(request) {
        throw badRequest(`Volume ${request.body.snapshot.volume_id} is attached to no server.`);
      },
    }),
    operation({
      name: 'delete_assisted_volume_snapshot',
      method: 'DELETE',
      path: '/v2.1/os-assisted-volume-snapshots/{snapshot_id}',
      summary: 'Help a volume service to delete a snapshot: there are no volumes',
      role: policy.role('os-assisted-volume-snapshots:delete'),
      success: 204,
      async handle(request) {
        throw notFound(
          `Snapshot ${request.params['snapshot_id']!.slice(0, 255)} could not be found.`,
        );
      },
    }),
  ];
}
