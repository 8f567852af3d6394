import { Type, type Static } from 'typebox';
import { hashForShadow } from '../../../core/crypt.ts';
import { badRequest } from '../../../core/errors.ts';
import { unexpectedMember } from '../errors.ts';
import { limitsOf } from '../quotas/model.ts';
import { has, type Feature } from '../microversions.ts';
import { imageRefusal } from '../scheduler/image-filters.ts';
import type { Action } from './actions.ts';
import type { ServerChange } from './model.ts';
import {
  checkAccessAddress,
  checkHostname,
  checkMetadata,
  checkName,
  checkUserData,
  idOfReference,
} from './rules.ts';
import { Hostname } from './schemas.ts';
import { checkSettings, findImage, findKeypair, hostsViewOf } from './wish.ts';

const Text = (maxLength: number) => Type.Union([Type.String({ maxLength }), Type.Null()]);

export const RebuildArgument = Type.Object(
  {
    imageRef: Type.String({ minLength: 1, maxLength: 1024 }),
    name: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
    adminPass: Type.Optional(Type.String({ maxLength: 255 })),
    metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
    preserve_ephemeral: Type.Optional(Type.Union([Type.Boolean(), Type.String()])),
    'OS-DCF:diskConfig': Type.Optional(Type.Union([Type.Literal('AUTO'), Type.Literal('MANUAL')])),
    accessIPv4: Type.Optional(Type.String({ maxLength: 45 })),
    accessIPv6: Type.Optional(Type.String({ maxLength: 45 })),
    personality: Type.Optional(Type.Array(Type.Unknown())),
    description: Type.Optional(Text(255)),
    hostname: Type.Optional(Hostname),
    key_name: Type.Optional(Text(255)),
    user_data: Type.Optional(Text(65_535)),
    trusted_image_certificates: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);

/** Members that came with a microversion, or went with one. */
const MEMBERS: Partial<Record<keyof Static<typeof RebuildArgument>, Feature>> = {
  description: 'serverDescription',
  hostname: 'chosenHostname',
  key_name: 'rebuildKeyName',
  user_data: 'rebuildUserData',
  trusted_image_certificates: 'createTrustedCertificates',
  personality: 'personality',
};

/**
 * Makes the server anew from an image, on the same host, with its ports, id and flavor: all that it wrote goes. One that
 * is stopped stays so, and is made when it is started.
 */
export const rebuild: Action = {
  summary: 'Make a server anew from an image; it keeps its id, ports and flavor',
  schema: RebuildArgument,
  name: 'rebuild',
  vmStates: () => ['active', 'paused', 'stopped', 'error'],
  event: 'rebuild_server',
  carriedOutByHost: true,
  async apply({ context, request, transaction, server, argument }) {
    const given = argument as Static<typeof RebuildArgument>;
    for (const [name, feature] of Object.entries(MEMBERS) as [keyof typeof given, Feature][])
      if (given[name] !== undefined && !has(request.microversion, feature))
        throw unexpectedMember(name, 'field/attribute rebuild');
    if (given.personality?.length)
      throw badRequest('Injected files are not offered by this cloud: use user_data.');
    if (given.trusted_image_certificates)
      throw badRequest('Trusted image certificates are not offered by this cloud.');
    const found = await findImage(context, request, idOfReference(given.imageRef), server.flavor);
    const image = hostsViewOf(found);
    const host = context.hosts.live(server.host ?? '');
    const refusal = host && imageRefusal(host, image, found.properties);
    if (refusal !== undefined)
      throw badRequest(`Image ${found.id} is unacceptable for server ${server.id}: ${refusal}.`);
    if (given.metadata) {
      const { metadata_items: most } = await limitsOf(transaction, server.project_id);
      checkMetadata(given.metadata, most, 'rebuild.metadata');
    }
    checkSettings(given.metadata ?? server.metadata, image, server.flavor.extraSpecs);
    return {
      task_state: 'rebuilding',
      rescue: null,
      ...(given.adminPass ? { password_hash: hashForShadow(given.adminPass) } : {}),
      power: server.vm_state === 'stopped' ? 'stopped' : 'running',
      generation: server.generation + 1,
      build: server.build + 1,
      image_id: found.id,
      image: JSON.stringify(image),
      made_from: null,
      ...(given.name === undefined ? {} : { name: checkName(given.name, 'rebuild.name') }),
      ...(given.metadata ? { metadata: JSON.stringify(given.metadata) } : {}),
      ...(given.description === undefined ? {} : { description: given.description }),
      ...(given.hostname === undefined
        ? {}
        : { hostname: checkHostname(given.hostname, request.microversion, 'rebuild.hostname') }),
      ...(given.user_data === undefined ? {} : { user_data: checkUserData(given.user_data) }),
      ...(given['OS-DCF:diskConfig'] ? { disk_config: given['OS-DCF:diskConfig'] } : {}),
      ...(given.accessIPv4 === undefined
        ? {}
        : { access_ip_v4: checkAccessAddress(given.accessIPv4, 4) }),
      ...(given.accessIPv6 === undefined
        ? {}
        : { access_ip_v6: checkAccessAddress(given.accessIPv6, 6) }),
      ...(given.key_name === undefined ? {} : await keyOf(given.key_name)),
    };

    async function keyOf(name: string | null): Promise<ServerChange> {
      if (name === null) return { key_name: null, key_type: null, key_data: null };
      const key = await findKeypair(context, request.caller.userId, name);
      return { key_name: key.name, key_type: key.type, key_data: key.public_key };
    }
  },
};
