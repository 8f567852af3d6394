import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { sleep } from '../../../core/time.ts';
import { startOvsdbServer } from '../../../ovn/testing.ts';
import type { PortDescription } from '../contract.ts';

const run = promisify(execFile);

/** One host with OVN on it, for tests that send packets; it is its own outside, through br-ex. */
export interface Lab {
  /** Gives the port a network namespace to be used in, and its name. */
  plug(port: PortDescription): Promise<string>;
  /** Whether an echo request is answered within a second. */
  pings(namespace: string, address: string): Promise<boolean>;
  /** Runs a program in a namespace, for as long as the lab lives. */
  start(namespace: string, program: string, ...parameters: string[]): ChildProcess;
  /** The same, and what it prints can be read. */
  read(namespace: string, program: string, ...parameters: string[]): ChildProcess;
  /** Runs a program in a namespace and gives what it printed; undefined when it failed. */
  ask(namespace: string, program: string, ...parameters: string[]): Promise<string | undefined>;
  /** The host's own namespace, where 172.24.4.1 is. */
  readonly outside: string;
  /** A namespace on the outer network, with this address of 172.24.4.0/24. */
  neighbour(address: string): Promise<string>;
  /** What a daemon of the host wrote so far. */
  logOf(program: string): string;
  stop(): Promise<void>;
}

/** Why there can be no lab on this machine; undefined when there can. */
export function labMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root: network namespaces';
  const programs = ['/usr/bin/ovn-northd', '/usr/bin/ovn-controller', '/usr/sbin/ovs-vswitchd'];
  const missing = programs.find((program) => !existsSync(program));
  return missing && `${missing} is missing: run scripts/setup.sh`;
}

let labs = 0;

