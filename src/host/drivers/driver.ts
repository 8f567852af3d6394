import type { Duplex, Readable } from 'node:stream';
import type { ConsoleSize } from '../../core/console-session.ts';
import type { DriveFile, ImageWish, InterfaceWish, ServerWish } from '../wish.ts';

/**
 * What a driver may be able to do beyond making, starting, stopping and removing servers. Told in the `Host` row, where
 * compute looks before it orders anything of the kind: what a host cannot do is refused in the API's own words.
 */
export const CAPABILITIES = {
  pause: 'servers can be frozen and thawed; they keep their memory on the host',
  suspend: 'servers can be put aside, to go on later where they were',
  console: 'what servers print can be read',
  terminal: 'somebody can type into the console of a server',
  display: 'the screen of a server can be seen (VNC)',
  network: 'servers have interfaces',
  attach_interface: 'interfaces can be added to and taken from a server that runs',
  limits: 'vcpus and memory are limited as the flavor says',
  snapshot: 'the disk of a server can become an image',
  diagnostics: 'what a running server uses is measured',
  image_cache: 'images can be brought before a server needs them',
  config_drive: 'a server can have a drive with its metadata',
  rescue: 'a server can run from another image, with its own disk beside',
  password: 'the password of a running server can be set',
  software: 'scripts of software deployments are run in servers',
  restart: 'a server whose process ended can be started again by itself',
  resize: 'a server that is started again can have other vcpus, memory and a larger disk',
} as const;

export type Capability = keyof typeof CAPABILITIES;

export type DriverCapabilities = Readonly<Record<Capability, boolean>>;

/** The table of a driver that can do just these. */
export const capabilitiesOf = (...able: readonly Capability[]): DriverCapabilities =>
  Object.fromEntries(
    Object.keys(CAPABILITIES).map((name) => [name, able.includes(name as Capability)]),
  ) as DriverCapabilities;

/** What a host has, as its driver sees it. */
export interface HostDescription {
  /** Of the engine; `none` when it never answered. */
  readonly version: string;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly diskGb: number;
  readonly freeDiskGb: number;
}

/** One server as it is on the host. */
export interface Instance {
  readonly serverId: string;
  /** The engine's own name for it. */
  readonly containerId: string;
  /** Glance image it was made from, and which making it was. */
  readonly imageId: string;
  readonly build: number;
  /** Which rescue it runs for; undefined: it runs from its own disk. */
  readonly rescue?: string | undefined;
  /**
   * `suspended`: put aside. Without a process its next start goes on where it was; with one it is frozen, and `unpause`
   * lets the same run go on.
   */
  readonly state: 'created' | 'running' | 'paused' | 'suspended' | 'stopped';
  /** When its last run began, exactly as the engine tells it: two runs never have the same. Undefined: never ran. */
  readonly run: string | undefined;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** Of its last run; undefined before the first, while it runs, and where nothing tells it. */
  readonly exitCode: number | undefined;
  /** Its first process, while there is one; the network namespace is that process's. */
  readonly processId: number | undefined;
}

/** Whole seconds from then until now. */
export const secondsSince = (date: Date | undefined): number =>
  date === undefined ? 0 : Math.max(0, Math.floor((Date.now() - date.getTime()) / 1000));

/** Something happened to a server: look again. */
export interface DriverEvent {
  readonly serverId: string;
  readonly kind: 'started' | 'ended' | 'changed' | 'removed';
}

/** Gives the bytes of an image: from the control plane in a cloud, from a file in a test. */
export type ImageSource = (imageId: string, signal: AbortSignal) => Promise<Readable>;

/** A script that a server shall run: Heat's software deployments of the group `script`. */
export interface SoftwareWish {
  /** Of this one time that it is run. */
  readonly run: string;
  readonly script: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Names of the files `$heat_outputs_path.<name>` that are given back. */
  readonly outputs: readonly string[];
}

/** What became of a script. */
export interface SoftwareOutcome {
  /** Undefined: the server ended while it ran. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export interface ConsoleLimits {
  /** Lines from the end; undefined: all. */
  readonly lines: number | undefined;
  /** Most bytes from the end. */
  readonly bytes: number;
}

/** What a running server has used since its start. */
export interface Usage {
  readonly uptimeSeconds: number;
  /** Of each virtual processor; one number where they are not told apart. */
  readonly cpuNanoseconds: readonly number[];
  /** MiB. */
  readonly memory: { readonly maximumMb: number; readonly usedMb: number };
  readonly disks: readonly {
    readonly readBytes: number;
    readonly readRequests: number;
    readonly writeBytes: number;
    readonly writeRequests: number;
    readonly errors: number;
  }[];
}

/** `terminal`: bytes to and from a terminal; `display`: RFB (RFC 6143). */
export type ConsoleKind = 'terminal' | 'display';

