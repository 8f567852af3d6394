import { LABELS } from '../../names.ts';
import type { ServerWish } from '../../wish.ts';
import type { Instance } from '../driver.ts';
import type { ReadyImage } from './image.ts';
import type { TarEntry } from './tar.ts';
import { DRIVE, ENTRYPOINT, INSIDE, programOf, RESCUED } from './start.ts';

/** Whose containers these are. */
export interface Owner {
  /** Id of the cloud. */
  readonly cloud: string;
  readonly host: string;
  /** Of the names of its containers, where several hosts share the engine; default none. */
  readonly suffix?: string;
}

/**
 * What root may do inside a server: Docker's own list without making device nodes. Not in it, among others: changing
 * the network (addresses are the cloud's), mounting, loading modules. Source: capabilities(7).
 */
const CAPABILITIES = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'NET_RAW',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** The least memory that the engine accepts as a limit, in MiB. */
const LEAST_MEMORY = 6;

/** What a flavor limits; a member that is missing limits nothing. Bytes, and billionths of a processor. */
export interface Limits {
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly NanoCpus?: number;
  readonly CpuShares?: number;
}

/** Where a container's parts are on this host: folders of ours and of the engine, never what a user named. */
export interface Place {
  readonly folder: string;
  readonly cpus: number;
  /** Folder of its config drive. */
  readonly drive?: string | undefined;
  /** Root file system of the server that is rescued. */
  readonly rescued?: string | undefined;
  /** The host name that user data chooses. */
  readonly hostname?: string | undefined;
  /** The engine can keep a container's disk within the flavor's. */
  readonly limitsDisk?: boolean;
}

/** No swap beyond the flavor's memory. More processors than the machine has are refused by the engine. */
export function limitsOf(
  { memoryMb, vcpus, cpuShares }: Pick<ServerWish, 'memoryMb' | 'vcpus' | 'cpuShares'>,
  cpus: number,
): Limits {
  const memory = Math.max(memoryMb, LEAST_MEMORY) * 2 ** 20;
  return {
    ...(memoryMb > 0 ? { Memory: memory, MemorySwap: memory } : {}),
    ...(vcpus > 0
      ? {
          NanoCpus: Math.min(vcpus, cpus) * 1e9,
          CpuShares: cpuShares ?? Math.min(vcpus * 1024, 262_144),
        }
      : {}),
  };
}

/** Whether a container has other limits than these. */
export const differs = (limits: Limits, has: Limits): boolean =>
  (Object.keys(limits) as (keyof Limits)[]).some((name) => limits[name] !== (has[name] ?? 0));

