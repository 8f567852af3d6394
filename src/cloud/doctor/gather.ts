import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfiguration, type Configuration } from '../../core/configuration.ts';
import { PROGRAM_PATH, run } from '../command.ts';
import { postgresqlPrograms } from '../components/postgresql.ts';
import type { CloudChoices } from '../create.ts';
import { cloudOf } from '../cloud.ts';
import { chosenEngine, engineAnswers, SYSTEM_ENGINE } from '../engine.ts';
import { layout } from '../layout.ts';
import { machineNetworks } from '../network/machine.ts';
import { ownerOfName } from '../registry.ts';
import { systemUser } from '../users.ts';
import { findAccelerator } from '../../host/drivers/qemu/accelerator.ts';
import type { Facts } from './facts.ts';
import { findListener } from './listener.ts';
import { findLeftovers, findSystemSwitch } from './leftovers.ts';

/** How much is asked: versions cost a process each, and no version is a reason not to start. */
export type Depth = 'quick' | 'full';

/** Collects what the checks judge. What cannot be found out is left out rather than guessed. */
export async function gatherFacts(
  home: string,
  choices: CloudChoices,
  depth: Depth = 'full',
): Promise<Facts> {
  const configuration = configurationOf(home);
  const listen = configuration?.listen ?? choices.listen ?? { address: '127.0.0.1', port: 5000 };
  const driver = configuration?.driver ?? choices.driver ?? 'docker';
  const wantsQemu = configuration?.qemu === true || choices.qemu === true;
  const [networks, mountAllowed, leftovers, systemSwitch, versions, engine, disk, missing, qemu] =
    await Promise.all([
      machineNetworks().catch(() => []),
      canMount(),
      findLeftovers(),
      depth === 'full' ? findSystemSwitch() : { bridges: [], stalePatchPorts: [] },
      depth === 'full' ? findVersions() : {},
      findEngine(configuration),
      findDisk(home),
      findMissingPrograms(PACKAGES),
      findQemu(wantsQemu, depth),
    ]);
  const mounts = readText('/proc/self/mountinfo').split('\n').filter(Boolean);
  const status = readText('/proc/self/status');
  const memory = readText('/proc/meminfo');
  return {
    home,
    configuration,
    listen,
    driver,
    userId: process.getuid?.() ?? -1,
    capabilities: capabilityNames(/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'),
    kernel: readText('/proc/sys/kernel/osrelease').trim(),
    architecture: process.arch,
    nodeVersion: process.versions.node,
    modules: { openvswitch: moduleState('openvswitch'), geneve: moduleState('geneve') },
    tunDevice: existsSync('/dev/net/tun'),
    cgroups: findCgroups(mounts),
    appArmorProfile: readText('/proc/self/attr/current').replaceAll('\0', '').trim() || undefined,
    mountAllowed,
    mountEntries: mounts.length,
    namespaceMounts: namespaceMounts(mounts),
    listener: findListener(listen, configuration),
    missingPrograms: missing,
    qemu,
    versions,
    engine,
    ...findPostgresUser(home),
    ...leftovers,
    stalePatchPorts: systemSwitch.stalePatchPorts,
    systemBridges: systemSwitch.bridges,
    networks,
    nameOwner: configuration && ownerOfName(configuration.name),
    disk,
    memory: { available: meminfo(memory, 'MemAvailable'), total: meminfo(memory, 'MemTotal') },
    now: Date.now(),
    newestFile: newestFile(home),
  };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function configurationOf(home: string): Configuration | undefined {
  if (!existsSync(layout(home).configuration)) return undefined;
  return readConfiguration(home);
}

/** Numbers by linux/capability.h, of those that the checks know. */
const CAPABILITIES: Readonly<Record<string, number>> = {
  chown: 0,
  dac_override: 1,
  kill: 5,
  setgid: 6,
  setuid: 7,
  net_admin: 12,
  net_raw: 13,
  sys_ptrace: 19,
  sys_admin: 21,
  mknod: 27,
};

/** Reads the mask of /proc/self/status. */
export function capabilityNames(mask: string): string[] {
  const bits = BigInt(`0x${mask}`);
  return Object.entries(CAPABILITIES)
    .filter(([, number]) => (bits >> BigInt(number)) & 1n)
    .map(([name]) => name);
}

function moduleState(name: string): 'loaded' | 'available' | 'absent' {
  if (existsSync(`/sys/module/${name}`)) return 'loaded';
  const release = readText('/proc/sys/kernel/osrelease').trim();
  const index = readText(`/lib/modules/${release}/modules.dep`);
  return new RegExp(`/${name}\\.ko`).test(index) ? 'available' : 'absent';
}

/** Reads the lines of /proc/self/mountinfo: what is mounted of either version. */
export function findCgroups(mounts: readonly string[]): Facts['cgroups'] {
  const old = mounts.flatMap((line) => {
    const [, behind = ''] = line.split(' - ');
    const [type, , options = ''] = behind.split(' ');
    return type === 'cgroup' ? options.split(',') : [];
  });
  if (old.length > 0)
    return {
      version: 1,
      controllers: ['cpu', 'memory', 'pids'].filter((name) => old.includes(name)),
    };
  if (!mounts.some((line) => line.includes(' - cgroup2 ')))
    return { version: undefined, controllers: [] };
  const controllers = readText('/sys/fs/cgroup/cgroup.controllers').trim().split(' ');
  return {
    version: 2,
    controllers: ['cpu', 'memory', 'pids'].filter((name) => controllers.includes(name)),
  };
}

/** Reads the lines of /proc/self/mountinfo: field 5 is the mount point, `shared:N` among the optional fields. */
export function namespaceMounts(mounts: readonly string[]): Facts['namespaceMounts'] {
  const point = (line: string) => line.split(' ')[4] ?? '';
  const own = mounts.filter((line) => /^(\/var)?\/run\/netns(\/|$)/.test(point(line)));
  const carrier = mounts
    .filter((line) => ['/', '/run', '/run/netns'].includes(point(line)))
    .toSorted((left, right) => point(right).length - point(left).length)[0];
  const optional = carrier?.split(' - ')[0] ?? '';
  return { entries: own.length, shared: /\bshared:\d+/.test(optional) };
}

/** Tries it: a mount namespace of its own that ends with the process. Other failures than a refusal prove nothing. */
const canMount = async (): Promise<boolean> =>
  run('unshare', ['--mount', '--propagation', 'private', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
    .then(() => true)
    .catch((error: Error) => !/permission denied|not permitted/i.test(error.message));

async function findEngine(configuration: Configuration | undefined): Promise<Facts['engine']> {
  const chosen = configuration && chosenEngine(cloudOf(configuration));
  if (chosen !== undefined)
    return { kind: chosen.kind, chosen: true, answers: await engineAnswers(chosen.socket) };
  const answers = await engineAnswers(SYSTEM_ENGINE);
  return { kind: answers ? 'system' : 'private', chosen: false, answers };
}

async function findDisk(home: string): Promise<Facts['disk']> {
  let folder = home;
  while (!existsSync(folder)) folder = path.dirname(folder);
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, total: blocks * bsize };
}

const packages = (name: string) =>
  fileURLToPath(new URL(`../../../scripts/${name}.txt`, import.meta.url));
const PACKAGES = packages('debian-packages');
const QEMU_PACKAGES = packages('debian-packages-qemu');

async function findQemu(wanted: boolean, depth: Depth): Promise<Facts['qemu']> {
  const missing = await findMissingPrograms(QEMU_PACKAGES);
  const isLookedFor = wanted && depth === 'full' && missing.length === 0;
  return { wanted, missing, accelerator: isLookedFor ? await findAccelerator() : undefined };
}

async function findMissingPrograms(file: string): Promise<Facts['missingPrograms']> {
  const present = async (proof: string): Promise<boolean> => {
    if (proof.startsWith('/'))
      return proof.includes('*') ? globSync(proof).length > 0 : existsSync(proof);
    const tries = PROGRAM_PATH.split(':').map((folder) =>
      access(path.join(folder, proof), constants.X_OK),
    );
    return Promise.any(tries).then(
      () => true,
      () => false,
    );
  };
  const entries = readText(file)
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([name, proof]) => name !== undefined && proof !== undefined && !name.startsWith('#'));
  const found = await Promise.all(
    entries.map(async ([name, proof]) => ({
      program: path.basename(proof!),
      package: name!,
      there: await present(proof!),
    })),
  );
  return found
    .filter(({ there }) => !there)
    .map(({ program, package: name }) => ({ program, package: name }));
}

async function findVersions(): Promise<Record<string, string | undefined>> {
  const ask = async (program: string, file: () => string = () => program) => {
    try {
      const { output } = await run(file(), ['--version']);
      return [program, /\d+\.\d+(\.\d+)*/.exec(output)?.[0]] as const;
    } catch {
      return [program, undefined] as const;
    }
  };
  return Object.fromEntries(
    await Promise.all([
      ask('ovs-vswitchd'),
      ask('ovn-northd'),
      ask('postgres', () => path.join(postgresqlPrograms(), 'postgres')),
      ask('dockerd'),
    ]),
  );
}

/** Whether PostgreSQL's user exists, and the first folder above the home that it could not pass. */
function findPostgresUser(home: string): Pick<Facts, 'postgresUser' | 'impassableFolder'> {
  try {
    const user = systemUser('postgres');
    for (let folder = path.dirname(home); ; folder = path.dirname(folder)) {
      if (existsSync(folder)) {
        const { mode, uid, gid } = statSync(folder);
        const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
        if ((mode & bit) === 0) return { postgresUser: true, impassableFolder: folder };
      }
      if (folder === path.dirname(folder))
        return { postgresUser: true, impassableFolder: undefined };
    }
  } catch {
    return { postgresUser: false, impassableFolder: undefined };
  }
}

function newestFile(home: string): number | undefined {
  const files = layout(home);
  const times = [files.configuration, files.status, files.seeded]
    .filter((file) => existsSync(file))
    .map((file) => statSync(file).mtimeMs);
  return times.length === 0 ? undefined : Math.max(...times);
}

const meminfo = (text: string, field: string): number =>
  Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
