import { createHash } from 'node:crypto';
import type {
  AssociatedFloatingIp,
  PortDescription,
  SecurityGroupSummary,
} from '../../network/index.ts';
import { DEFAULT_ZONE } from '../hosts/rules.ts';
import type { Server, ServerPort } from '../servers/model.ts';

/** All that a server may ask about itself; the shape is `MetadataDocument` of `src/host/metadata/document.ts`. */
export interface MetadataDocument {
  readonly server_id: string;
  readonly meta_data: Readonly<Record<string, unknown>>;
  readonly network_data: Readonly<Record<string, unknown>>;
  readonly vendor_data: Readonly<Record<string, unknown>>;
  readonly vendor_data2: Readonly<Record<string, unknown>>;
  readonly user_data: string | null;
  readonly ec2: Readonly<Record<string, unknown>>;
}

export interface MetadataSources {
  readonly server: Server;
  /** In the order of its interfaces. */
  readonly ports: readonly { readonly port: ServerPort; readonly description: PortDescription }[];
  readonly floatingIps: readonly AssociatedFloatingIp[];
  readonly securityGroups: readonly SecurityGroupSummary[];
}

/** EC2 names things by a letter and eight hexadecimal digits. */
const ec2Id = (prefix: string, number: number): string =>
  `${prefix}-${number.toString(16).padStart(8, '0')}`;

/** A number for the image that stays the same, as EC2's image ids have no room for a UUID. */
const imageNumber = (id: string): number => Number.parseInt(id.slice(0, 8), 16);

export function metadataDocument(sources: MetadataSources): MetadataDocument {
  const { server } = sources;
  return {
    server_id: server.id,
    meta_data: metaData(sources),
    network_data: networkData(sources),
    vendor_data: {},
    vendor_data2: {},
    user_data: server.user_data,
    ec2: ec2Data(sources),
  };
}

function metaData({ server, ports }: MetadataSources): Record<string, unknown> {
  const key = server.key_data === null ? undefined : `${server.key_data.trim()}\n`;
  return {
    uuid: server.id,
    name: server.name,
    hostname: server.hostname,
    launch_index: server.launch_index,
    availability_zone: server.availability_zone ?? DEFAULT_ZONE,
    project_id: server.project_id,
    random_seed: randomSeed(server.random_seed),
    ...(Object.keys(server.metadata).length > 0 ? { meta: server.metadata } : {}),
    ...(key === undefined
      ? {}
      : {
          public_keys: { [server.key_name!]: key },
          keys: [{ name: server.key_name, type: server.key_type ?? 'ssh', data: key }],
        }),
    devices: ports
      .filter(({ port }) => port.tag !== null)
      .map(({ port, description }) => ({
        type: 'nic',
        bus: 'none',
        address: 'none',
        mac: description.macAddress,
        tags: [port.tag],
      })),
    dedicated_cpus: [],
  };
}

function randomSeed(...from: readonly string[]): string {
  const blocks = Array.from({ length: 8 }, (_, index) =>
    createHash('sha512')
      .update(`${index}\0${from.join('\0')}`)
      .digest(),
  );
  return Buffer.concat(blocks).toString('base64');
}

/** OpenStack's `network_data.json`: links (layer 2), networks (addresses on them), services (resolvers). */
function networkData({ ports }: MetadataSources): Record<string, unknown> {
  const resolvers = [...new Set(ports.flatMap(({ description }) => description.dnsNameservers))];
  const services = (addresses: readonly string[]) =>
    addresses.map((address) => ({ type: 'dns', address }));
  return {
    links: ports.map(({ description }) => ({
      id: `tap${description.id.slice(0, 11)}`,
      type: 'ovs',
      vif_id: description.id,
      mtu: description.mtu,
      ethernet_mac_address: description.macAddress,
    })),
    networks: ports.flatMap(({ description }) =>
      description.addresses.map((address, index) => {
        const subnet = description.subnets.find(({ id }) => id === address.subnetId);
        const routes = [
          ...(subnet?.gatewayIp === undefined
            ? []
            : [
                {
                  network: address.ipVersion === 4 ? '0.0.0.0' : '::',
                  netmask: address.ipVersion === 4 ? '0.0.0.0' : '::',
                  gateway: subnet.gatewayIp,
                },
              ]),
          ...(subnet?.hostRoutes ?? []).map(({ destination, nexthop }) => ({
            network: destination.split('/')[0],
            netmask: netmaskOf(Number(destination.split('/')[1]), address.ipVersion),
            gateway: nexthop,
          })),
        ];
        return {
          id: `network${index}`,
          type: `ipv${address.ipVersion}`,
          link: `tap${description.id.slice(0, 11)}`,
          ip_address: address.ipAddress,
          netmask: netmaskOf(address.prefixLength, address.ipVersion),
          network_id: description.networkId,
          routes,
          ...(address.ipVersion === 4 ? { services: services(subnet?.dnsNameservers ?? []) } : {}),
        };
      }),
    ),
    services: services(resolvers),
  };
}

/** A prefix length as a mask: `24` → `255.255.255.0`, for IPv6 in eight groups. */
export function netmaskOf(length: number, version: 4 | 6): string {
  const [groups, bits] = version === 4 ? [4, 8] : [8, 16];
  const values = Array.from({ length: groups }, (_, index) => {
    const ones = Math.min(Math.max(length - index * bits, 0), bits);
    return (2 ** ones - 1) * 2 ** (bits - ones);
  });
  return version === 4 ? values.join('.') : values.map((value) => value.toString(16)).join(':');
}

function ec2Data({
  server,
  ports,
  floatingIps,
  securityGroups,
}: MetadataSources): Record<string, unknown> {
  const local = ports
    .flatMap(({ description }) => description.addresses)
    .find(({ ipVersion }) => ipVersion === 4);
  return {
    'ami-id': ec2Id('ami', imageNumber(server.image_id)),
    'ami-launch-index': String(server.launch_index),
    // Nova says this literally, and images here have no manifest either.
    'ami-manifest-path': 'FIXME',
    'block-device-mapping': { ami: 'sda', root: '/dev/sda' },
    hostname: server.hostname,
    'instance-action': 'none',
    'instance-id': ec2Id('i', server.number),
    'instance-type': server.flavor.name,
    'local-hostname': server.hostname,
    'local-ipv4': local?.ipAddress ?? '',
    'availability-zone': server.availability_zone ?? DEFAULT_ZONE,
    'public-hostname': server.hostname,
    'public-ipv4': floatingIps[0]?.floatingIpAddress ?? '',
    'public-keys':
      server.key_data === null
        ? []
        : [{ name: server.key_name!, 'openssh-key': `${server.key_data.trim()}\n` }],
    'reservation-id': server.reservation_id,
    'security-groups': [...new Set(securityGroups.map(({ name }) => name))],
  };
}
