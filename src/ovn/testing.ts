import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sleep } from '../core/time.ts';
import { openStream, readRemotes } from './ovsdb/remote.ts';

/** How a test's own ovsdb-server is started. */
export interface TestServerOptions {
  /** Schema of the database: `/usr/share/ovn/ovn-nb.ovsschema`. */
  readonly schemaFile: string;
  /** Folder for database and sockets; default a temporary one, removed by `stop`. */
  readonly folder?: string;
  /** More remotes to listen on (`ptcp:PORT:127.0.0.1`). */
  readonly remotes?: readonly string[];
  /** More arguments of ovsdb-server (`--private-key=…`). */
  readonly arguments?: readonly string[];
}

/** An ovsdb-server of a test. */
export interface TestOvsdbServer {
  /** `unix:…` address for clients. */
  readonly remote: string;
  readonly folder: string;
  readonly pid: number;
  /** Ends it and, when the folder was made here, removes it. */
  stop(): Promise<void>;
  /** SIGKILL; `restart` brings it back with what it had on the disk. */
  kill(): Promise<void>;
  /** Ends it if it runs, and starts it again on the same database and addresses. */
  restart(): Promise<void>;
  /** SIGSTOP and SIGCONT: a server that hangs. */
  freeze(): void;
  thaw(): void;
}

/** Starts an ovsdb-server with an empty database and waits until it accepts connections. */
export async function startOvsdbServer(options: TestServerOptions): Promise<TestOvsdbServer> {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'ovb-ovsdb-'));
  const database = path.join(folder, 'test.db');
  if (!existsSync(database)) execFileSync('ovsdb-tool', ['create', database, options.schemaFile]);
  return startOn(database, folder, options, options.folder === undefined);
}

/** Members of a raft cluster, all in one folder; `stop` ends them all. */
export interface TestOvsdbCluster {
  /** Addresses of all members, for `connect`. */
  readonly remotes: readonly string[];
  readonly members: readonly TestOvsdbServer[];
  /** The member that says of itself that it leads. */
  leader(): Promise<TestOvsdbServer>;
  stop(): Promise<void>;
}

/** Starts a cluster; with a short election timer, so that tests need not wait. */
export async function startOvsdbCluster(
  options: TestServerOptions & {
    readonly members?: number;
    readonly electionMilliseconds?: number;
  },
): Promise<TestOvsdbCluster> {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'ovb-raft-'));
  const name = execFileSync('ovsdb-tool', ['schema-name', options.schemaFile], {
    encoding: 'utf8',
  }).trim();
  const addresses: string[] = [];
  for (let i = 0; i < (options.members ?? 3); i++)
    addresses.push(`tcp:127.0.0.1:${await freePort()}`);
  const members: TestOvsdbServer[] = [];
  for (const [i, address] of addresses.entries()) {
    const own = path.join(folder, String(i + 1));
    const database = `${own}.db`;
    const timer = `--election-timer=${options.electionMilliseconds ?? 300}`;
    execFileSync(
      'ovsdb-tool',
      i === 0
        ? [timer, 'create-cluster', database, options.schemaFile, address]
        : ['join-cluster', database, name, address, addresses[0]!],
    );
    members.push(await startOn(database, own, options, false));
  }
  const roleOf = (member: number): string => {
    try {
      return appctl(path.join(folder, `${member + 1}.ctl`), 'cluster/status', name);
    } catch {
      return '';
    }
  };
  for (const i of members.keys())
    await until(() => /^Status: cluster member$/m.test(roleOf(i)), 'a member has not joined');
  return {
    remotes: members.map(({ remote }) => remote),
    members,
    async leader() {
      let found: TestOvsdbServer | undefined;
      await until(() => {
        found = members.find((_, i) => /^Role: leader$/m.test(roleOf(i)));
        return found !== undefined;
      }, 'nobody leads');
      return found!;
    },
    async stop() {
      for (const member of members) await member.stop();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

const appctl = (control: string, ...command: string[]): string =>
  execFileSync('ovs-appctl', ['-t', control, ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });

async function until(condition: () => boolean, failure: string): Promise<void> {
  for (let attempt = 0; !condition(); attempt++) {
    if (attempt > 500) throw new Error(failure);
    await sleep(20);
  }
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** `prefix`: sockets are `<prefix>/db.sock` in a folder, `<prefix>.sock` beside a member's database. */
async function startOn(
  database: string,
  prefix: string,
  options: TestServerOptions,
  removeFolder: boolean,
): Promise<TestOvsdbServer> {
  const socket = existsSync(prefix) ? path.join(prefix, 'db.sock') : `${prefix}.sock`;
  const control = existsSync(prefix) ? path.join(prefix, 'db.ctl') : `${prefix}.ctl`;
  const remote = `unix:${socket}`;
  let child: ChildProcess;
  let ended: Promise<unknown> = Promise.resolve();
  let running = false;
  const start = async () => {
    child = spawn(
      'ovsdb-server',
      [
        `--remote=p${remote}`,
        ...(options.remotes ?? []).map((listen) => `--remote=${listen}`),
        `--unixctl=${control}`,
        '--no-chdir',
        '--log-file=/dev/null',
        '-vconsole:off',
        '-vsyslog:off',
        ...(options.arguments ?? []),
        database,
      ],
      { stdio: 'ignore' },
    );
    running = true;
    child.unref();
    ended = new Promise((resolve) =>
      child.once('exit', (code, signal) => {
        running = false;
        resolve(code ?? signal);
      }),
    );
    for (let attempt = 0; ; attempt++) {
      try {
        (await openStream(readRemotes(remote)[0]!, undefined, 1000)).destroy();
        return;
      } catch (error) {
        if (!running || attempt > 500)
          throw new Error('ovsdb-server did not start', { cause: error });
        await sleep(10);
      }
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    if (!running) return;
    child.ref();
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  };
  const leave = () => {
    child.kill('SIGKILL');
    if (removeFolder) rmSync(path.dirname(database), { recursive: true, force: true });
  };
  process.once('exit', leave);
  await start();
  return {
    remote,
    folder: path.dirname(database),
    get pid() {
      return child.pid!;
    },
    async stop() {
      await end('SIGTERM');
      process.off('exit', leave);
      if (removeFolder) rmSync(path.dirname(database), { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    async restart() {
      if (running) await end('SIGTERM');
      await start();
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}
