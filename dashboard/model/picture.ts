import type { FloatingIp, Network, Port, Router, Server, Subnet } from '../api/documents.ts';
import type { Cloud } from './cloud.ts';
import { drawCables, type Cable, type WireRow } from './wires.ts';

/** A server where it touches a network. */
export interface Tile {
  /** Of the port, or of the server where no port is known. */
  readonly key: string;
  readonly server: Server;
  readonly addresses: readonly string[];
  readonly floating: readonly string[];
  /** Further networks the server is in. */
  readonly elsewhere: readonly Network[];
}

/** A router's leg in a network. */
export interface Leg {
  readonly router: Router;
  readonly addresses: readonly string[];
}

export interface NetworkLane {
  readonly kind: 'network';
  readonly key: string;
  readonly network: Network;
  readonly external: boolean;
  readonly subnets: readonly Subnet[];
  readonly legs: readonly Leg[];
  readonly tiles: readonly Tile[];
  readonly floatingIps: readonly FloatingIp[];
}

export interface RouterRow {
  readonly kind: 'router';
  readonly key: string;
  readonly router: Router;
  readonly gateway: Network | undefined;
  readonly gatewayAddresses: readonly string[];
  readonly networks: readonly Network[];
}

/** Servers that have no network, or none yet. */
export interface LooseLane {
  readonly kind: 'loose';
  readonly key: string;
  readonly tiles: readonly Tile[];
}

export type Row = NetworkLane | RouterRow | LooseLane;

/**
 * The cloud as rows from the outside inwards: external networks, then each router followed by the networks behind
 * it, then networks without a router, then servers without a network. The wires run in a gutter beside the rows.
 */
export interface Picture {
  readonly rows: readonly Row[];
  /** One for each row. */
  readonly wires: readonly WireRow[];
  /** Columns of the gutter. */
  readonly columns: number;
}

export function pictureOf(cloud: Cloud): Picture {
  const rows = rowsOf(cloud);
  const place = new Map(rows.map((row, index) => [row.key, index]));
  const cables: Cable[] = [];
  const routers = rows.filter((row) => row.kind === 'router');
  // One trunk for each outer network, however many routers hang on it.
  for (const network of new Set(routers.map((row) => row.gateway))) {
    if (network === undefined) continue;
    const served = routers.filter((row) => row.gateway === network);
    const top = place.get(network.id) as number;
    cables.push({
      key: network.id,
      rows: [top, ...served.map((row) => place.get(row.key) as number)],
      trunk: true,
    });
  }
  for (const row of routers) {
    cables.push({
      key: row.router.id,
      rows: [row.key, ...row.networks.map(({ id }) => id)].map((key) => place.get(key) as number),
      trunk: false,
    });
  }
  return { rows, ...drawCables(cables, rows.length) };
}

function rowsOf(cloud: Cloud): readonly Row[] {
  const tiles = tilesByNetwork(cloud);
  const rows: Row[] = [];
  const placed = new Set<string>();
  const add = (network: Network) => {
    if (placed.has(network.id)) return;
    placed.add(network.id);
    rows.push(laneOf(cloud, network, tiles.get(network.id) ?? []));
  };
  const isOuter = (network: Network) => network['router:external'] === true;
  for (const network of cloud.networks.filter(isOuter)) add(network);
  // Routers that lead outside stand nearest to it.
  const outward = (router: Router) => (router.external_gateway_info ? 0 : 1);
  for (const router of cloud.routers.toSorted((a, b) => outward(a) - outward(b))) {
    const row = routerRow(cloud, router);
    rows.push(row);
    for (const network of row.networks) add(network);
  }
  for (const network of cloud.networks) add(network);
  const loose = tiles.get('') ?? [];
  if (loose.length > 0) rows.push({ kind: 'loose', key: 'loose', tiles: loose });
  return rows;
}

function routerRow(cloud: Cloud, router: Router): RouterRow {
  const gateway = router.external_gateway_info;
  const interfaces = cloud.interfacesOfRouter.get(router.id) ?? [];
  const joined = new Set(interfaces.map((port) => port.network_id));
  return {
    kind: 'router',
    key: router.id,
    router,
    gateway: gateway ? cloud.networkById.get(gateway.network_id) : undefined,
    gatewayAddresses: gateway?.external_fixed_ips?.map((each) => each.ip_address) ?? [],
    networks: cloud.networks.filter((network) => joined.has(network.id)),
  };
}

function laneOf(cloud: Cloud, network: Network, tiles: readonly Tile[]): NetworkLane {
  const legs: Leg[] = [];
  for (const router of cloud.routers) {
    const ports = (cloud.interfacesOfRouter.get(router.id) ?? []).filter(
      (port) => port.network_id === network.id,
    );
    if (ports.length > 0) legs.push({ router, addresses: ports.flatMap(addressesOfPort) });
  }
  return {
    kind: 'network',
    key: network.id,
    network,
    external: network['router:external'] === true,
    subnets: cloud.subnetsOfNetwork.get(network.id) ?? [],
    legs,
    tiles,
    floatingIps: cloud.floatingIps.filter((each) => each.floating_network_id === network.id),
  };
}

const addressesOfPort = (port: Port): string[] => port.fixed_ips.map((each) => each.ip_address);

/** Tiles by network id; those of servers without a visible network under the empty text. */
function tilesByNetwork(cloud: Cloud): ReadonlyMap<string, readonly Tile[]> {
  const found = new Map<string, Tile[]>();
  const put = (network: string, tile: Tile) => {
    const list = found.get(network);
    if (list === undefined) found.set(network, [tile]);
    else list.push(tile);
  };
  for (const server of cloud.servers) {
    const ports = (cloud.portsOfServer.get(server.id) ?? []).filter((port) =>
      cloud.networkById.has(port.network_id),
    );
    const networks = [...new Set(ports.map((port) => port.network_id))];
    for (const port of ports) {
      put(port.network_id, {
        key: port.id,
        server,
        addresses: addressesOfPort(port),
        floating: (cloud.floatingIpsOfPort.get(port.id) ?? []).map(
          (each) => each.floating_ip_address,
        ),
        elsewhere: networks
          .filter((id) => id !== port.network_id)
          .map((id) => cloud.networkById.get(id) as Network),
      });
    }
    if (ports.length === 0) {
      put('', { key: server.id, server, addresses: [], floating: [], elsewhere: [] });
    }
  }
  return found;
}