/** A console that somebody looks at. */
export interface OpenConsole {
  /** Ends when the console does; destroyed, it ends nothing but itself: see `close`. */
  readonly stream: Duplex;
  /** What is shown first: the end of what went before. */
  readonly before?: Buffer;
  /** Where the other side knows of sizes. */
  resize?(size: ConsoleSize): Promise<void>;
  /** Why the stream ended, as a sentence; asked once it has. */
  ending(): Promise<string>;
  /** Ends it and whatever was started for it. Nothing to do when that has happened. */
  close(): Promise<void>;
}

/**
 * Makes servers real on this host. All methods may be called again with the same arguments after a crash: what is
 * done already is no error. They reject with `HostFault`, whose `definite` says whether trying again has a point.
 * One server is never given to two calls at a time; different servers are.
 */
export interface Driver {
  readonly name: 'docker' | 'qemu' | 'fake';
  /**
   * How interfaces get into a server: `namespace`, a device is moved into the network namespace of its process and
   * configured there; `tap`, the driver opens a tap device, and the guest configures itself; `none`.
   */
  readonly plug: 'namespace' | 'tap' | 'none';
  readonly capabilities: DriverCapabilities;
  describe(): Promise<HostDescription>;
  /** All servers of this cloud and host that exist here, whoever wants them. */
  list(): Promise<readonly string[]>;
  inspect(serverId: string): Promise<Instance | undefined>;
  /** Brings the image here before a server needs it (capability `image_cache`). */
  cacheImage?(image: ImageWish, source: ImageSource, signal: AbortSignal): Promise<void>;
  /** Brings the image here if need be, and makes the server without starting it. */
  create(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<Instance>;
  /** What is on the config drive of a server at its next start (capability `config_drive`); before `create` and `start`. */
  fillDrive?(serverId: string, files: readonly DriveFile[]): Promise<void>;
  /**
   * Has a server that does not run start from `wish.rescue` from now on, its own disk beside (capability `rescue`):
   * `inspect` and all others are then about what stands in for it.
   */
  rescue?(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<void>;
  /** Has it start from its own disk again; what the rescue wrote elsewhere is gone. */
  unrescue?(serverId: string): Promise<void>;
  /** Sets the password of a user in a running server (capability `password`): a hash as `/etc/shadow` has it. */
  setPassword?(serverId: string, user: string, hash: string): Promise<void>;
  /**
   * Runs a script in a running server once, however often this is called with the same `run` (capability `software`), and
   * gives what became of it: also when another agent began it.
   */
  carryOut?(serverId: string, wish: SoftwareWish, signal: AbortSignal): Promise<SoftwareOutcome>;
  /**
   * Starts the server's first process but holds it at a gate: nothing of the image runs before `release`.
   * Gives the new run.
   */
  start(wish: ServerWish): Promise<Instance>;
  /** Opens the gate; does nothing to a server that has passed it. Once for each run that this process knows of. */
  release(instance: Instance): Promise<void>;
  /** Asks the server to end, and kills it after so many seconds (0: at once). Gives what is left. */
  stop(serverId: string, seconds: number): Promise<Instance | undefined>;
  pause(serverId: string): Promise<void>;
  unpause(serverId: string): Promise<void>;
  /** Puts a running or paused server aside (capability `suspend`); `start` and `release` go on with it, as `unpause` if it is frozen. */
  suspend?(serverId: string): Promise<void>;
  /** Removes the server and all it wrote. */
  remove(serverId: string): Promise<void>;
  /** The end of what the server printed, standard output and error as they came. */
  console(serverId: string, limits: ConsoleLimits): Promise<Buffer>;
  /** Opens a console of a running server (capabilities `terminal`, `display`). */
  openConsole?(serverId: string, kind: ConsoleKind, size: ConsoleSize): Promise<OpenConsole>;
  /** Ends what consoles of an earlier process of ours have left running. */
  endConsoles?(): Promise<void>;
  /** What a running server uses (capability `diagnostics`). */
  usage?(instance: Instance): Promise<Usage>;
  /**
   * Copies the server's disk as it is now into a file: a qcow2 disk of a machine, an archive as `docker save` makes it
   * of a container (capability `snapshot`).
   */
  snapshot?(serverId: string, target: string, signal: AbortSignal): Promise<void>;
  /** Only with `plug` = `tap`: gives a running server the interface whose tap device is there; replaces its former one. */
  attachInterface?(serverId: string, wish: InterfaceWish): Promise<void>;
  /** Only with `tap`: takes the interface away; nothing to do when the server does not run or has none. */
  detachInterface?(serverId: string, portId: string): Promise<void>;
  /** Only with `tap`: ports whose interfaces a server has; none when it does not run. */
  interfaces?(serverId: string): Promise<ReadonlySet<string>>;
  /** Only with `tap`: the user (uid and gid) who opens the server's tap devices. */
  ownerOf?(serverId: string): number;
  /**
   * What happens to servers from now on. `connected` is called once nothing that happens later can be missed.
   * Ends with an error when the engine goes away: whatever happened meanwhile must then be looked up.
   */
  events(connected: () => void, signal: AbortSignal): AsyncIterable<DriverEvent>;
  close(): Promise<void>;
}
