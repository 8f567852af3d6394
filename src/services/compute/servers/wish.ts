import { hashForShadow } from '../../../core/crypt.ts';
import { badRequest, Fault } from '../../../core/errors.ts';
import { isUuid } from '../../../core/ids.ts';
import type { ImageSummary } from '../../image/index.ts';
import type { OperationRequest } from '../../operation.ts';
import { zonesOf } from '../availability_zones/api.ts';
import type { ComputeContext } from '../context.ts';
import { unexpectedMember } from '../errors.ts';
import { requireFlavor, type Flavor } from '../flavors/model.ts';
import { DEFAULT_ZONE } from '../hosts/rules.ts';
import { requireKeypair, type Keypair } from '../keypairs/model.ts';
import { has, type Feature } from '../microversions.ts';
import { requirePolicy } from '../policy.ts';
import type { ServerFlavor, ServerImage } from '../tables.ts';
import { readHints, type Hints } from './hints.ts';
import {
  checkAccessAddress,
  checkHostname,
  checkName,
  checkTags,
  checkUserData,
  idOfReference,
} from './rules.ts';
import { isTrue, type CreateServer } from './schemas.ts';
import { keptProperties, settingsOf } from './settings.ts';
import { asBadRequest, findInterfaces, type WantedInterface } from './wantedInterfaces.ts';

/** A request for servers, with everything it names found and checked. */
export interface ServerWish {
  readonly name: string;
  readonly description: string | null;
  /** Undefined: made from the name. */
  readonly hostname: string | undefined;
  readonly flavor: Flavor;
  readonly imageId: string;
  readonly image: ServerImage;
  readonly imageProperties: Readonly<Record<string, string>>;
  readonly keypair: Keypair | undefined;
  readonly interfaces: readonly WantedInterface[];
  /** Undefined: the project's default group. */
  readonly securityGroups: readonly string[] | undefined;
  readonly userData: string | null;
  readonly configDrive: boolean;
  /** Of the password that was chosen. */
  readonly passwordHash: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly zone: string | undefined;
  readonly host: string | undefined;
  /** Zone and host were named together, which overrules whatever can be overruled. */
  readonly isForced: boolean;
  readonly hints: Hints;
  readonly accessIpV4: string | null;
  readonly accessIpV6: string | null;
  readonly diskConfig: 'AUTO' | 'MANUAL';
  readonly minimum: number;
  readonly maximum: number;
}

/** Members that came with a microversion, or went with one. */
const MEMBERS: Partial<Record<keyof CreateServer, Feature>> = {
  description: 'serverDescription',
  hostname: 'chosenHostname',
  tags: 'createTags',
  trusted_image_certificates: 'createTrustedCertificates',
  host: 'createOnHost',
  hypervisor_hostname: 'createOnHost',
  personality: 'personality',
};

const DEVICE_MEMBERS = [
  ['tag', 'blockDeviceTags'],
  ['volume_type', 'blockDeviceVolumeType'],
] as const satisfies readonly (readonly [string, Feature])[];

