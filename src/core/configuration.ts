import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * What one cloud is: a value read from `<home>/cloud.json`, which the supervisor writes at the first start.
 * Nothing is global: two homes are two clouds.
 */
export interface Configuration {
  /** Folder with all state of the cloud; `OVENBIRD_HOME`, default `/var/lib/ovenbird`. */
  readonly home: string;
  /** Short name of the cloud, part of every namespace, interface and container label; 1-8 of a-z0-9. */
  readonly name: string;
  /** Id of this cloud: 32 hexadecimal digits, new at the first start and after `reset`. */
  readonly id: string;
  /** Address and port of the API listener. */
  readonly listen: { readonly address: string; readonly port: number };
  /** Region name in the catalog. */
  readonly region: string;
  /** Name of the host that runs on this machine: OVN's chassis, compute's hypervisor; never changes. */
  readonly host: string;
  /** The external network on the machine-side veth. */
  readonly external: { readonly cidr: string; readonly machineAddress: string };
  /** Which driver makes servers real on the local host; `fake` is for API-only use. */
  readonly driver: 'docker' | 'fake';
  /** How many hosts for containers this machine is: see `containerHosts`; absent: one. */
  readonly hosts?: number;
  /** Whether this machine is one more host besides, for virtual machines: see `qemuHost`. */
  readonly qemu?: boolean;
  /** `<home>/config.json`, which a person writes: service → its options, read by that service. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Name of the host for virtual machines beside the one for containers; undefined when the cloud has none. */
export const qemuHost = ({
  host,
  qemu,
}: Pick<Configuration, 'host' | 'qemu'>): string | undefined =>
  qemu === true ? `${host.slice(0, 58)}-qemu` : undefined;

/** Most hosts for containers that one machine is. */
export const MOST_HOSTS = 8;

/**
 * Names of the machine's hosts for containers (the fake driver's, in a cloud without network). The first is the machine's
 * own name and OVN's chassis, into which the servers of all of them are plugged.
 */
export const containerHosts = ({
  host,
  hosts = 1,
}: Pick<Configuration, 'host' | 'hosts'>): readonly [string, ...string[]] => [
  host,
  ...Array.from({ length: hosts - 1 }, (_, index) => `${host.slice(0, 60)}-${index + 2}`),
];

/** How many hosts share the machine: each of them offers its part of it. */
export const hostsOfMachine = (configuration: Pick<Configuration, 'hosts' | 'qemu'>): number =>
  (configuration.hosts ?? 1) + (configuration.qemu === true ? 1 : 0);

/** The folder of the cloud that this process belongs to. */
export const homeFolder = (environment: NodeJS.ProcessEnv = process.env): string =>
  path.resolve(environment['OVENBIRD_HOME'] ?? '/var/lib/ovenbird');

/** Paths below the home that more than one process must agree on. */
export const paths = (home: string) => ({
  configuration: path.join(home, 'cloud.json'),
  options: path.join(home, 'config.json'),
  secrets: path.join(home, 'secrets'),
  fernetKeys: path.join(home, 'secrets/fernet'),
  adminPassword: path.join(home, 'secrets/admin-password'),
  demoPassword: path.join(home, 'secrets/demo-password'),
  hostToken: path.join(home, 'secrets/host-token'),
  log: path.join(home, 'log'),
  /** What the control plane repaired, one JSON line each. */
  events: path.join(home, 'log/events.jsonl'),
  run: path.join(home, 'run'),
  /** Folder with PostgreSQL's unix socket (`.s.PGSQL.5432`). */
  postgresSocket: path.join(home, 'run/postgres'),
  northbound: path.join(home, 'run/nb.sock'),
  southbound: path.join(home, 'run/sb.sock'),
  ovenbird: path.join(home, 'run/ovenbird.sock'),
  /** Control plane's listener for the hosts of this machine: the same HTTP server as on TCP. */
  apiSocket: path.join(home, 'run/api.sock'),
  images: path.join(home, 'images'),
  /** All that belongs to one host: `ovs/` (run folder, db.sock), `docker/`, `servers/`. */
  host: (host: string) => path.join(home, 'hosts', host),
});

/** Reads the cloud's configuration; fails with a sentence when there is no cloud at that home. */
export function readConfiguration(home: string): Configuration {
  let text: string;
  try {
    text = readFileSync(paths(home).configuration, 'utf8');
  } catch (error) {
    throw new Error(
      `there is no cloud in ${home}: start one with "npx ovenbird up", or set OVENBIRD_HOME`,
      {
        cause: error,
      },
    );
  }
  return {
    ...(JSON.parse(text) as Omit<Configuration, 'home' | 'options'>),
    home,
    options: readOptions(home),
  };
}

/** The options of services; none when nobody wrote any. Fails with a sentence when it is no JSON object. */
function readOptions(home: string): Readonly<Record<string, unknown>> {
  const file = paths(home).options;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read as JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new Error(`${file} must hold an object such as {"network": {"type_drivers": ["geneve"]}}`);
}

/** A secret of the cloud, without its closing line feed. */
export const readSecret = (file: string): string => readFileSync(file, 'utf8').trim();
