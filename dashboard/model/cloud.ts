import type { Collections } from '../api/documents.ts';
import type {
  FloatingIp,
  Flavor,
  Image,
  Network,
  Port,
  Router,
  SecurityGroup,
  Server,
  Subnet,
} from '../api/documents.ts';
import { compareNames, nameOf } from './words.ts';

/** What was read of the cloud, with the ways from one thing to another. */
export interface Cloud extends Collections {
  readonly serverById: ReadonlyMap<string, Server>;
  readonly networkById: ReadonlyMap<string, Network>;
  readonly subnetById: ReadonlyMap<string, Subnet>;
  readonly portById: ReadonlyMap<string, Port>;
  readonly routerById: ReadonlyMap<string, Router>;
  readonly flavorById: ReadonlyMap<string, Flavor>;
  readonly imageById: ReadonlyMap<string, Image>;
  readonly groupById: ReadonlyMap<string, SecurityGroup>;
  readonly projectName: (id: string) => string;
  readonly portsOfServer: ReadonlyMap<string, readonly Port[]>;
  /** Inner interfaces of a router; its gateway is not among them. */
  readonly interfacesOfRouter: ReadonlyMap<string, readonly Port[]>;
  readonly subnetsOfNetwork: ReadonlyMap<string, readonly Subnet[]>;
  readonly floatingIpsOfPort: ReadonlyMap<string, readonly FloatingIp[]>;
}

const byId = <Item extends { readonly id: string }>(items: readonly Item[]) =>
  new Map(items.map((item) => [item.id, item]));

const INTERFACES = /^network:(?:router_interface|ha_router_replicated_interface)/;

/** Gateways and HA ports are of the router as well, but lead to no inner network. */
const isInterface = (port: Port): boolean => INTERFACES.test(port.device_owner);

export const EMPTY: Collections = {
  servers: [],
  flavors: [],
  networks: [],
  subnets: [],
  ports: [],
  routers: [],
  floatingIps: [],
  securityGroups: [],
  images: [],
  hypervisors: [],
  projects: [],
};

export function cloudOf(read: Collections): Cloud {
  const named = <Item extends { readonly id: string; readonly name?: string | null }>(
    items: readonly Item[],
  ) => items.toSorted((a, b) => compareNames(nameOf(a), nameOf(b)) || a.id.localeCompare(b.id));
  const projects = byId(read.projects);
  const sorted: Collections = {
    ...read,
    servers: named(read.servers),
    flavors: read.flavors.toSorted((a, b) => a.ram - b.ram || a.vcpus - b.vcpus),
    networks: named(read.networks),
    subnets: named(read.subnets),
    routers: named(read.routers),
    securityGroups: named(read.securityGroups),
    images: named(read.images),
    floatingIps: read.floatingIps.toSorted((a, b) =>
      compareNames(a.floating_ip_address, b.floating_ip_address),
    ),
    hypervisors: read.hypervisors.toSorted((a, b) =>
      compareNames(a.hypervisor_hostname, b.hypervisor_hostname),
    ),
  };
  return {
    ...sorted,
    serverById: byId(sorted.servers),
    networkById: byId(sorted.networks),
    subnetById: byId(sorted.subnets),
    portById: byId(sorted.ports),
    routerById: byId(sorted.routers),
    flavorById: byId(sorted.flavors),
    imageById: byId(sorted.images),
    groupById: byId(sorted.securityGroups),
    projectName: (id) => projects.get(id)?.name ?? id.slice(0, 8),
    portsOfServer: Map.groupBy(
      sorted.ports.filter((port) => port.device_owner.startsWith('compute:')),
      (port) => port.device_id,
    ),
    interfacesOfRouter: Map.groupBy(sorted.ports.filter(isInterface), (port) => port.device_id),
    subnetsOfNetwork: Map.groupBy(sorted.subnets, (subnet) => subnet.network_id),
    floatingIpsOfPort: Map.groupBy(
      sorted.floatingIps.filter((floating) => floating.port_id !== null),
      (floating) => floating.port_id as string,
    ),
  };
}

/** A project's part of what an administrator may see: its own things, and what is shared with it. */
export function partOfProject(read: Collections, projectId: string): Collections {
  const own = (item: { readonly project_id: string }) => item.project_id === projectId;
  const ports = read.ports.filter(own);
  const reached = new Set(ports.map((port) => port.network_id));
  const networks = read.networks.filter(
    (network) =>
      own(network) ||
      network.shared ||
      network['router:external'] === true ||
      reached.has(network.id),
  );
  const seen = new Set(networks.map((network) => network.id));
  return {
    ...read,
    networks,
    subnets: read.subnets.filter((subnet) => seen.has(subnet.network_id)),
    ports,
    routers: read.routers.filter(own),
    floatingIps: read.floatingIps.filter(own),
    securityGroups: read.securityGroups.filter(own),
    servers: read.servers.filter((server) => server.tenant_id === projectId),
  };
}

/** The names of a server's flavor and image, as far as they can still be found. */
export const flavorName = (cloud: Cloud, server: Server): string =>
  server.flavor.original_name ??
  cloud.flavorById.get(server.flavor.id ?? '')?.name ??
  server.flavor.id ??
  'unknown';

export const imageName = (cloud: Cloud, server: Server): string => {
  if (!server.image) return 'none';
  const image = cloud.imageById.get(server.image.id);
  return image ? nameOf(image) : server.image.id;
};

/** Fixed addresses of a server, with the network's name and the floating IPs that lead to each. */
export interface AddressOfServer {
  readonly network: string;
  readonly address: string;
  readonly floating: readonly string[];
}

export function addressesOf(cloud: Cloud, server: Server): readonly AddressOfServer[] {
  const ports = cloud.portsOfServer.get(server.id) ?? [];
  if (ports.length > 0) {
    return ports.flatMap((port) => {
      const network = cloud.networkById.get(port.network_id);
      const floating = cloud.floatingIpsOfPort.get(port.id) ?? [];
      return port.fixed_ips.map(({ ip_address: address }) => ({
        network: network ? nameOf(network) : port.network_id,
        address,
        floating: floating
          .filter((each) => each.fixed_ip_address === address)
          .map((each) => each.floating_ip_address),
      }));
    });
  }
  // Ports that this token may not see are still told by Nova, with MAC addresses that pair them.
  return Object.entries(server.addresses).flatMap(([network, addresses]) =>
    addresses
      .filter((each) => each['OS-EXT-IPS:type'] !== 'floating')
      .map((each) => ({
        network,
        address: each.addr,
        floating: addresses
          .filter(
            (other) =>
              other['OS-EXT-IPS:type'] === 'floating' &&
              other['OS-EXT-IPS-MAC:mac_addr'] === each['OS-EXT-IPS-MAC:mac_addr'] &&
              other.version === each.version,
          )
          .map((other) => other.addr),
      })),
  );
}

/** The server that a floating IP leads to. */
export function serverOf(cloud: Cloud, floating: FloatingIp): Server | undefined {
  const port = floating.port_id === null ? undefined : cloud.portById.get(floating.port_id);
  return port && cloud.serverById.get(port.device_id);
}
