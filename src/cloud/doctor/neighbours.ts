import { formatNetwork, overlaps, parseNetwork } from '../network/address.ts';
import { fatal, info, ok, warning, type Check } from './check.ts';

/** Longest path of a unix socket that Linux takes (sun_path without its closing zero). */
const SOCKET_PATH = 107;
/** Longest name below the home of any socket: Docker's containerd in a host with a name of 63 characters. */
const LONGEST_SOCKET = (host: string) =>
  `/hosts/${host}/docker/exec/containerd/containerd.sock.ttrpc`;

/** What else is on the machine that a cloud could get in the way of, or earlier clouds left. */
export const neighbours: readonly Check[] = [
  {
    id: 'port',
    title: 'API address',
    judge({ listener, listen }) {
      const where = `${listen.address}:${listen.port}`;
      if (listener === undefined) return ok(`${where} is free`);
      if (listener === 'ours') return ok(`${where} is this cloud's`);
      const who =
        listener.pid === undefined
          ? listener.command
          : `${listener.command} (process ${listener.pid})`;
      return fatal(
        `${where} is in use by ${who}`,
        `End that, or give this cloud another address: npx ovenbird up --listen ${listen.address}:${listen.port + 1}`,
      );
    },
  },
  {
    id: 'external-network',
    title: 'external network',
    judge({ configuration, networks }) {
      if (configuration === undefined) return ok('a free one will be chosen');
      const { cidr } = configuration.external;
      const own = parseNetwork(cidr);
      if (own === undefined)
        return fatal(`"${cidr}" in cloud.json is no network`, 'Correct cloud.json');
      const other = networks.find(
        (network) => network.device !== `ovb-${configuration.name}` && overlaps(network, own),
      );
      return other === undefined
        ? ok(cidr)
        : fatal(
            `${cidr} overlaps ${formatNetwork(other)} on ${other.device}`,
            'Take that network away; or remove this cloud ("npx ovenbird remove") and start it with --external CIDR',
          );
    },
  },
  {
    id: 'name',
    title: 'name',
    judge: ({ nameOwner, home, configuration }) =>
      nameOwner === undefined || nameOwner === home
        ? ok(configuration?.name ?? 'will be derived from the home')
        : fatal(
            `the name ${configuration?.name} is used by the cloud in ${nameOwner}`,
            'Remove one of the two clouds: OVENBIRD_HOME=… npx ovenbird remove',
          ),
  },
  {
    id: 'path-length',
    title: 'path length',
    judge({ home, configuration }) {
      const longest = home.length + LONGEST_SOCKET(configuration?.host ?? 'h'.repeat(16)).length;
      return longest <= SOCKET_PATH
        ? ok(`${home.length} characters`)
        : fatal(
            `${home} is ${longest - SOCKET_PATH} characters too long for the unix sockets below it`,
            'Set OVENBIRD_HOME to a shorter path',
          );
    },
  },
  {
    id: 'leftovers',
    title: 'leftovers',
    judge({ strayNamespaces, strayInterfaces, strayTables }) {
      const found = [
        ...strayNamespaces.map((name) => `namespace ${name}`),
        ...strayInterfaces.map((name) => `interface ${name}`),
        ...strayTables.map((name) => `nft table ${name}`),
      ];
      const cures = [
        ...strayInterfaces.map((name) => `ip link delete ${name}`),
        ...strayNamespaces.map((name) => `ip netns delete ${name}`),
        ...strayTables.map((name) => `nft delete table ip ${name}`),
      ];
      return found.length === 0
        ? ok('none of an earlier cloud')
        : warning(`of a cloud that is not known here: ${found.join(', ')}`, cures.join('; '));
    },
  },
  {
    id: 'patch-ports',
    title: 'stale patch ports',
    judge: ({ stalePatchPorts }) =>
      stalePatchPorts.length === 0
        ? ok('none')
        : warning(
            `${stalePatchPorts.join(', ')} in the machine's own Open vSwitch: of an earlier OpenStack, they can loop packets`,
            stalePatchPorts.map((port) => `ovs-vsctl --if-exists del-port ${port}`).join('; '),
          ),
  },
  {
    id: 'system-bridges',
    title: "machine's own bridges",
    judge: ({ systemBridges }) =>
      systemBridges.length === 0
        ? ok('none')
        : info(
            `${systemBridges.join(', ')}: not ours and not touched; this cloud has its own Open vSwitch`,
          ),
  },
];
