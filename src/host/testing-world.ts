import { spawn, type ChildProcess } from 'node:child_process';
import { createReadStream, mkdirSync, openSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { paths } from '../core/configuration.ts';
import {
  connect,
  insert,
  named,
  remove,
  update,
  type Operation,
  type Ovenbird,
  type OvsdbClient,
} from '../ovn/index.ts';
import { startOvsdbServer, type TestOvsdbServer } from '../ovn/testing.ts';
import { run } from './command.ts';
import type { MetadataDocument } from './metadata/document.ts';
import { busyboxArchive, imageOf, startEngine, until, type TestEngine } from './testing.ts';
import type { InterfaceWish, ServerWish } from './wish.ts';

/**
 * A host of a test: Docker Engine, Open vSwitch in a network namespace, the database Ovenbird, a control plane that
 * only answers what a host asks, and the real agent process. `br-int` switches like any bridge, and the namespace
 * itself is on it with 10.77.0.1.
 */
export class World {
  readonly host = 'test-host';
  readonly cloudId = 'c'.repeat(32);
  readonly cloudName = `t${process.pid % 1_000_000}`;
  readonly namespace = `ovbt-${process.pid}`;
  /** Results that hosts delivered: path → body. */
  readonly results = new Map<string, string>();
  /** Network and address → document. */
  readonly documents = new Map<string, MetadataDocument>();
  engine!: TestEngine;
  database!: TestOvsdbServer;
  client!: OvsdbClient<Ovenbird>;
  image!: ServerWish['image'];
  #api!: Server;
  #agent: ChildProcess | undefined;
  readonly #children: ChildProcess[] = [];

  get home(): string {
    return this.engine.folder;
  }
  get switchFolder(): string {
    return path.join(paths(this.home).host(this.host), 'ovs');
  }

  async start(): Promise<void> {
    this.engine = await startEngine();
    const where = paths(this.home);
    for (const folder of [where.run, where.secrets, this.switchFolder]) {
      mkdirSync(folder, { recursive: true });
    }
    await writeFile(
      where.configuration,
      JSON.stringify({ name: this.cloudName, id: this.cloudId, host: this.host, driver: 'docker' }),
    );
    await writeFile(where.hostToken, 'secret-of-hosts\n');
    const archive = await busyboxArchive(this.home);
    this.image = (await imageOf(archive)).wish;
    await this.#startApi(archive);
    const folder = path.join(this.home, 'ovenbird');
    await mkdir(folder);
    const schemaFile = fileURLToPath(new URL('./ovenbird.ovsschema', import.meta.url));
    this.database = await startOvsdbServer({ schemaFile, folder });
    await run('ln', ['-s', this.database.remote.replace('unix:', ''), where.ovenbird]);
    this.client = connect({
      database: 'Ovenbird',
      remotes: this.database.remote,
      monitor: ['Cloud', 'Host', 'Server', 'Interface', 'Metadata_Port', 'Tap_Flow', 'Task'],
    });
    await this.client.ready();
    await this.client.transact([insert('Cloud', { id: this.cloudId, name: this.cloudName })]);
    await this.#startSwitch();
  }

  async stop(): Promise<void> {
    await this.endAgent('SIGKILL');
    for (const child of this.#children.toReversed()) await ended(child, 'SIGTERM');
    await this.client?.close();
    await this.database?.stop();
    this.#api?.closeAllConnections();
    this.#api?.close();
    const { stdout } = await run('ip', ['netns', 'list']);
    for (const line of stdout.split('\n')) {
      const name = line.split(' ')[0] ?? '';
      if (name === this.namespace || name.endsWith(`-${this.cloudName}`)) {
        await run('ip', ['netns', 'delete', name]);
      }
    }
    await this.engine?.stop();
  }

  /** Starts the agent process, as the supervisor does. */
  startAgent(...args: string[]): void {
    const log = openSync(path.join(this.home, 'agent.log'), 'a');
    this.#agent = spawn(
      'nsenter',
      [
        `--net=/run/netns/${this.namespace}`,
        process.execPath,
        fileURLToPath(new URL('./main.ts', import.meta.url)),
        '--home',
        this.home,
        '--host',
        this.host,
        '--docker',
        `unix:${this.engine.socket}`,
        // Nothing here puts flows in place as OVN does.
        '--flow-milliseconds',
        '0',
        ...args,
      ],
      { stdio: ['ignore', log, log] },
    );
  }

  async endAgent(signal: NodeJS.Signals): Promise<number | null> {
    const agent = this.#agent;
    this.#agent = undefined;
    return agent === undefined ? null : ended(agent, signal);
  }

  /** Inserts a server's rows as the control plane would. */
  async want(wish: ServerWish): Promise<void> {
    const ports = wish.interfaces.map((port) => insertPort(port, this.host));
    await this.client.transact([
      ...ports.map(({ operation }) => operation),
      insert('Server', {
        id: wish.id,
        host: this.host,
        name: wish.name,
        hostname: wish.hostname,
        project_id: wish.projectId,
        image: {
          id: wish.image.id,
          container_format: wish.image.containerFormat,
          disk_format: wish.image.diskFormat,
          size: String(wish.image.size),
          os_hash_algo: wish.image.digest.algorithm,
          os_hash_value: wish.image.digest.value,
        },
        command: wish.command === undefined ? [] : [JSON.stringify(wish.command)],
        environment: { ...wish.environment },
        vcpus: wish.vcpus,
        memory_mb: wish.memoryMb,
        options: { stop_timeout: String(wish.stopTimeout) },
        power: wish.power,
        generation: wish.generation,
        reboot_kind: wish.rebootKind,
        interfaces: ports.map(({ name }) => named(name)),
        user_data: wish.userData === undefined ? [] : [wish.userData.toString('base64')],
        authorized_keys: [...wish.authorizedKeys],
        dns: Object.fromEntries(wish.dns.entries()),
      }),
    ]);
  }

  /** Gives a server other interfaces. */
  async wantInterfaces(serverId: string, interfaces: readonly InterfaceWish[]): Promise<void> {
    const row = this.server(serverId);
    const table = this.client.mirror.table('Interface');
    const kept = (row?.interfaces ?? []).filter((uuid) =>
      interfaces.some(({ portId }) => portId === table.get(uuid)?.port_id),
    );
    const known = new Set(kept.map((uuid) => table.get(uuid)?.port_id));
    const fresh = interfaces
      .filter(({ portId }) => !known.has(portId))
      .map((port) => insertPort(port, this.host));
    await this.client.transact([
      ...fresh.map(({ operation }) => operation),
      update('Server', [['id', '==', serverId]], {
        interfaces: [...kept, ...fresh.map(({ name }) => named(name))] as string[],
      }),
    ]);
  }

  server(id: string): Ovenbird['Server'] | undefined {
    return this.client.mirror.table('Server').first('id', id);
  }

  async order(id: string, columns: Record<string, string | number>): Promise<void> {
    await this.client.transact([update('Server', [['id', '==', id]], columns)]);
  }

  async forget(id: string): Promise<void> {
    await this.client.transact([remove('Server', [['id', '==', id]])]);
  }

  /** Resolves when the row's state is this one, and all orders have been carried out. */
  async state(id: string, state: string, milliseconds = 20_000): Promise<Ovenbird['Server']> {
    const is = () => {
      const row = this.server(id);
      const isDone = state === 'error' || row?.observed_generation === row?.generation;
      return row?.state[0] === state && isDone;
    };
    await until(`server ${id} to be ${state}`, is, milliseconds).catch((error: Error) => {
      const row = this.server(id);
      throw new Error(`${error.message}; it is ${row?.state[0]}: ${row?.message[0]}`);
    });
    return this.server(id)!;
  }

  /** Whether the address answers a ping from the bridge within the time given (milliseconds). */
  async answers(address: string, milliseconds = 5_000): Promise<boolean> {
    const seconds = String(milliseconds / 1000);
    const command = ['ping', '-c', '1', '-i', '0.05', '-w', seconds, '-W', '1', address];
    const { code } = await this.inside(command, [0, 1, 2]);
    return code === 0;
  }

  /** Runs a program in the host's network namespace. */
  inside(command: readonly string[], accept: readonly number[] = [0]) {
    const args = [`--net=/run/netns/${this.namespace}`, ...command];
    return run('nsenter', args, { accept, timeout: 30_000 });
  }

  /** What is left on the host that belongs to servers: containers, devices, ports, folders. */
  async leftovers(): Promise<string[]> {
    const format = ['--format', '{{.Names}}'];
    const docker = await run('docker', [
      '-H',
      `unix://${this.engine.socket}`,
      'ps',
      '-a',
      ...format,
    ]);
    const devices = await this.inside(['ip', '-o', 'link']);
    const ports = await this.vsctl('list-ports', 'br-int');
    const folders = await run('ls', [path.join(paths(this.home).host(this.host), 'servers')]);
    return [
      docker.stdout,
      ports,
      folders.stdout,
      ...(devices.stdout.match(/(tap|ovg)[^@:]+/g) ?? []),
    ]
      .flatMap((text) => text.split('\n'))
      .filter(Boolean);
  }

  async vsctl(...args: string[]): Promise<string> {
    const target = `--db=unix:${path.join(this.switchFolder, 'db.sock')}`;
    return (await run('ovs-vsctl', [target, '--timeout=10', ...args])).stdout;
  }

  /** Kills vswitchd and starts it again. */
  async restartSwitch(): Promise<void> {
    const child = this.#children.pop();
    if (child !== undefined) await ended(child, 'SIGKILL');
    await this.#startVswitchd();
  }

  async #startSwitch(): Promise<void> {
    await run('ip', ['netns', 'add', this.namespace]);
    // Else this end of a server's veth pair may answer for the bridge's address, and packets pass the switch by.
    await this.inside(['sysctl', '-qw', 'net.ipv4.conf.all.arp_ignore=1']);
    const database = path.join(this.switchFolder, 'conf.db');
    await run('ovsdb-tool', ['create', database, '/usr/share/openvswitch/vswitch.ovsschema']);
    this.#spawn('ovsdb-server', [
      database,
      `--remote=punix:${this.switchFolder}/db.sock`,
      `--unixctl=${this.switchFolder}/db.ctl`,
    ]);
    await until('the switch database', () =>
      this.vsctl('--no-wait', 'init').then(
        () => true,
        () => false,
      ),
    );
    await this.#startVswitchd();
    await this.vsctl('add-br', 'br-int', '--', 'set', 'bridge', 'br-int', 'datapath_type=netdev');
    await this.#address();
  }

  async #startVswitchd(): Promise<void> {
    this.#spawn('ovs-vswitchd', [
      `unix:${this.switchFolder}/db.sock`,
      `--unixctl=${this.switchFolder}/vswitchd.ctl`,
      `--pidfile=${this.switchFolder}/vswitchd.pid`,
    ]);
    if ((await this.vsctl('--no-wait', 'list-br')).includes('br-int')) await this.#address();
  }

  async #address(): Promise<void> {
    await until(
      'br-int',
      async () => (await this.inside(['ip', 'link', 'show', 'br-int'], [0, 1])).code === 0,
    );
    await this.inside(['ethtool', '-K', 'br-int', 'tx', 'off']);
    await this.inside(['ip', 'address', 'replace', '10.77.0.1/24', 'dev', 'br-int']);
    await this.inside(['ip', 'link', 'set', 'br-int', 'up']);
  }

  #spawn(program: string, args: readonly string[]): void {
    const folder = this.switchFolder;
    const child = spawn(
      'nsenter',
      [
        `--net=/run/netns/${this.namespace}`,
        program,
        ...args,
        '-vconsole:off',
        '-vsyslog:off',
        '--no-chdir',
      ],
      {
        stdio: 'ignore',
        env: { ...process.env, OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder },
      },
    );
    this.#children.push(child);
  }

  async #startApi(archive: string): Promise<void> {
    this.#api = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://control-plane');
      if (request.headers['x-ovenbird-host-token'] !== 'secret-of-hosts') {
        response.writeHead(401).end();
      } else if (url.pathname === `/host/v1/images/${this.image.id}/file`) {
        createReadStream(archive).pipe(response);
      } else if (url.pathname === '/host/v1/metadata') {
        const key = `${url.searchParams.get('network_id')} ${url.searchParams.get('address')}`;
        const document = this.documents.get(key);
        if (document === undefined) response.writeHead(404).end();
        else response.end(JSON.stringify(document));
      } else if (request.method === 'POST') {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          this.results.set(url.pathname, Buffer.concat(chunks).toString());
          response.writeHead(204).end();
        });
      } else response.writeHead(404).end();
    });
    const socket = paths(this.home).apiSocket;
    await rm(socket, { force: true });
    await new Promise<void>((resolve) => this.#api.listen(socket, resolve));
  }
}

function insertPort(port: InterfaceWish, host: string): { name: string; operation: Operation } {
  const name = `port_${port.portId.replaceAll('-', '')}`;
  const columns = {
    port_id: port.portId,
    host,
    network_id: port.networkId,
    mac: port.mac,
    mtu: port.mtu,
    addresses: Object.fromEntries(port.addresses.entries()),
    routes: Object.fromEntries(
      port.routes.map(({ destination, nextHop }) => [destination, nextHop ?? '']),
    ),
    device: port.device,
    position: port.position,
  };
  return { name, operation: insert('Interface', columns, name) };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const end = new Promise<number | null>((resolve) => child.once('exit', resolve));
  child.kill(signal);
  return end;
}
