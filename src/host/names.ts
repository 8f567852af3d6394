/**
 * Names of everything an agent makes on its host. They are functions of ids that the rows carry, so that whatever
 * is found on a host can be told apart without any notes of our own.
 */

/** Host's end of a port's veth pair: as Neutron names it, 14 of the 15 characters an interface may have. */
export const tapDevice = (portId: string): string => `tap${portId.slice(0, 11)}`;

/** Server's end before it is moved and renamed. */
export const peerDevice = (portId: string): string => `ovg${portId.slice(0, 11)}`;

/**
 * Container of a server. Hosts that share an engine differ by their suffixes: one may have yet to remove what another has
 * made anew.
 */
export const containerName = (serverId: string, suffix = ''): string => `nova-${serverId}${suffix}`;

/** Container that stands in for it while it is rescued. */
export const rescueName = (serverId: string, suffix = ''): string =>
  `${containerName(serverId, suffix)}-rescue`;

/**
 * Namespace of the metadata service of a network. The cloud's name stands last, so that all of a cloud's
 * namespaces on a machine can be found by it; the host's, so that several hosts fit on one machine.
 */
export const metadataNamespace = (networkId: string, host: string, cloud: string): string =>
  `ovnmeta-${networkId.slice(0, 13)}-${host}-${cloud}`;

/** Labels of a container. */
export const LABELS = {
  cloud: 'ovenbird.cloud',
  host: 'ovenbird.host',
  server: 'ovenbird.server',
  project: 'ovenbird.project',
  name: 'ovenbird.name',
  image: 'ovenbird.image',
  build: 'ovenbird.build',
  /** Which rescue a container is for; the server's own has none. */
  rescue: 'ovenbird.rescue',
} as const;

/** `external_ids` of the rows in Open vSwitch's tables; of `Interface` where nothing else is said. */
export const EXTERNAL_IDS = {
  /** OVN's: which logical port this is. */
  interface: 'iface-id',
  address: 'attached-mac',
  status: 'iface-status',
  machine: 'vm-uuid',
  /** Ours: which server the port belongs to. */
  server: 'ovenbird-server',
  /** Ours: which host the server belongs to; hosts may share a switch. */
  host: 'ovenbird-host',
  /** Ours: which network the metadata port serves. */
  metadata: 'ovenbird-metadata',
  /** Ours, of a row in `Mirror`: which port gets the copies. */
  tap: 'ovenbird-tap',
} as const;

/** Our repository of images in the engine. */
export const IMAGE_REPOSITORY = 'ovenbird';

/**
 * Name of a Glance image in the engine. The checksum is part of it: an id whose bytes differ is another image.
 */
export const imageTag = (id: string, checksum: string): string =>
  `${IMAGE_REPOSITORY}/${id}:${checksum.slice(0, 16)}`;
