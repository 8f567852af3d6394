/** What the control plane wants of a server on this host: a `Server` row with its `Interface` rows (ovenbird.md). */
export interface ServerWish {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly projectId: string;
  readonly image: ImageWish;
  /** Replaces the image's command. */
  readonly command: readonly string[] | undefined;
  /** Replaces the image's entrypoint, and with it its command. */
  readonly entrypoint: readonly string[] | undefined;
  /** Of the first process, in the server's own file system. */
  readonly workingDirectory: string | undefined;
  /** The first process has a terminal as its input and output. */
  readonly tty: boolean;
  /** Programs may raise rights (setuid), within the container's capabilities. */
  readonly setuid: boolean;
  /** What happens when the first process ends by itself; `attempts`: so often in a row (0: without end). */
  readonly restart: { readonly when: 'never' | 'failure' | 'always'; readonly attempts: number };
  readonly environment: Readonly<Record<string, string>>;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly diskGb: number;
  readonly pidsLimit: number;
  readonly cpuShares: number | undefined;
  /** Seconds between asking a server to end and killing it. */
  readonly stopTimeout: number;
  readonly power: 'running' | 'paused' | 'suspended' | 'stopped' | 'deleted';
  readonly generation: number;
  /** Counted up when the server is to be made anew from its image. */
  readonly build: number;
  readonly rebootKind: 'soft' | 'hard';
  readonly interfaces: readonly InterfaceWish[];
  /** As Nova was given it. */
  readonly userData: Buffer | undefined;
  readonly authorizedKeys: readonly string[];
  /** The user who is meant where user data names none, and who gets the key pair beside root. */
  readonly administrator: string;
  /** Of root, as `/etc/shadow` has it; undefined: the image's own. */
  readonly passwordHash: string | undefined;
  /** It has a drive with its metadata: `driveFiles`. */
  readonly configDrive: boolean;
  /** The server runs from another image, with its own disk beside, until it is not wished any more. */
  readonly rescue: RescueWish | undefined;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
}

export interface RescueWish {
  /** Of this rescue: the next one has another. */
  readonly id: string;
  readonly image: ImageWish;
  readonly passwordHash: string | undefined;
}

/** A file of a config drive, by its path there. */
export interface DriveFile {
  readonly path: string;
  readonly content: Buffer;
}

export interface ImageWish {
  readonly id: string;
  readonly containerFormat: string;
  readonly diskFormat: string;
  /** Bytes; undefined when the control plane did not say. */
  readonly size: number | undefined;
  /** What the bytes must give. */
  readonly digest: { readonly algorithm: 'sha512' | 'sha256' | 'md5'; readonly value: string };
}

export interface InterfaceWish {
  readonly portId: string;
  readonly networkId: string;
  readonly mac: string;
  readonly mtu: number;
  /** `address/prefix length`; the first of a family is the source address. */
  readonly addresses: readonly string[];
  /** Next hop undefined: on this link. */
  readonly routes: readonly {
    readonly destination: string;
    readonly nextHop: string | undefined;
  }[];
  readonly device: string;
  readonly position: number;
}

/** What the control plane wants of the metadata service of one network on this host. */
export interface MetadataWish {
  readonly networkId: string;
  readonly portId: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly string[];
}

/** What the control plane wants to be copied from one port of this host to another. */
export interface TapWish {
  readonly id: string;
  /** Logical port that gets the copies. */
  readonly tapPort: string;
  readonly sourcePort: string;
  /** `IN`: what the source port receives, `OUT`: what it sends. */
  readonly direction: 'BOTH' | 'IN' | 'OUT';
  /** Only packets with these VLAN ids, 0 for those without any, in order; empty: all. */
  readonly vlans: readonly number[];
}

/** The observed columns of a server. */
export interface ServerReport {
  readonly state:
    | 'preparing'
    | 'running'
    | 'paused'
    | 'suspended'
    | 'stopped'
    | 'error'
    | 'deleted';
  readonly observedGeneration: number;
  readonly exitCode: number | undefined;
  readonly message: string | undefined;
  readonly containerId: string | undefined;
  /** Seconds since 1970. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly plugged: readonly string[];
}
