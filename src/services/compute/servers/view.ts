import { isoMicrosecondsNaive, isoSeconds } from '../../../core/time.ts';
import type { AssociatedFloatingIp, SecurityGroupSummary, ShownPort } from '../../network/index.ts';
import type { OperationRequest } from '../../operation.ts';
import { flavorLinks } from '../flavors/view.ts';
import type { Host } from '../hosts/directory.ts';
import { DEFAULT_ZONE } from '../hosts/rules.ts';
import { has, type Feature } from '../microversions.ts';
import { policy, type PolicyAction } from '../policy.ts';
import { addressesOf, plainAddresses, type Addresses } from './address-view.ts';
import { hostIdOf, hostStatus } from './host-view.ts';
import { instanceName, type Server as WholeServer } from './model.ts';
import { SHOWS_FAULT, SHOWS_PROGRESS, statusOf } from './status.ts';

/** Columns that documents show something of: lists read no others. */
export const SHOWN_COLUMNS = [
  'id', 'number', 'name', 'description', 'hostname', 'project_id', 'user_id', 'host', 'vm_state', 'task_state',
  'power_state', 'availability_zone', 'pinned_zone', 'flavor', 'image_id', 'key_name', 'user_data', 'metadata', 'tags',
  'locked_by', 'locked_reason', 'access_ip_v4', 'access_ip_v6', 'disk_config', 'config_drive', 'reservation_id',
  'launch_index', 'fault', 'server_group_id', 'created_at', 'updated_at', 'launched_at', 'terminated_at',
] as const satisfies readonly (keyof WholeServer)[]; // prettier-ignore

/** What documents show of a server. */
export type ShownServer = Pick<WholeServer, (typeof SHOWN_COLUMNS)[number]>;
type Server = ShownServer;

/** All that a server's document is made of, read for many servers at once. */
export interface ServerSurroundings {
  /** By server id. */
  readonly ports: ReadonlyMap<string, readonly ShownPort[]>;
  /** By port id. */
  readonly floatingIps: ReadonlyMap<string, readonly AssociatedFloatingIp[]>;
  /** By port id. */
  readonly securityGroups: ReadonlyMap<string, readonly SecurityGroupSummary[]>;
  /** By name; empty for callers that may not know. */
  readonly hosts: ReadonlyMap<string, Host>;
}

export const serverLinks = (request: Pick<OperationRequest, 'serviceUrl'>, id: string) => [
  { rel: 'self', href: `${request.serviceUrl}/v2.1/servers/${id}` },
  { rel: 'bookmark', href: `${request.serviceUrl}/servers/${id}` },
];

/** As in the short list. */
export const serverSummary = (
  server: { readonly id: string; readonly name: string },
  request: OperationRequest,
) => ({ id: server.id, name: server.name, links: serverLinks(request, server.id) });

/** Names of the groups on the server's ports, each once. */
function groupNames(server: Server, around: ServerSurroundings): { name: string }[] {
  const ports = around.ports.get(server.id) ?? [];
  const names = new Map<string, { name: string }>();
  for (const port of ports)
    for (const { id, name } of around.securityGroups.get(port.id) ?? []) names.set(id, { name });
  return [...names.values()];
}

/** Undefined: the server has no such member. */
type Value = (server: Server, request: OperationRequest, around: ServerSurroundings) => unknown;
interface Field {
  readonly value: Value;
  readonly feature?: Feature;
  /** What of the policy shows it; absent: whatever shows the server. */
  readonly needs?: PolicyAction;
  /** From when on that is not needed. */
  readonly forAll?: Feature;
  /** In lists too (default), or only when one server is shown. */
  readonly showOnly?: true;
  /** Also in the reply to an update before 2.75, which tells only this. */
  readonly basic?: true;
  /** Whether the server has the member at all. */
  readonly when?: (server: Server) => boolean;
}

const status = (server: Server): string => statusOf(server.vm_state, server.task_state);

function faultView(server: Server, isAdmin: boolean) {
  const fault = server.fault!;
  return {
    code: fault.code,
    created: fault.created,
    message: fault.message,
    ...(fault.details !== undefined && (isAdmin || fault.code !== 500)
      ? { details: fault.details }
      : {}),
  };
}

