import path from 'node:path';
import { Client } from 'undici';
import { paths, readConfiguration } from '../../src/core/configuration.ts';
import { run } from '../../src/cloud/command.ts';
import type { TestCloud } from '../../tests/support/cloud.ts';

/** What the engine tells of a container, as far as a second one needs it to be made alike. */
interface Inspected {
  readonly State: { readonly Pid: number };
  readonly Config: { readonly Image: string };
  readonly HostConfig: {
    readonly Memory: number;
    readonly MemorySwap: number;
    readonly NanoCpus: number;
    readonly CpuShares: number;
    readonly CpuQuota: number;
    readonly CpuPeriod: number;
    readonly PidsLimit: number | null;
    readonly CapDrop: string[] | null;
    readonly CapAdd: string[] | null;
    readonly SecurityOpt: string[] | null;
    readonly ReadonlyRootfs: boolean;
    readonly Init: boolean | null;
    readonly LogConfig: { readonly Type: string; readonly Config: Record<string, string> | null };
  };
}

/** How a hand runs a container: gives the number of its first process. */
export type RunContainer = (cloud: TestCloud, name: string, like: Inspected) => Promise<number>;

/** A logical port as Neutron gave it. */
export interface LogicalPort {
  readonly id: string;
  readonly mac: string;
  /** `address/prefix length`. */
  readonly address: string;
  readonly gateway: string;
  readonly mtu: number;
}

export const inspect = async (cloud: TestCloud, container: string): Promise<Inspected> => {
  const { stdout, stderr, code } = await cloud.docker(['inspect', container]);
  if (code !== 0) throw new Error(`docker inspect ${container}: ${stderr}`);
  return (JSON.parse(stdout) as Inspected[])[0]!;
};

/** Options of `docker run` that give a container the image and limits of an existing one; the command is the image's. */
function alike({ Config, HostConfig: host }: Inspected): string[] {
  const list = (option: string, values: readonly string[] | null) =>
    (values ?? []).map((value) => `${option}=${value}`);
  const amount = (option: string, value: number | null) =>
    value === null || value === 0 ? [] : [`${option}=${value}`];
  return [
    ...amount('--memory', host.Memory),
    ...amount('--memory-swap', host.MemorySwap),
    ...(host.NanoCpus > 0 ? [`--cpus=${host.NanoCpus / 1e9}`] : []),
    ...amount('--cpu-shares', host.CpuShares),
    ...amount('--cpu-quota', host.CpuQuota),
    ...amount('--cpu-period', host.CpuPeriod),
    ...amount('--pids-limit', host.PidsLimit),
    ...list('--cap-drop', host.CapDrop),
    ...list('--cap-add', host.CapAdd),
    ...list('--security-opt', host.SecurityOpt),
    ...(host.ReadonlyRootfs ? ['--read-only'] : []),
    ...(host.Init === true ? ['--init'] : []),
    `--log-driver=${host.LogConfig.Type}`,
    ...Object.entries(host.LogConfig.Config ?? {}).map(
      ([key, value]) => `--log-opt=${key}=${value}`,
    ),
    Config.Image,
  ];
}

/** `docker run` and nothing else. */
export async function dockerRun(cloud: TestCloud, name: string, like: Inspected): Promise<void> {
  const { code, stderr } = await cloud.docker([
    'run',
    '--detach',
    '--network=none',
    `--name=${name}`,
    ...alike(like),
  ]);
  if (code !== 0) throw new Error(`docker run: ${stderr}`);
}

/** `docker run`, as a person types it. */
export const withCommandLine: RunContainer = async (cloud, name, like) => {
  await dockerRun(cloud, name, like);
  const shown = await cloud.docker(['inspect', '--format={{.State.Pid}}', name]);
  return Number(shown.stdout);
};

/** The Engine API on an open connection: the least that any program can do. */
export const withEngineApi: RunContainer = async (cloud, name, { Config, HostConfig }) => {
  const engine = new Client('http://docker', { socketPath: cloud.dockerSocket });
  const ask = async (method: 'GET' | 'POST', path: string, body?: object): Promise<Inspected> => {
    const reply = await engine.request({
      method,
      path,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await reply.body.text();
    if (reply.statusCode >= 400) throw new Error(`Docker Engine: ${method} ${path}: ${text}`);
    return JSON.parse(text === '' ? '{}' : text) as Inspected;
  };
  const container = `/containers/${name}`;
  try {
    await ask('POST', `/containers/create?name=${name}`, {
      Image: Config.Image,
      // All limits of the server, but not the folder with its own start-up.
      HostConfig: { ...HostConfig, Mounts: [] },
    });
    await ask('POST', `${container}/start`);
    return (await ask('GET', `${container}/json`)).State.Pid;
  } finally {
    await engine.close();
  }
};

/**
 * What a skilled hand does instead of a cloud: run a container, then a veth pair, an OVS port with the logical port's name,
 * an address. Resolves when the last command has ended; the link and the port are named after the container.
 */
export async function runAndPlug(
  cloud: TestCloud,
  name: string,
  runContainer: () => Promise<number>,
  port: LogicalPort,
): Promise<void> {
  const pid = await runContainer();
  const inside = ['--target', String(pid), '--net', '--'];
  const peer = `${name}-g`;
  await run('ip', ['-n', cloud.namespace, '-batch', '-'], {
    input: [
      `link add ${name} mtu ${port.mtu} type veth peer name ${peer} mtu ${port.mtu}`,
      `link set ${name} up`,
      `link set ${peer} netns ${pid}`,
      '',
    ].join('\n'),
  });
  await run('ovs-vsctl', [
    switchDatabase(cloud),
    ...`add-port br-int ${name} -- set Interface ${name}`.split(' '),
    `external-ids:iface-id=${port.id}`,
    `external-ids:attached-mac="${port.mac}"`,
  ]);
  await run('nsenter', [...inside, 'ip', '-batch', '-'], {
    input: [
      `link set ${peer} name eth0`,
      `link set eth0 address ${port.mac}`,
      `address add ${port.address} dev eth0`,
      'link set eth0 up',
      `route add default via ${port.gateway}`,
      '',
    ].join('\n'),
  });
  await run('nsenter', [...inside, 'ethtool', '-K', 'eth0', 'tx', 'off']);
}

/** Takes away what `runAndPlug` made. */
export async function unplugAndRemove(cloud: TestCloud, name: string): Promise<void> {
  await run('ovs-vsctl', [switchDatabase(cloud), '--if-exists', 'del-port', 'br-int', name]);
  await cloud.docker(['rm', '--force', name]);
}

const switchDatabase = (cloud: TestCloud): string =>
  `--db=unix:${path.join(paths(cloud.home).host(readConfiguration(cloud.home).host), 'ovs/db.sock')}`;
