import { paths, type Configuration } from '../../../core/configuration.ts';
import type { Database } from '../../../database/database.ts';
import type { DesiredRow, DesiredState, Projection } from '../../../ovn/index.ts';
import type { NetworkService } from '../../network/index.ts';
import type { HostDirectory } from '../hosts/directory.ts';
import {
  cloudRow,
  interfaceRows,
  metadataKey,
  metadataRow,
  serverRows,
  tapFlowRow,
} from './desired.ts';
import {
  loadServers,
  portsOfServers,
  servedNetworks,
  serverIds,
  serverPorts,
  type ServerPort,
} from './model.ts';

/** Owners of rows in the `Ovenbird` database. */
export const serverOwner = (id: string): string => `server:${id}`;
/** An interface's row does not say whose it is, so it owns itself. */
export const interfaceOwner = (portId: string): string => `interface:${portId}`;
export const metadataOwner = (host: string, networkId: string): string =>
  `metadata:${metadataKey(host, networkId)}`;
export const tapFlowOwner = (id: string): string => `tap_flow:${id}`;
const CLOUD = 'cloud';

/** All owners of what a host is told about a server with these ports. */
export const ownersOf = (
  server: { readonly id: string; readonly host: string | null },
  ports: readonly Pick<ServerPort, 'port_id' | 'network_id'>[],
  hosts: Pick<HostDirectory, 'chassisOf'>,
): string[] => [
  serverOwner(server.id),
  ...ports.map((port) => interfaceOwner(port.port_id)),
  ...(server.host === null
    ? []
    : [
        ...new Set(
          ports.map((port) => metadataOwner(hosts.chassisOf(server.host!), port.network_id)),
        ),
      ]),
];

const text = (value: unknown): string => String(value);

/** How rows of the `Ovenbird` database are recognised; hosts' own rows and tasks are not projected. */
export const ovenbirdProjection: Projection = {
  database: 'Ovenbird',
  tables: {
    Cloud: { key: () => 'cloud', owner: () => CLOUD },
    Server: { key: (row) => text(row['id']), owner: (row) => serverOwner(text(row['id'])) },
    Interface: {
      key: (row) => text(row['port_id']),
      owner: (row) => interfaceOwner(text(row['port_id'])),
    },
    Metadata_Port: {
      key: (row) => metadataKey(text(row['host']), text(row['network_id'])),
      owner: (row) => metadataOwner(text(row['host']), text(row['network_id'])),
    },
    Tap_Flow: { key: (row) => text(row['id']), owner: (row) => tapFlowOwner(text(row['id'])) },
  },
  memberships: [{ table: 'Server', column: 'interfaces', child: 'Interface' }],
  // Passwords and their hashes may stand there.
  undisclosed: ['user_data', 'environment', 'options'],
};

/** Reads from PostgreSQL what the owners should have. */
export function desiredLoader(dependencies: {
  database: Database;
  configuration: Pick<Configuration, 'home' | 'name' | 'id'>;
  network: Pick<NetworkService, 'describePorts' | 'metadataPorts' | 'tapFlows'>;
}): {
  load(owners: readonly string[]): Promise<DesiredState>;
  loadAll(): Promise<DesiredState>;
  owners(): Promise<string[]>;
} {
  const { database, configuration, network } = dependencies;

  /** Rows of these servers and of the interfaces that these ports are, whichever server has them. */
  async function servers(
    ids: readonly string[],
    portIds: readonly string[],
    state: Map<string, DesiredRow[]>,
  ): Promise<void> {
    if (ids.length + portIds.length === 0) return;
    const ports = [
      ...(await portsOfServers(database, ids)),
      ...(await serverPorts(database, portIds)),
    ];
    const owners = new Set([...ids, ...ports.map((port) => port.server_id)]);
    const rows = new Map((await loadServers(database, [...owners])).map((row) => [row.id, row]));
    const described = await network.describePorts(database, [
      ...new Set(ports.map((port) => port.port_id)),
    ]);
    const descriptions = new Map(described.map((description) => [description.id, description]));
    for (const id of ids) {
      const server = rows.get(id);
      const own = ports.flatMap((port) =>
        port.server_id === id ? (descriptions.get(port.port_id) ?? []) : [],
      );
      if (server) state.set(serverOwner(id), serverRows(server, own));
    }
    const wanted = new Set(portIds);
    for (const port of ports) {
      const server = rows.get(port.server_id);
      const description = descriptions.get(port.port_id);
      if (server && description && wanted.has(port.port_id))
        state.set(interfaceOwner(port.port_id), interfaceRows(server, port, description));
    }
  }
  async function metadata(
    pairs: readonly { host: string; networkId: string }[],
    state: Map<string, DesiredRow[]>,
  ): Promise<void> {
    if (pairs.length === 0) return;
    const networkIds = [...new Set(pairs.map(({ networkId }) => networkId))];
    const ports = new Map(
      (await network.metadataPorts(database, networkIds)).map((port) => [port.networkId, port]),
    );
    for (const { host, networkId } of pairs) {
      const port = ports.get(networkId);
      if (port) state.set(metadataOwner(host, networkId), [metadataRow(host, port)]);
    }
  }
  async function taps(
    ids: readonly string[] | 'all',
    state: Map<string, DesiredRow[]>,
  ): Promise<void> {
    if (ids.length === 0) return;
    for (const flow of await network.tapFlows(database, ids))
      state.set(tapFlowOwner(flow.id), [tapFlowRow(flow)]);
  }
  const cloud = (): DesiredRow[] => [
    cloudRow({
      name: configuration.name,
      id: configuration.id,
      api: `unix:${paths(configuration.home).apiSocket}`,
    }),
  ];

  return {
    async load(owners) {
      const state = new Map<string, DesiredRow[]>();
      const named = (prefix: string) =>
        owners
          .filter((owner) => owner.startsWith(prefix))
          .map((owner) => owner.slice(prefix.length));
      if (owners.includes(CLOUD)) state.set(CLOUD, cloud());
      await servers(named('server:'), named('interface:'), state);
      const pairs = named('metadata:').map((key) => {
        const at = key.indexOf('@');
        return { networkId: key.slice(0, at), host: key.slice(at + 1) };
      });
      await metadata(await servedNetworks(database, pairs), state);
      await taps(named('tap_flow:'), state);
      return state;
    },
    async loadAll() {
      const state = new Map<string, DesiredRow[]>([[CLOUD, cloud()]]);
      const ids = await serverIds(database, 'all');
      const ports = await portsOfServers(database, ids);
      await servers(
        ids,
        ports.map((port) => port.port_id),
        state,
      );
      await metadata(await servedNetworks(database), state);
      await taps('all', state);
      return state;
    },
    async owners() {
      const ids = await serverIds(database, 'all');
      const ports = await portsOfServers(database, ids);
      const served = await servedNetworks(database);
      const flows = await network.tapFlows(database, 'all');
      return [
        CLOUD,
        ...ids.map(serverOwner),
        ...ports.map((port) => interfaceOwner(port.port_id)),
        ...served.map(({ host, networkId }) => metadataOwner(host, networkId)),
        ...flows.map(({ id }) => tapFlowOwner(id)),
      ];
    },
  };
}
