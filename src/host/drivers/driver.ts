import type { Readable } from 'node:stream';
import type { ServerWish } from '../wish.ts';

/** What a driver can do beyond keeping servers alive; told in the `Host` row. */
export interface DriverCapabilities {
  /** Servers can be frozen and thawed. */
  readonly pause: boolean;
  /** What servers print can be read. */
  readonly console: boolean;
  /** Servers have network namespaces into which interfaces can be plugged. */
  readonly network: boolean;
  /** vcpus, memory and processes are limited as the flavor says. */
  readonly limits: boolean;
}

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
  /** Glance image it was made from. */
  readonly imageId: string;
  readonly state: 'created' | 'running' | 'paused' | 'stopped';
  /** When its last run began, exactly as the engine tells it: two runs never have the same. Undefined: never ran. */
  readonly run: string | undefined;
  readonly startedAt: Date | undefined;
  readonly finishedAt: Date | undefined;
  /** Of its last run; undefined before the first and while it runs. */
  readonly exitCode: number | undefined;
  /** Its first process, while it runs; the network namespace is that process's. */
  readonly processId: number | undefined;
}

/** Something happened to a server: look again. */
export interface DriverEvent {
  readonly serverId: string;
  readonly kind: 'started' | 'ended' | 'changed' | 'removed';
}

/** Gives the bytes of an image: from the control plane in a cloud, from a file in a test. */
export type ImageSource = (imageId: string, signal: AbortSignal) => Promise<Readable>;

export interface ConsoleLimits {
  /** Lines from the end; undefined: all. */
  readonly lines: number | undefined;
  /** Most bytes from the end. */
  readonly bytes: number;
}

/**
 * Makes servers real on this host. All methods may be called again with the same arguments after a crash: what is
 * done already is no error. They reject with `HostFault`, whose `definite` says whether trying again has a point.
 * One server is never given to two calls at a time; different servers are.
 */
export interface Driver {
  readonly name: 'docker' | 'fake';
  readonly capabilities: DriverCapabilities;
  describe(): Promise<HostDescription>;
  /** All servers of this cloud and host that exist here, whoever wants them. */
  list(): Promise<readonly string[]>;
  inspect(serverId: string): Promise<Instance | undefined>;
  /** Brings the image here if need be, and makes the server without starting it. */
  create(wish: ServerWish, source: ImageSource, signal: AbortSignal): Promise<Instance>;
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
  /** Removes the server and all it wrote. */
  remove(serverId: string): Promise<void>;
  /** The end of what the server printed, standard output and error as they came. */
  console(serverId: string, limits: ConsoleLimits): Promise<Buffer>;
  /**
   * What happens to servers from now on. `connected` is called once nothing that happens later can be missed.
   * Ends with an error when the engine goes away: whatever happened meanwhile must then be looked up.
   */
  events(connected: () => void, signal: AbortSignal): AsyncIterable<DriverEvent>;
  close(): Promise<void>;
}
