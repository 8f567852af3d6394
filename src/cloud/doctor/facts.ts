import type { Configuration } from '../../core/configuration.ts';
import type { MachineNetwork } from '../network/machine.ts';

/** What was found on the machine: everything that the checks judge, and nothing that they would have to ask for. */
export interface Facts {
  readonly home: string;
  /** Of the cloud in that home; undefined before its first start. */
  readonly configuration: Configuration | undefined;
  /** What the first start would use where there is no cloud yet. */
  readonly listen: { readonly address: string; readonly port: number };
  readonly driver: Configuration['driver'];
  readonly userId: number;
  /** Effective capabilities by name, without `cap_`. */
  readonly capabilities: readonly string[];
  /** `uname -r`. */
  readonly kernel: string;
  /** `uname -m` as Node names it: x64, arm64. */
  readonly architecture: string;
  readonly nodeVersion: string;
  /** Kernel features that are loaded or can be: `openvswitch`, `geneve`. */
  readonly modules: Readonly<Record<'openvswitch' | 'geneve', 'loaded' | 'available' | 'absent'>>;
  readonly tunDevice: boolean;
  /** Controllers by cgroup version. */
  readonly cgroups: {
    readonly version: 1 | 2 | undefined;
    readonly controllers: readonly string[];
  };
  /** AppArmor profile of this process; `unconfined` or undefined when there is none. */
  readonly appArmorProfile: string | undefined;
  /** Whether a process here may mount at all, tried in a mount namespace of its own. */
  readonly mountAllowed: boolean;
  readonly mountEntries: number;
  /** Mount entries at or below /run/netns, and whether the mount it lives on is shared with other namespaces. */
  readonly namespaceMounts: { readonly entries: number; readonly shared: boolean };
  /** Who listens on the API's address: undefined for nobody, `ours` for this cloud's own control plane. */
  readonly listener:
    | 'ours'
    | { readonly pid: number | undefined; readonly command: string }
    | undefined;
  /** Programs that are needed and not there, with the Debian package that brings each. */
  readonly missingPrograms: readonly { readonly program: string; readonly package: string }[];
  /** What virtual machines need: whether they are wanted, what is missing, and what runs them. */
  readonly qemu: {
    readonly wanted: boolean;
    readonly missing: Facts['missingPrograms'];
    /** Undefined where it was not looked for. */
    readonly accelerator: { readonly name: 'kvm' | 'tcg'; readonly why?: string } | undefined;
  };
  /** Version texts by program: `ovs-vswitchd`, `ovn-northd`, `postgres`, `dockerd`. */
  readonly versions: Readonly<Record<string, string | undefined>>;
  /** The engine this cloud uses or would use. */
  readonly engine: {
    readonly kind: 'system' | 'private';
    readonly chosen: boolean;
    readonly answers: boolean;
  };
  /** Whether the user `postgres` exists and can pass through every folder above the home. */
  readonly postgresUser: boolean;
  readonly impassableFolder: string | undefined;
  /** Namespaces of clouds that are not there any more. */
  readonly strayNamespaces: readonly string[];
  /** Interfaces of clouds that are not there any more. */
  readonly strayInterfaces: readonly string[];
  /** nft tables of clouds that are not there any more. */
  readonly strayTables: readonly string[];
  /** Patch ports of another OpenStack in the machine's own Open vSwitch, such as `phy-br-ex`. */
  readonly stalePatchPorts: readonly string[];
  /** Bridges of the machine's own Open vSwitch. */
  readonly systemBridges: readonly string[];
  readonly networks: readonly MachineNetwork[];
  /** Another cloud's home under this cloud's name. */
  readonly nameOwner: string | undefined;
  /** Bytes free and in all on the home's disk. */
  readonly disk: { readonly free: number; readonly total: number };
  /** Bytes. */
  readonly memory: { readonly available: number; readonly total: number };
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Newest modification time among the cloud's own files, in milliseconds since 1970. */
  readonly newestFile: number | undefined;
}
