import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { TimingClient } from './client.ts';
import { OvsdbConnection } from './ovsdb.ts';
import { familiesOfRoots, type ProcessFamily } from './processes.ts';

/** Another OpenStack, measured with the same requests in the same run. */
export interface Peer {
  readonly client: TimingClient;
  /** Path before `/networks`: `/v2.0`. */
  readonly path: string;
  /** A client of another of its services, and the path before that service's own. */
  service(type: string): { readonly client: TimingClient; readonly path: string };
  readonly projectId: string;
  /** Its identity service, and what its administrator logs in with. */
  readonly identity: {
    readonly client: TimingClient;
    readonly path: string;
    readonly passwordBody: object;
  };
  /** Its processes; none are given: its processor time is not known. */
  readonly families: (() => ProcessFamily[]) | undefined;
  /** Its Northbound database; undefined when it is not given. */
  readonly northbound: OvsdbConnection | undefined;
  /** Most ports it is filled with: it may take minutes for a thousand. */
  readonly ports: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** What of a token's catalog is read. */
interface Token {
  readonly project: { readonly id: string };
  readonly catalog: readonly {
    readonly type: string;
    readonly endpoints: readonly { readonly interface: string; readonly url: string }[];
  }[];
}

/**
 * The cloud that `BENCH_PEER_AUTH_URL` names, undefined without it. Beside it `BENCH_PEER_USERNAME`, `_PASSWORD`,
 * `_PROJECT_NAME`, `_USER_DOMAIN_NAME`, `_PROJECT_DOMAIN_NAME` as OS_… of a client;
 * `BENCH_PEER_PROCESSES`: ids of its processes (their descendants count as well), or a folder of `NAME.pid` files;
 * `BENCH_PEER_NORTHBOUND`: `tcp:ADDRESS:PORT` or `unix:FILE`; `BENCH_PEER_PORTS`: default 300.
 */
export async function openPeer(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Peer | undefined> {
  const setting = (name: string, otherwise?: string): string => {
    const value = environment[`BENCH_PEER_${name}`] ?? otherwise;
    if (value === undefined) throw new Error(`BENCH_PEER_${name} is missing`);
    return value;
  };
  if (environment['BENCH_PEER_AUTH_URL'] === undefined) return undefined;
  const auth = {
    identity: {
      methods: ['password'],
      password: {
        user: {
          name: setting('USERNAME', 'admin'),
          password: setting('PASSWORD'),
          domain: { name: setting('USER_DOMAIN_NAME', 'Default') },
        },
      },
    },
    scope: {
      project: {
        name: setting('PROJECT_NAME', 'admin'),
        domain: { name: setting('PROJECT_DOMAIN_NAME', 'Default') },
      },
    },
  };
  const url = setting('AUTH_URL')
    .replace(/\/+$/, '')
    .replace(/(\/v3)?$/, '/v3/auth/tokens');
  const reply = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth }),
  });
  const secret = reply.headers.get('x-subject-token');
  if (reply.status !== 201 || secret === null) {
    throw new Error(`no token of the other cloud: ${reply.status} ${await reply.text()}`);
  }
  const { token } = (await reply.json()) as { token: Token };
  const urlOf = (type: string): URL => {
    const endpoint = token.catalog
      .find((service) => service.type === type)
      ?.endpoints.find((candidate) => candidate.interface === 'public');
    if (endpoint === undefined) throw new Error(`the other cloud has no ${type} service`);
    return new URL(endpoint.url);
  };
  const network = urlOf('network');
  const identity = new URL(url);
  const northbound = environment['BENCH_PEER_NORTHBOUND'];
  const processes = environment['BENCH_PEER_PROCESSES'];
  const clients: TimingClient[] = [];
  const clientOf = (origin: string): TimingClient => {
    const client = new TimingClient(origin, secret);
    clients.push(client);
    return client;
  };
  return {
    client: clientOf(network.origin),
    path: `${network.pathname.replace(/\/+$/, '').replace(/\/v2\.0$/, '')}/v2.0`,
    service: (type) => {
      const root = urlOf(type);
      return {
        client: clientOf(root.origin),
        path: root.pathname.replace(/\/+$/, '').replace(/\/v2$/, ''),
      };
    },
    projectId: token.project.id,
    identity: {
      client: clientOf(identity.origin),
      path: identity.pathname.replace(/\/auth\/tokens$/, ''),
      passwordBody: { auth },
    },
    families: processes === undefined ? undefined : () => familiesOfRoots(rootsOf(processes)),
    northbound: northbound === undefined ? undefined : await OvsdbConnection.open(northbound),
    ports: Number(setting('PORTS', '300')),
    close: async () => void (await Promise.all(clients.map((client) => client.close()))),
  };
}

/** Reads `1234,5678`, or the files `NAME.pid` of a folder. */
function rootsOf(processes: string): { readonly name: string; readonly pid: number }[] {
  if (/^\d+(,\d+)*$/.test(processes)) {
    return processes.split(',').map((pid) => ({ name: pid, pid: Number(pid) }));
  }
  if (!statSync(processes).isDirectory()) {
    throw new Error('BENCH_PEER_PROCESSES is neither a list of process ids nor a folder');
  }
  const names = new Map(
    readdirSync(processes)
      .filter((file) => file.endsWith('.pid'))
      .map((file) => [
        Number(readFileSync(path.join(processes, file), 'utf8')),
        file.slice(0, -'.pid'.length),
      ]),
  );
  // A process may have written its id beside the file of whoever started it: it counts once.
  return [...names].flatMap(([pid, name]) => (pid > 0 ? [{ name, pid }] : []));
}