/** Reads the body of a creation; every 400 and 409 that it can know beforehand comes from here. */
export async function readWish(
  context: ComputeContext,
  request: OperationRequest,
  body: Readonly<Record<string, unknown>> & { readonly server: CreateServer },
): Promise<ServerWish> {
  const { caller, microversion } = request;
  const given = body.server;
  for (const [name, feature] of Object.entries(MEMBERS) as [keyof CreateServer, Feature][])
    if (given[name] !== undefined && !has(microversion, feature))
      throw unexpectedMember(name, 'field/attribute server');
  for (const device of given.block_device_mapping_v2 ?? [])
    for (const [member, feature] of DEVICE_MEMBERS)
      if (device[member] !== undefined && !has(microversion, feature))
        throw unexpectedMember(member, 'field/attribute server.block_device_mapping_v2');
  const name = checkName(given.name);
  const userData = checkUserData(given.user_data);
  const tags = checkTags(given.tags ?? []);
  refuseWhatContainersLack(given);
  const [minimum, maximum] = counts(given);
  if (given.hostname !== undefined && maximum > 1)
    throw badRequest('Unable to allocate a single hostname to multiple instances.');
  const flavor = await findFlavor(context, request, String(given.flavorRef));
  const image = await findImage(context, request, imageIdOf(given), flavor);
  const keypair =
    typeof given.key_name === 'string'
      ? await findKeypair(context, caller.userId, given.key_name)
      : undefined;
  checkSettings(given.metadata ?? {}, hostsViewOf(image), flavor.extraSpecs);
  const interfaces = await findInterfaces(context, request, given, maximum);
  const { zone, host, isForced } = await destination(context, request, given);
  return {
    name,
    description: given.description ?? null,
    hostname:
      given.hostname === undefined ? undefined : checkHostname(given.hostname, microversion),
    flavor,
    imageId: image.id,
    image: hostsViewOf(image),
    imageProperties: image.properties,
    keypair,
    interfaces,
    securityGroups: await findGroups(context, request, given),
    userData,
    configDrive:
      isTrue(given.config_drive) || /^mandatory$/i.test(image.properties['img_config_drive'] ?? ''),
    passwordHash: given.adminPass ? hashForShadow(given.adminPass) : null,
    metadata: given.metadata ?? {},
    tags,
    zone,
    host,
    isForced,
    hints: await readHints(context, request, body),
    accessIpV4: checkAccessAddress(given.accessIPv4, 4),
    accessIpV6: checkAccessAddress(given.accessIPv6, 6),
    diskConfig: given['OS-DCF:diskConfig'] ?? 'MANUAL',
    minimum,
    maximum,
  };
}

/** Refuses what says how its container runs and cannot be read. */
export function checkSettings(
  metadata: Readonly<Record<string, string>>,
  image: ServerImage,
  extraSpecs: Readonly<Record<string, string>>,
): void {
  const [refusal] = settingsOf(metadata, image, extraSpecs).refusals;
  if (refusal !== undefined) throw badRequest(`Invalid setting of the server: ${refusal}.`);
}

function counts(given: CreateServer): [number, number] {
  const minimum = Number(given.min_count ?? 1);
  const maximum = Number(given.max_count ?? minimum);
  if (minimum > maximum) throw badRequest('min_count must be <= max_count');
  return [minimum, maximum];
}

/** What Nova offers and this cloud does not is refused rather than forgotten. */
function refuseWhatContainersLack(given: CreateServer): void {
  if ((given.personality ?? []).length > 0)
    throw badRequest('Injected files are not offered by this cloud: use user_data to write files.');
  if ((given.trusted_image_certificates ?? []).length > 0)
    throw badRequest('Trusted image certificates are not offered by this cloud.');
  if ((given.block_device_mapping ?? []).length > 0)
    throw badRequest('Block Device Mapping is Invalid: this cloud has no volumes.');
  for (const device of given.block_device_mapping_v2 ?? []) {
    const root = device.source_type === 'image' && (device.destination_type ?? 'local') === 'local';
    if (!root || Number(device.boot_index ?? 0) !== 0)
      throw badRequest(
        'Block Device Mapping is Invalid: this cloud has no volumes; the only block device is the image (source_type image, destination_type local, boot_index 0).',
      );
  }
}

const imageIdOf = (given: CreateServer): string | undefined => {
  if (given.imageRef) return idOfReference(given.imageRef);
  return (
    given.block_device_mapping_v2?.find(({ source_type: type }) => type === 'image')?.uuid ??
    undefined
  );
};

export async function findFlavor(
  { database }: ComputeContext,
  { caller }: OperationRequest,
  reference: string,
): Promise<Flavor> {
  const id = idOfReference(reference);
  try {
    return await requireFlavor(database, caller, id);
  } catch (error) {
    if (error instanceof Fault && error.kind === 'notFound') throw badRequest(error.message);
    throw error;
  }
}