/** The members of a server's document and who sees them from which microversion on. */
const FIELDS: Readonly<Record<string, Field>> = {
  id: { value: (server) => server.id, basic: true },
  name: { value: (server) => server.name, basic: true },
  status: { value: status, basic: true },
  tenant_id: { value: (server) => server.project_id, basic: true },
  user_id: { value: (server) => server.user_id, basic: true },
  metadata: { value: (server) => server.metadata, basic: true },
  hostId: { value: (server) => hostIdOf(server.project_id, server.host), basic: true },
  image: {
    value: (server, request) => ({
      id: server.image_id,
      links: [{ rel: 'bookmark', href: `${request.serviceUrl}/images/${server.image_id}` }],
    }),
    basic: true,
  },
  flavor: { value: flavorOf, basic: true },
  created: { value: (server) => isoSeconds(server.created_at), basic: true },
  updated: { value: (server) => isoSeconds(server.updated_at), basic: true },
  addresses: { value: (server, _, around) => addressesOf(server.id, around), basic: true },
  accessIPv4: { value: (server) => server.access_ip_v4 ?? '', basic: true },
  accessIPv6: { value: (server) => server.access_ip_v6 ?? '', basic: true },
  links: { value: (server, request) => serverLinks(request, server.id), basic: true },
  'OS-DCF:diskConfig': { value: (server) => server.disk_config, basic: true },
  progress: {
    value: (server) => (server.vm_state === 'building' ? 0 : 100),
    when: (server) => SHOWS_PROGRESS.has(status(server)),
    basic: true,
  },
  fault: {
    value: (server, { caller }) => faultView(server, caller.isAdmin),
    // One that ended by itself tells its exit code, too.
    when: (server) =>
      server.fault !== null &&
      (SHOWS_FAULT.has(status(server)) ||
        (server.fault.source === 'exit' && status(server) === 'SHUTOFF')),
    basic: true,
  },
  locked: { value: (server) => server.locked_by !== null, feature: 'serverLocked', basic: true },
  locked_reason: {
    value: (server) => server.locked_reason,
    feature: 'serverLockedReason',
    basic: true,
  },
  description: { value: (server) => server.description, feature: 'serverDescription', basic: true },
  tags: { value: (server) => server.tags, feature: 'serverTags', basic: true },
  trusted_image_certificates: {
    value: () => null,
    feature: 'serverTrustedCertificates',
    basic: true,
  },
  server_groups: {
    value: ({ server_group_id: id }) => (id === null ? [] : [id]),
    feature: 'serverGroupsInline',
    showOnly: true,
    basic: true,
  },
  'OS-EXT-AZ:availability_zone': {
    value: (server) => server.availability_zone ?? (server.host === null ? '' : DEFAULT_ZONE),
  },
  config_drive: { value: (server) => (server.config_drive ? 'True' : '') },
  key_name: { value: (server) => server.key_name },
  'OS-SRV-USG:launched_at': {
    value: ({ launched_at: time }) => time && isoMicrosecondsNaive(time),
  },
  'OS-SRV-USG:terminated_at': {
    value: ({ terminated_at: time }) => time && isoMicrosecondsNaive(time),
  },
  security_groups: {
    value(server, _, around) {
      const names = groupNames(server, around);
      return names.length === 0 ? undefined : names;
    },
  },
  'os-extended-volumes:volumes_attached': { value: () => [] },
  'OS-EXT-STS:task_state': { value: (server) => server.task_state },
  'OS-EXT-STS:vm_state': { value: (server) => server.vm_state },
  'OS-EXT-STS:power_state': { value: (server) => server.power_state },
  'OS-EXT-SRV-ATTR:host': {
    value: (server) => server.host,
    needs: 'os-extended-server-attributes',
  },
  'OS-EXT-SRV-ATTR:hypervisor_hostname': {
    value: (server) => server.host,
    needs: 'os-extended-server-attributes',
  },
  'OS-EXT-SRV-ATTR:instance_name': { value: instanceName, needs: 'os-extended-server-attributes' },
  host_status: {
    value: (server, _, around) => hostStatus(around.hosts.get(server.host ?? '')),
    feature: 'serverHostStatus',
    needs: 'servers:show:host_status',
  },
  ...extendedAttributes({
    reservation_id: (server) => server.reservation_id,
    launch_index: (server) => server.launch_index,
    kernel_id: () => '',
    ramdisk_id: () => '',
    root_device_name: () => '/dev/sda',
    user_data: (server) => server.user_data,
  }),
  'OS-EXT-SRV-ATTR:hostname': {
    value: (server) => server.hostname,
    feature: 'serverExtendedAttributes',
    needs: 'os-extended-server-attributes',
    forAll: 'serverHostnameForAll',
  },
  pinned_availability_zone: {
    value: (server) => server.pinned_zone,
    feature: 'serverPinnedZone',
  },
};

/** Since 2.3, for administrators. */
function extendedAttributes(values: Readonly<Record<string, Value>>): Record<string, Field> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `OS-EXT-SRV-ATTR:${name}`,
      { value, feature: 'serverExtendedAttributes', needs: 'os-extended-server-attributes' },
    ]),
  );
}

function flavorOf(server: Server, request: OperationRequest) {
  const { flavor } = server;
  if (!has(request.microversion, 'serverFlavorInline'))
    return { id: flavor.id, links: flavorLinks(request, flavor.id).slice(1) };
  return {
    original_name: flavor.name,
    vcpus: flavor.vcpus,
    ram: flavor.memoryMb,
    disk: flavor.rootGb,
    ephemeral: flavor.ephemeralGb,
    swap: flavor.swapMb,
    extra_specs: flavor.extraSpecs,
  };
}

/** Which members are wanted: of one server, of a list, or of an update before 2.75. */
export type ViewKind = 'show' | 'list' | 'basic';

const isShown = ({ feature, needs, forAll }: Field, { microversion, caller }: OperationRequest) =>
  (feature === undefined || has(microversion, feature)) &&
  (needs === undefined ||
    policy.allows(needs, caller, {}) ||
    (forAll !== undefined && has(microversion, forAll)));

/** Whether documents show user data, which may be large. */
export const showsUserData = (request: OperationRequest): boolean =>
  isShown(FIELDS['OS-EXT-SRV-ATTR:user_data']!, request);

/** Gives the documents of servers for one request: who may see what is decided once. */
export function serverViewer(
  request: OperationRequest,
  kind: ViewKind,
): (server: Server, around: ServerSurroundings) => Record<string, unknown> {
  const fields = Object.entries(FIELDS).filter(
    ([, field]) =>
      isShown(field, request) &&
      !(field.showOnly && kind === 'list') &&
      !(kind === 'basic' && !field.basic),
  );
  return (server, around) => {
    const document: Record<string, unknown> = {};
    for (const [name, { when, value }] of fields) {
      if (when && !when(server)) continue;
      const given = value(server, request, around);
      // The members of extensions came to replies of updates with 2.75.
      document[name] =
        kind === 'basic' && name === 'addresses' ? plainAddresses(given as Addresses) : given;
    }
    return document;
  };
}

export const serverView = (
  server: Server,
  request: OperationRequest,
  around: ServerSurroundings,
  kind: ViewKind,
): Record<string, unknown> => serverViewer(request, kind)(server, around);