/** Starts Southbound, northd and a host (userspace datapath) named `host` for this Northbound. */
export async function startLab(northbound: string, host: string): Promise<Lab> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-lab-'));
  const name = `ovbt${process.pid % 100_000}${String.fromCodePoint(97 + (labs++ % 26))}`;
  const southbound = await startOvsdbServer({ schemaFile: '/usr/share/ovn/ovn-sb.ovsschema' });
  const children: ChildProcess[] = [];
  const namespaces: string[] = [];
  const environment = {
    ...process.env,
    OVS_RUNDIR: folder,
    OVN_RUNDIR: folder,
    OVS_DBDIR: folder,
    OVS_LOGDIR: folder,
    OVN_LOGDIR: folder,
  };
  const daemon = (
    program: string,
    parameters: readonly string[],
    output: 'ignore' | 'pipe' = 'ignore',
  ) => {
    const stdio = ['ignore', output, 'ignore'] as const;
    const child = spawn(program, parameters, { env: environment, stdio: [...stdio] });
    children.push(child);
    return child;
  };
  const inside = (namespace: string, program: string, ...parameters: string[]) =>
    run('ip', ['netns', 'exec', namespace, program, ...parameters], { env: environment });
  const addNamespace = async (namespace: string) => {
    await run('ip', ['netns', 'add', namespace]);
    namespaces.push(namespace);
    await inside(namespace, 'ip', 'link', 'set', 'lo', 'up');
  };
  const database = `unix:${path.join(folder, 'db.sock')}`;
  const configure = (...parameters: string[]) =>
    inside(name, 'ovs-vsctl', `--db=${database}`, '--timeout=20', ...parameters);
  const options = (program: string) => [
    // ovn-controller knows no such option and goes by OVN_RUNDIR.
    ...(program === 'ovn-controller' ? [] : [`--unixctl=${path.join(folder, `${program}.ctl`)}`]),
    `--pidfile=${path.join(folder, `${program}.pid`)}`,
    '-vconsole:off',
    `--log-file=${path.join(folder, `${program}.log`)}`,
  ];

  mkdirSync(folder, { recursive: true });
  await addNamespace(name);
  daemon('ovn-northd', [
    `--ovnnb-db=${northbound}`,
    `--ovnsb-db=${southbound.remote}`,
    ...options('ovn-northd'),
  ]);
  const file = path.join(folder, 'conf.db');
  await run('ovsdb-tool', ['create', file, '/usr/share/openvswitch/vswitch.ovsschema']);
  const socket = path.join(folder, 'db.sock');
  const host0 = ['netns', 'exec', name];
  daemon('ip', [
    ...host0,
    'ovsdb-server',
    file,
    `--remote=punix:${socket}`,
    ...options('ovsdb-server'),
  ]);
  for (let attempt = 0; !existsSync(socket) && attempt < 400; attempt++) await sleep(25);
  await configure('--no-wait', 'init');
  daemon('ip', [...host0, 'ovs-vswitchd', database, ...options('ovs-vswitchd')]);
  const settings: Record<string, string> = {
    'system-id': host,
    hostname: host,
    'ovn-remote': southbound.remote,
    'ovn-encap-type': 'geneve',
    'ovn-encap-ip': '127.0.0.1',
    'ovn-bridge-mappings': 'public:br-ex',
  };
  await configure(
    ...['br-int', 'br-ex'].flatMap((bridge) => [
      '--',
      '--may-exist',
      'add-br',
      bridge,
      '--',
      'set',
      'bridge',
      bridge,
      'datapath_type=netdev',
    ]),
    '--',
    'set',
    'Open_vSwitch',
    '.',
    ...Object.entries(settings).map(([key, value]) => `external-ids:${key}="${value}"`),
  );
  await inside(name, 'ip', 'address', 'add', '172.24.4.1/24', 'dev', 'br-ex');
  await inside(name, 'ip', 'link', 'set', 'br-ex', 'up');
  daemon('ip', [...host0, 'ovn-controller', database, ...options('ovn-controller')]);

  const ask: Lab['ask'] = (namespace, program, ...parameters) =>
    inside(namespace, program, ...parameters).then(
      ({ stdout }) => stdout,
      () => undefined,
    );
  let neighbours = 0;
  return {
    outside: name,
    logOf: (program) => readFileSync(path.join(folder, `${program}.log`), 'utf8'),
    async neighbour(address) {
      const end = `n${++neighbours}`;
      const namespace = `${name}-${end}`;
      await addNamespace(namespace);
      const peer = ['peer', 'name', 'eth0', 'netns', namespace];
      await run('ip', ['link', 'add', end, 'netns', name, 'type', 'veth', ...peer]);
      await inside(name, 'ip', 'link', 'set', end, 'up');
      await inside(namespace, 'ethtool', '-K', 'eth0', 'tx', 'off');
      await inside(namespace, 'ip', 'link', 'set', 'eth0', 'up');
      await inside(namespace, 'ip', 'address', 'add', `${address}/24`, 'dev', 'eth0');
      await configure('--no-wait', 'add-port', 'br-ex', end);
      return namespace;
    },
    async plug(port) {
      const end = `v${port.id.slice(0, 8)}`;
      const namespace = `${name}-${port.id.slice(0, 8)}`;
      await addNamespace(namespace);
      await run('ip', [
        'link',
        'add',
        end,
        'netns',
        name,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        namespace,
        'address',
        port.macAddress,
      ]);
      await inside(name, 'ip', 'link', 'set', end, 'up');
      await inside(namespace, 'ethtool', '-K', 'eth0', 'tx', 'off');
      await inside(namespace, 'ip', 'link', 'set', 'eth0', 'mtu', String(port.mtu), 'up');
      for (const { ipAddress, prefixLength } of port.addresses) {
        await inside(
          namespace,
          'ip',
          'address',
          'add',
          `${ipAddress}/${prefixLength}`,
          'dev',
          'eth0',
        );
      }
      if (port.gatewayIp !== undefined) {
        await inside(namespace, 'ip', 'route', 'add', 'default', 'via', port.gatewayIp);
      }
      await configure(
        '--no-wait',
        'add-port',
        'br-int',
        end,
        '--',
        'set',
        'interface',
        end,
        `external-ids:iface-id=${port.id}`,
      );
      return namespace;
    },
    async pings(namespace, address) {
      const answered = await ask(namespace, 'ping', '-c', '1', '-W', '1', address);
      return answered !== undefined;
    },
    start(namespace, program, ...parameters) {
      return daemon('ip', ['netns', 'exec', namespace, program, ...parameters]);
    },
    read: (namespace, program, ...parameters) =>
      daemon('ip', ['netns', 'exec', namespace, program, ...parameters], 'pipe'),
    ask,
    async stop() {
      for (const child of children.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      }
      for (const namespace of namespaces) await run('ip', ['netns', 'delete', namespace]);
      await southbound.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