export async function findImage(
  { database, image }: ComputeContext,
  { caller }: OperationRequest,
  id: string | undefined,
  flavor: Pick<ServerFlavor, 'name' | 'memoryMb' | 'rootGb'>,
): Promise<ImageSummary> {
  if (id === undefined)
    throw badRequest(
      'Invalid imageRef provided: a server needs an image, this cloud has no volumes to boot from.',
    );
  if (!isUuid(id))
    throw badRequest(
      `Invalid imageRef provided: '${id.slice(0, 100)}' is not the UUID of an image.`,
    );
  const found = await image.getImage(database, caller, id);
  if (!found) throw badRequest(`Can not find requested image: Image ${id} could not be found.`);
  if (found.status !== 'active')
    throw badRequest(`Image ${id} is not active: it is ${found.status}; upload its data first.`);
  if (found.minRam > flavor.memoryMb)
    throw badRequest(
      `Flavor's memory is too small for requested image: the image needs ${found.minRam} MB, flavor ${flavor.name} has ${flavor.memoryMb} MB.`,
    );
  const disk = flavor.rootGb * 1024 ** 3;
  if (flavor.rootGb > 0 && found.size > disk)
    throw badRequest(
      `Flavor's disk is too small for requested image. Flavor disk is ${disk} bytes, image is ${found.size} bytes.`,
    );
  if (flavor.rootGb > 0 && found.minDisk > flavor.rootGb)
    throw badRequest(
      `Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is ${disk} bytes, minimum size is ${found.minDisk * 1024 ** 3} bytes.`,
    );
  return found;
}

export const hostsViewOf = (image: ImageSummary): ServerImage => ({
  containerFormat: image.containerFormat ?? '',
  diskFormat: image.diskFormat ?? '',
  size: image.size,
  checksum: image.checksum,
  hashAlgorithm: image.osHashAlgo,
  hashValue: image.osHashValue,
  command: image.properties['os_command_line'],
  properties: keptProperties(image.properties),
  administrator: image.properties['os_admin_user'],
  hypervisorType: (
    image.properties['img_hv_type'] ?? image.properties['hypervisor_type']
  )?.toLowerCase(),
});

export async function findKeypair(
  { database }: ComputeContext,
  userId: string,
  name: string,
): Promise<Keypair> {
  return requireKeypair(database, userId, name).catch(() => {
    throw badRequest(
      `Invalid key_name provided: Keypair ${name.slice(0, 255)} not found for user ${userId}`,
    );
  });
}

/** Zone and host: `ZONE`, or for administrators `ZONE:HOST`, and from 2.74 on `host`. */
async function destination(
  context: Pick<ComputeContext, 'database' | 'hosts'>,
  request: OperationRequest,
  given: CreateServer,
) {
  const [zone = '', named, node] = (given.availability_zone ?? '').split(':');
  const isThere = async () =>
    (await zonesOf(context)).some(({ name, available }) => available && name === zone);
  if (zone !== '' && zone !== DEFAULT_ZONE && !(await isThere()))
    throw badRequest(
      `The requested availability zone is not available: there is no zone ${zone.slice(0, 255)}.`,
    );
  const host = given.host ?? given.hypervisor_hostname ?? (named || node || undefined);
  if (host !== undefined)
    requirePolicy(
      given.host || given.hypervisor_hostname
        ? 'servers:create:requested_destination'
        : 'servers:create:forced_host',
      request.caller,
    );
  if (
    given.host !== undefined &&
    given.hypervisor_hostname !== undefined &&
    given.host !== given.hypervisor_hostname
  )
    throw badRequest(
      `No compute host ${given.host} with hypervisor ${given.hypervisor_hostname}: here each host is its own.`,
    );
  return { zone: zone === '' ? undefined : zone, host, isForced: Boolean(named || node) };
}

async function findGroups(
  { database, network }: ComputeContext,
  request: OperationRequest,
  given: CreateServer,
): Promise<string[] | undefined> {
  const names = [...new Set((given.security_groups ?? []).map(({ name }) => name))];
  if (names.length === 0 || (names.length === 1 && names[0] === 'default')) return undefined;
  const groups = await network
    .findSecurityGroups(database, request.caller, names)
    .catch(asBadRequest);
  return [...new Set(groups.map(({ id }) => id))];
}