/** Body of `POST /containers/create` for a server. Source: Engine API, ContainerCreate. */
export function containerOf(
  wish: ServerWish,
  image: ReadyImage,
  owner: Owner,
  place: Place,
): Record<string, unknown> {
  const hostname = place.hostname ?? (wish.hostname || wish.id);
  const [short = hostname] = hostname.split('.');
  const bind = (Source: string, Target: string, ReadOnly: boolean, Propagation = 'rprivate') => ({
    Type: 'bind',
    Source,
    Target,
    ReadOnly,
    BindOptions: { Propagation },
  });
  return {
    Image: image.tag,
    Hostname: hostname.slice(0, 63),
    Entrypoint: [...ENTRYPOINT],
    Cmd: [...programOf(image, wish)],
    Env: Object.entries(wish.environment).map(([name, value]) => `${name}=${value}`),
    Tty: wish.tty,
    OpenStdin: wish.tty,
    ...(wish.workingDirectory === undefined ? {} : { WorkingDir: wish.workingDirectory }),
    StopTimeout: wish.stopTimeout,
    Labels: {
      [LABELS.cloud]: owner.cloud,
      [LABELS.host]: owner.host,
      [LABELS.server]: wish.id,
      [LABELS.project]: wish.projectId,
      [LABELS.name]: wish.name,
      [LABELS.image]: wish.image.id,
      [LABELS.build]: String(wish.build),
      ...(place.rescued === undefined ? {} : { [LABELS.rescue]: wish.rescue?.id ?? '' }),
    },
    HostConfig: {
      NetworkMode: 'none',
      Init: true,
      // Whether a server runs is the control plane's decision, also after the engine or the machine was restarted.
      RestartPolicy: { Name: 'no' },
      ...limitsOf(wish, place.cpus),
      PidsLimit: wish.pidsLimit,
      CapDrop: ['ALL'],
      CapAdd: CAPABILITIES,
      SecurityOpt: wish.setuid ? [] : ['no-new-privileges'],
      Dns: [...wish.dns],
      DnsSearch: [...wish.dnsSearch],
      ExtraHosts: [...new Set([hostname, short])].map((name) => `${name}:127.0.1.1`),
      // The engine switches IPv6 off in namespaces that it gave no IPv6 address; addresses are ours to give.
      Sysctls: {
        'net.ipv6.conf.all.disable_ipv6': '0',
        'net.ipv6.conf.default.disable_ipv6': '0',
      },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
      ...(place.limitsDisk && wish.diskGb > 0 ? { StorageOpt: { size: `${wish.diskGb}G` } } : {}),
      Mounts: [
        bind(place.folder, INSIDE, true),
        ...(place.drive === undefined ? [] : [bind(place.drive, DRIVE, true)]),
        ...(place.rescued === undefined
          ? []
          : [
              // The engine insists on it for a folder of its own.
              bind(place.rescued, RESCUED, false, 'rslave'),
            ]),
      ],
    },
  };
}

/** Files that a server has before it runs for the first time, with the user that its image runs as. */
export function firstFiles(
  wish: Pick<ServerWish, 'authorizedKeys'>,
  user: string,
  hasPlan: boolean,
): TarEntry[] {
  const entries: TarEntry[] = [];
  if (wish.authorizedKeys.length > 0) {
    const lines = wish.authorizedKeys.map((line) => `${line.trimEnd()}\n`).join('');
    entries.push(
      { path: 'root/.ssh/', mode: 0o700 },
      { path: 'root/.ssh/authorized_keys', mode: 0o600, content: Buffer.from(lines) },
    );
  }
  const isRoot = user === '' || /^(root|0)(:|$)/.test(user);
  // Where the start script notes what it has done; images that run as another user could not make it.
  if (hasPlan && !isRoot) entries.push({ path: 'var/lib/ovenbird/', mode: 0o1777 });
  return entries;
}

/** The part of `GET /containers/{id}/json` that is read. */
export interface InspectedContainer {
  readonly Id: string;
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  readonly Config: { readonly Labels: Readonly<Record<string, string>>; readonly Tty?: boolean };
  readonly HostConfig: Limits;
  readonly GraphDriver?: {
    readonly Name: string;
    readonly Data: Readonly<Record<string, string>> | null;
  };
}

/** What the engine says of a container, in the words of the drivers. */
export function instanceOf(container: InspectedContainer): Instance {
  const { State: state, Config: config } = container;
  const ran = !state.StartedAt.startsWith('0001-');
  const name = (
    { running: 'running', paused: 'paused', created: 'created' } as Record<
      string,
      Instance['state']
    >
  )[state.Status];
  const alive = name === 'running' || name === 'paused';
  return {
    serverId: config.Labels[LABELS.server] ?? '',
    containerId: container.Id,
    imageId: config.Labels[LABELS.image] ?? '',
    build: Number(config.Labels[LABELS.build] ?? 0),
    rescue: config.Labels[LABELS.rescue],
    // A container whose start failed is `created` with a run of zero; restarting, removing and dead all mean: ended.
    state: name ?? 'stopped',
    run: ran ? state.StartedAt : undefined,
    startedAt: ran ? new Date(state.StartedAt) : undefined,
    finishedAt:
      alive || state.FinishedAt.startsWith('0001-') ? undefined : new Date(state.FinishedAt),
    exitCode: ran && !alive ? state.ExitCode : undefined,
    processId: alive && state.Pid > 0 ? state.Pid : undefined,
  };
}
