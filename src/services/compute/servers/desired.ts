import type { DesiredRow } from '../../../ovn/desired.ts';
import type { MetadataPort, PortDescription, TapFlowDescription } from '../../network/index.ts';
import type { ServerImage } from '../tables.ts';
import type { Server, ServerPort } from './model.ts';
import { administratorOf } from './rules.ts';
import { settingsOf } from './settings.ts';

/** Habits of servers that no flavor says. */
const STOP_TIMEOUT = 10;
/** A system in a virtual machine has more to put away; Nova's `shutdown_timeout`. */
const SHUTDOWN_TIMEOUT = 60;

const stopTimeoutOf = ({ diskFormat, hypervisorType }: ServerImage): number =>
  diskFormat === 'qcow2' || hypervisorType === 'qemu' || hypervisorType === 'kvm'
    ? SHUTDOWN_TIMEOUT
    : STOP_TIMEOUT;

/** A set of which the order matters: a map from position. */
const positions = (values: readonly string[]): Record<string, string> =>
  Object.fromEntries(values.map((value, index) => [String(index), value]));

const withoutEmpty = (
  values: Readonly<Record<string, string | number | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined && value !== '')
      .map(([name, value]) => [name, String(value)]),
  );

/** What a host is told about an image: `imageWish` in `src/host/rows.ts` reads it. */
export const imageColumn = (id: string, image: ServerImage): Record<string, string> =>
  withoutEmpty({
    id,
    container_format: image.containerFormat,
    disk_format: image.diskFormat,
    size: image.size,
    checksum: image.checksum,
    os_hash_algo: image.hashAlgorithm,
    os_hash_value: image.hashValue,
  });

/** What a host is told about a server: `src/host/ovenbird.md`. A server without host has no row. */
export function serverRows(server: Server, ports: readonly PortDescription[]): DesiredRow[] {
  const { host, flavor } = server;
  const { id, image } = server.made_from ?? { id: server.image_id, image: server.image };
  if (host === null) return [];
  const { settings } = settingsOf(server.metadata, server.image, flavor.extraSpecs);
  const { rescue } = server;
  const resolvers = [...new Set(ports.flatMap(({ dnsNameservers }) => dnsNameservers))];
  return [
    {
      table: 'Server',
      key: server.id,
      columns: {
        id: server.id,
        host,
        name: server.name,
        hostname: server.hostname,
        project_id: server.project_id,
        image: imageColumn(id, image),
        command: settings.command === undefined ? null : JSON.stringify(settings.command),
        environment: settings.environment,
        vcpus: flavor.vcpus,
        memory_mb: flavor.memoryMb,
        disk_gb: flavor.rootGb,
        options: withoutEmpty({
          ...(server.build === 0 ? {} : { build: server.build }),
          pids_limit: settings.pidsLimit,
          entrypoint: settings.entrypoint && JSON.stringify(settings.entrypoint),
          working_dir: settings.workingDirectory,
          tty: settings.tty ? 'true' : undefined,
          restart: settings.restart,
          setuid: settings.setuid ? 'true' : undefined,
          config_drive: server.config_drive ? 'true' : undefined,
          admin_user:
            server.image.administrator === undefined ? undefined : administratorOf(server.image),
          password_hash: server.password_hash ?? undefined,
          ...(rescue === null
            ? {}
            : {
                // Each order to rescue has a generation of its own.
                rescue_id: rescue.generation,
                rescue_image: JSON.stringify(imageColumn(rescue.id, rescue.image)),
                rescue_password_hash: rescue.passwordHash,
              }),
          stop_timeout: stopTimeoutOf(image),
          cpu_shares: flavor.vcpus * 1024,
        }),
        power: server.leaving_for === null ? server.power : 'deleted',
        generation: server.generation,
        reboot_kind: server.reboot_kind,
        user_data: server.user_data,
        authorized_keys: server.key_data === null ? [] : [server.key_data],
        dns: positions(resolvers),
        dns_search: [],
      },
    },
  ];
}

/** A port as an interface of its server; none while the server has no host. */
export function interfaceRows(
  server: Server,
  port: ServerPort,
  description: PortDescription,
): DesiredRow[] {
  const { host } = server;
  if (host === null) return [];
  const routes: Record<string, string> = {};
  for (const subnet of description.subnets) {
    // A route of the subnet's own wins over its gateway, as in DHCP's classless routes.
    if (subnet.gatewayIp !== undefined)
      routes[subnet.ipVersion === 4 ? '0.0.0.0/0' : '::/0'] ??= subnet.gatewayIp;
    for (const { destination, nexthop } of subnet.hostRoutes) routes[destination] = nexthop;
  }
  const row: DesiredRow = {
    table: 'Interface',
    key: port.port_id,
    columns: {
      port_id: port.port_id,
      host,
      network_id: description.networkId,
      mac: description.macAddress,
      mtu: description.mtu,
      addresses: positions(
        description.addresses.map(({ ipAddress, prefixLength }) => `${ipAddress}/${prefixLength}`),
      ),
      routes,
      device: `eth${port.position}`,
      position: port.position,
    },
    parents: [{ table: 'Server', key: server.id, column: 'interfaces' }],
  };
  return [row];
}

export const metadataKey = (host: string, networkId: string): string => `${networkId}@${host}`;

/** The metadata service's end of a network on a host. */
export const metadataRow = (host: string, port: MetadataPort): DesiredRow => ({
  table: 'Metadata_Port',
  key: metadataKey(host, port.networkId),
  columns: {
    network_id: port.networkId,
    host,
    port_id: port.portId,
    mac: port.macAddress,
    mtu: port.mtu,
    addresses: port.addresses.map(({ ipAddress, prefixLength }) => `${ipAddress}/${prefixLength}`),
  },
});

/** Copies of a port's packets for another port of the host. */
export const tapFlowRow = (flow: TapFlowDescription): DesiredRow => ({
  table: 'Tap_Flow',
  key: flow.id,
  columns: {
    id: flow.id,
    host: flow.host,
    tap_port: flow.tapPortId,
    source_port: flow.sourcePortId,
    direction: flow.direction,
    vlans: flow.vlans,
  },
});

/** The cloud's own row. `api`: where its hosts reach the control plane. */
export const cloudRow = (cloud: { name: string; id: string; api: string }): DesiredRow => ({
  table: 'Cloud',
  key: 'cloud',
  columns: { ...cloud, options: {} },
});
