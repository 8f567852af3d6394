import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { paths, readConfiguration, readSecret } from '../../src/core/configuration.ts';
import { ApiClient } from './api.ts';
import { command, type Output } from './command.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../bin/ovenbird');

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** The lines of an output that hold something, in order of the alphabet. */
const lines = (text: string): string[] => text.split('\n').filter(Boolean).toSorted();

/** A whole cloud for one story, driven from outside only: its commands, the `openstack` client, packets. */
export class TestCloud {
  readonly home: string;
  readonly name: string;
  readonly port: number;

  private constructor(home: string, name: string, port: number) {
    this.home = home;
    this.name = name;
    this.port = port;
  }

  /** Brings a new cloud up in a temporary home; `destroy` takes all of it away again. */
  static async start(label: string, options: readonly string[] = []): Promise<TestCloud> {
    const cloud = await TestCloud.plan(label);
    await cloud.up(options);
    return cloud;
  }

  /** A temporary home and a free port for a cloud of which nothing exists yet. */
  static async plan(label: string): Promise<TestCloud> {
    const cloud = new TestCloud(
      mkdtempSync(path.join(tmpdir(), 'ovb-')),
      `t${label}${String(process.pid % 1000)}`.slice(0, 8),
      await freePort(),
    );
    process.once('exit', () => cloud.destroyNow());
    return cloud;
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...process.env, OVENBIRD_HOME: this.home };
  }

  /** Runs one of the cloud's own commands; fails with what it printed unless told that it may fail. */
  async ovenbird(args: readonly string[], options: { mayFail?: boolean } = {}): Promise<Output> {
    const output = await command(PROGRAM, args, { env: this.environment, timeout: 120_000 });
    if (output.code !== 0 && !options.mayFail) {
      throw new Error(
        `ovenbird ${args.join(' ')} ended with ${output.code}: ${output.stdout}${output.stderr}`,
      );
    }
    return output;
  }

  /** `options` are those of the first start, such as `--driver fake`. */
  async up(options: readonly string[] = []): Promise<Output> {
    return this.ovenbird([
      'up',
      '--detach',
      '--name',
      this.name,
      '--listen',
      `127.0.0.1:${this.port}`,
      ...options,
    ]);
  }

  /** Variables of the unmodified client, as `ovenbird openrc` prints them. */
  async credentials(user: 'admin' | 'demo' = 'admin'): Promise<NodeJS.ProcessEnv> {
    const { stdout } = await this.ovenbird(['openrc', '--user', user]);
    const variables: NodeJS.ProcessEnv = { ...this.environment };
    for (const match of stdout.matchAll(/^export (\w+)='?([^'\n]*)'?$/gm))
      variables[match[1]!] = match[2];
    return variables;
  }

  /** Runs the `openstack` client of Debian; fails with what it printed unless told that it may fail. */
  async openstack(
    args: readonly string[],
    options: { user?: 'admin' | 'demo'; mayFail?: boolean; timeout?: number } = {},
  ): Promise<Output> {
    const env = await this.credentials(options.user);
    const output = await command('openstack', args, { env, timeout: options.timeout ?? 120_000 });
    if (output.code !== 0 && !options.mayFail) {
      throw new Error(
        `openstack ${args.join(' ')} ended with ${output.code}: ${output.stdout}${output.stderr}`,
      );
    }
    return output;
  }

  /** The same with `-f json`, parsed. */
  async openstackJson<T = Record<string, unknown>>(
    args: readonly string[],
    options: { user?: 'admin' | 'demo' } = {},
  ): Promise<T> {
    const { stdout } = await this.openstack([...args, '-f', 'json'], options);
    return JSON.parse(stdout) as T;
  }

  /** A client of the HTTP API, for stories in which a client process a call would take too long. */
  async api(user: 'admin' | 'demo' = 'admin'): Promise<ApiClient> {
    const secret = readSecret(
      user === 'admin' ? paths(this.home).adminPassword : paths(this.home).demoPassword,
    );
    return ApiClient.login(`http://127.0.0.1:${this.port}`, user, secret, user);
  }

  /** Pings from the machine; true when an answer came. */
  async pings(address: string, seconds = 1): Promise<boolean> {
    return (await command('ping', ['-n', '-c', '1', '-W', String(seconds), address])).code === 0;
  }

  /** Fetches a page from the machine; undefined when nothing answers within two seconds. */
  async curl(url: string, seconds = 2): Promise<string | undefined> {
    const output = await command('curl', ['-sS', '--fail', '--max-time', String(seconds), url]);
    return output.code === 0 ? output.stdout : undefined;
  }

  /** Name of the cloud's network namespace. */
  get namespace(): string {
    return `ovb-${this.name}`;
  }

  /** The engine that runs this cloud's containers. */
  get dockerSocket(): string {
    const { host } = readConfiguration(this.home);
    const own = path.join(paths(this.home).host(host), 'docker/docker.sock');
    return existsSync(own) ? own : '/var/run/docker.sock';
  }

  async docker(args: readonly string[]): Promise<Output> {
    return command('docker', ['-H', `unix://${this.dockerSocket}`, ...args]);
  }

  /** Runs a command inside a server, as `docker exec` does. */
  async inside(serverId: string, args: readonly string[]): Promise<Output> {
    return this.docker(['exec', `nova-${serverId}`, ...args]);
  }

  /** Everything that servers and networks leave on a host and in Northbound: equal before and after a story. */
  async traces(): Promise<Record<string, string[]>> {
    const { id, host } = readConfiguration(this.home);
    const [containers, links, namespaces, ports, northbound, hostRows] = await Promise.all([
      this.docker(['ps', '-a', '--filter', `label=ovenbird.cloud=${id}`, '--format', '{{.Names}}']),
      command('ip', ['-n', this.namespace, '-o', 'link', 'show', 'type', 'veth']),
      command('ip', ['netns', 'list']),
      command('ovs-vsctl', [
        `--db=unix:${paths(this.home).host(host)}/ovs/db.sock`,
        'list-ports',
        'br-int',
      ]),
      Promise.all(
        [
          'logical_switch_port',
          'acl',
          'nat',
          'dhcp_options',
          'logical_switch',
          'logical_router',
          'port_group',
        ].map(async (table) => {
          const { stdout } = await command('ovn-nbctl', [
            `--db=unix:${paths(this.home).northbound}`,
            '--bare',
            '--columns=_uuid',
            'list',
            table,
          ]);
          return `${table}: ${lines(stdout).length}`;
        }),
      ),
      command('ovsdb-client', [
        'dump',
        `unix:${paths(this.home).ovenbird}`,
        'Ovenbird',
        'Server',
        'id',
      ]),
    ]);
    return {
      containers: lines(containers.stdout),
      links: lines(links.stdout)
        .map((line) => line.split(':')[1]!.trim().split('@')[0]!)
        .toSorted(),
      namespaces: lines(namespaces.stdout)
        .map((line) => line.split(' ')[0]!)
        .filter((name) => name.includes(this.name)),
      ports: lines(ports.stdout),
      northbound,
      hostRows: lines(hostRows.stdout).filter((line) =>
        /^[0-9a-f-]{36}$|^"[0-9a-f-]{36}"/.test(line.trim()),
      ),
    };
  }

  /** What `ovenbird repair --dry-run` finds wrong. */
  async differences(): Promise<unknown[]> {
    const { stdout, stderr, code } = await this.ovenbird(['repair', '--dry-run', '--json'], {
      mayFail: true,
    });
    if (code !== 0 && code !== 3)
      throw new Error(`ovenbird repair --dry-run ended with ${code}: ${stdout}${stderr}`);
    const value = JSON.parse(stdout) as unknown[] | { differences: unknown[] };
    return Array.isArray(value) ? value : value.differences;
  }

  /** State of each component as `ovenbird status --json` tells it. */
  async status(): Promise<{ name: string; state: string; pid?: number; restarts?: number }[]> {
    const { stdout } = await this.ovenbird(['status', '--json']);
    const value = JSON.parse(stdout) as { components: [] } | [];
    return Array.isArray(value) ? value : value.components;
  }

  /** The end of each component's log: what a failing story prints. */
  logs(lines = 20): string {
    const folder = paths(this.home).log;
    const output = spawnSync(
      'tail',
      ['-n', String(lines), '-v', '-s', '0', ...this.logFiles(folder)],
      {
        encoding: 'utf8',
      },
    );
    return output.stdout;
  }

  private logFiles(folder: string): string[] {
    const names = ['control-plane', 'host-agent', 'qemu-agent', 'supervisor'];
    return names.map((name) => path.join(folder, `${name}.log`)).filter((file) => existsSync(file));
  }

  /** Fails with the command's words when something stays: without its home nobody could find the rest again. */
  async destroy(): Promise<void> {
    if (existsSync(paths(this.home).configuration)) await this.ovenbird(['remove', '--yes']);
    rmSync(this.home, { recursive: true, force: true });
  }

  /** The same at the exit of a process that was cut off. */
  private destroyNow(): void {
    if (!existsSync(this.home)) return;
    spawnSync(PROGRAM, ['remove', '--yes'], { env: this.environment, stdio: 'ignore' });
    if (existsSync(paths(this.home).configuration))
      process.stderr.write(
        `the cloud in ${this.home} could not be removed: OVENBIRD_HOME=${this.home} ${PROGRAM} remove\n`,
      );
    else rmSync(this.home, { recursive: true, force: true });
  }

  /** Process id of a component, as the supervisor knows it. */
  async pidOf(component: string): Promise<number> {
    const found = (await this.status()).find(({ name }) => name === component);
    if (found?.pid === undefined) throw new Error(`${component} is not running`);
    return found.pid;
  }
}

/** The text of a file of the tests' own. */
export const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '../fixtures', name), 'utf8');
