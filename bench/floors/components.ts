import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { run } from '../../src/cloud/command.ts';
import { engineAnswers } from '../../src/cloud/engine.ts';
import { socketAnswers } from '../../src/cloud/ready.ts';
import { systemUser } from '../../src/cloud/users.ts';
import { sleep } from '../../src/core/time.ts';
import { postgresPrograms } from '../../src/database/testing.ts';

const SCHEMAS = {
  nb: '/usr/share/ovn/ovn-nb.ovsschema',
  sb: '/usr/share/ovn/ovn-sb.ovsschema',
  ovenbird: path.resolve(import.meta.dirname, '../../src/host/ovenbird.ovsschema'),
  vswitch: '/usr/share/openvswitch/vswitch.ovsschema',
} as const;

/**
 * The programs of others that a cloud consists of, started by hand: everything at once as far as it does not need
 * another, each asked every few milliseconds whether it answers. No cloud can be faster than this.
 */
export class BareComponents {
  readonly #home = mkdtempSync(path.join(tmpdir(), 'ovb-floor-'));
  readonly #namespace = `ovb-f${process.pid}`;
  readonly #children = new Map<string, ChildProcess>();
  readonly #withEngine: boolean;
  /** What `remove` does, for a process that is interrupted: at once, and without waiting for anybody. */
  readonly #leave = () => {
    for (const child of this.#children.values()) child.kill('SIGKILL');
    // The engine's containerd is not our child.
    const { stdout } = spawnSync('ip', ['netns', 'pids', this.#namespace], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter(Boolean))
      spawnSync('kill', ['-KILL', pid], { stdio: 'ignore' });
    // An engine that was killed leaves its folder mounted.
    spawnSync('umount', ['--lazy', this.#file('docker')], { stdio: 'ignore' });
    spawnSync('ip', ['netns', 'delete', this.#namespace], { stdio: 'ignore' });
    rmSync(this.#home, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };

  /** @param withEngine a Docker Engine too, as clouds have where the machine has none */
  constructor(withEngine: boolean) {
    this.#withEngine = withEngine;
    const user = systemUser('postgres');
    for (const folder of [this.#home, this.#file('pg')]) {
      mkdirSync(folder, { recursive: true });
      chownSync(folder, user.uid, user.gid);
    }
    process.once('exit', this.#leave);
  }

  /** Starts everything, making databases that do not exist yet; milliseconds until all of it answers. */
  async start(): Promise<number> {
    const before = performance.now();
    const network = this.#makeNamespace();
    await Promise.all([
      this.#postgresql(),
      this.#openVirtualNetwork(network),
      this.#engine(network),
    ]);
    return performance.now() - before;
  }

  /** Empties the databases; PostgreSQL and the engine go on meanwhile. Milliseconds until all answers again. */
  async empty(): Promise<number> {
    const before = performance.now();
    const kept = new Set(['postgres', 'dockerd']);
    const ending = [...this.#children.keys()].filter((name) => !kept.has(name));
    await Promise.all(ending.map((name) => this.#end(name, 'SIGKILL')));
    for (const name of Object.keys(SCHEMAS)) rmSync(this.#file(`${name}.db`), { force: true });
    await Promise.all([
      this.#ask('drop database ovenbird with (force)').then(() =>
        this.#ask('create database ovenbird'),
      ),
      this.#openVirtualNetwork(this.#makeNamespace()),
    ]);
    return performance.now() - before;
  }

  /** Ends everything in good order. */
  async stop(): Promise<void> {
    for (const group of [
      ['ovn-controller', 'ovn-northd', 'ovs-vswitchd'],
      ['nb', 'sb', 'ovenbird', 'vswitch', 'dockerd'],
    ])
      await Promise.all(group.map((name) => this.#end(name, 'SIGTERM')));
    await this.#end('postgres', 'SIGINT');
  }

  /** Ends everything and leaves nothing on the machine. */
  async remove(): Promise<void> {
    await this.stop();
    if (existsSync(`/run/netns/${this.#namespace}`))
      await run('ip', ['netns', 'delete', this.#namespace]);
    process.off('exit', this.#leave);
    rmSync(this.#home, { recursive: true, force: true });
  }

  #file(name: string): string {
    return path.join(this.#home, name);
  }

  async #makeNamespace(): Promise<void> {
    if (!existsSync(`/run/netns/${this.#namespace}`))
      await run('ip', ['netns', 'add', this.#namespace]);
  }

  async #postgresql(): Promise<void> {
    const data = this.#file('pg/data');
    const user = systemUser('postgres');
    const fresh = !existsSync(data);
    if (fresh)
      await run(
        path.join(postgresPrograms(), 'initdb'),
        [
          '-D',
          data,
          '-U',
          'postgres',
          '--auth=trust',
          '-E',
          'UTF8',
          '--locale=C',
          '--data-checksums',
        ],
        { ...user, timeout: 120_000 },
      );
    this.#spawn(
      'postgres',
      [path.join(postgresPrograms(), 'postgres'), '-D', data, '-k', this.#file('pg'), '-h', ''],
      { user },
    );
    await answers('postgres', () => this.#ask('select 1').then(() => true));
    if (fresh) await this.#ask('create database ovenbird');
  }

  async #ask(statement: string): Promise<void> {
    const client = new pg.Client({
      host: this.#file('pg'),
      user: 'postgres',
      database: 'postgres',
    });
    // A server that ends meanwhile is told of by the query.
    client.on('error', () => undefined);
    await client.connect();
    await client.query(statement).finally(() => client.end());
  }

  async #openVirtualNetwork(network: Promise<void>): Promise<void> {
    const folders = { OVN_RUNDIR: this.#home, OVS_RUNDIR: this.#home, OVS_LOGDIR: this.#home };
    const daemon = async (name: string, parameters: readonly string[], inNamespace: boolean) => {
      const pid = this.#spawn(name, [name, ...parameters], { inNamespace, environment: folders });
      // Where these daemons open their control socket unless told otherwise; ovn-controller cannot be told.
      await answers(name, () => socketAnswers(this.#file(`${name}.${pid}.ctl`)));
    };
    const [nb, sb, vswitch] = [this.#address('nb'), this.#address('sb'), this.#address('vswitch')];
    const central = Promise.all([this.#database('nb'), this.#database('sb')]);
    const host = network.then(() => this.#database('vswitch', true));
    await Promise.all([
      this.#database('ovenbird'),
      central.then(() => daemon('ovn-northd', [`--ovnnb-db=${nb}`, `--ovnsb-db=${sb}`], false)),
      host.then(async () => {
        await run('ovs-vsctl', [
          `--db=${vswitch}`,
          ...words('--no-wait -- init -- --may-exist add-br br-int'),
          ...words('-- set Bridge br-int datapath_type=netdev fail_mode=secure'),
          ...words('-- --may-exist add-br br-ex -- set Bridge br-ex datapath_type=netdev'),
          ...words('-- set Open_vSwitch . external-ids:system-id=floor'),
          ...words('external-ids:ovn-encap-type=geneve external-ids:ovn-encap-ip=127.0.0.1'),
          `external-ids:ovn-remote="${sb}"`,
        ]);
        await daemon('ovs-vswitchd', [vswitch], true);
        // Ends when the bridges are there.
        await run('ovs-vsctl', [
          `--db=${vswitch}`,
          '--timeout=10',
          'set',
          'Bridge',
          'br-ex',
          'datapath_type=netdev',
        ]);
        await central;
        await daemon('ovn-controller', [vswitch], true);
      }),
    ]);
  }

  #address(name: keyof typeof SCHEMAS): string {
    return `unix:${this.#file(`${name}.sock`)}`;
  }

  async #database(name: keyof typeof SCHEMAS, inNamespace = false): Promise<void> {
    const file = this.#file(`${name}.db`);
    if (!existsSync(file)) await run('ovsdb-tool', ['create', file, SCHEMAS[name]]);
    const socket = this.#file(`${name}.sock`);
    rmSync(socket, { force: true });
    this.#spawn(
      name,
      ['ovsdb-server', file, `--remote=punix:${socket}`, `--unixctl=${this.#file(`${name}.ctl`)}`],
      { inNamespace },
    );
    await answers(name, () => socketAnswers(socket));
  }

  async #engine(network: Promise<void>): Promise<void> {
    if (!this.#withEngine) return;
    await network;
    const socket = this.#file('docker.sock');
    this.#spawn(
      'dockerd',
      [
        ...words('dockerd --bridge=none --iptables=false --ip6tables=false --ip-forward=false'),
        '--live-restore',
        `--data-root=${this.#file('docker')}`,
        `--exec-root=${this.#file('exec')}`,
        `--pidfile=${this.#file('docker.pid')}`,
        `--host=unix://${socket}`,
      ],
      { inNamespace: true },
    );
    await answers('dockerd', () => engineAnswers(socket));
  }

  #spawn(
    name: string,
    command: readonly string[],
    options: {
      readonly inNamespace?: boolean;
      readonly environment?: Readonly<Record<string, string>>;
      readonly user?: { readonly uid: number; readonly gid: number };
    },
  ): number {
    const [program, ...parameters] =
      options.inNamespace === true
        ? ['nsenter', `--net=/run/netns/${this.#namespace}`, '--', ...command]
        : command;
    const child = spawn(program!, parameters, {
      cwd: '/',
      stdio: 'ignore',
      env: { ...process.env, ...options.environment },
      ...options.user,
    });
    if (child.pid === undefined) throw new Error(`${program} could not be started`);
    child.unref();
    this.#children.set(name, child);
    return child.pid;
  }

  async #end(name: string, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children.get(name);
    this.#children.delete(name);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }
}

const words = (text: string): string[] => text.split(' ');

async function answers(name: string, ready: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  for (;;) {
    if (await ready().catch(() => false)) return;
    if (Date.now() > end) throw new Error(`the floor's ${name} does not answer`);
    await sleep(3);
  }
}
