import type { Database, Transaction } from '../../database/database.ts';
import type { Projector } from '../../ovn/desired.ts';
import type { Caller } from '../identity/caller.ts';
import type { Service } from '../operation.ts';
import type { ChassisBandwidths, ResourceRequest } from './resource_requests/contract.ts';

/** A network as other services need it. */
export interface NetworkSummary {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly mtu: number;
  readonly shared: boolean;
  readonly external: boolean;
  readonly portSecurityEnabled: boolean;
  readonly subnetIds: readonly string[];
}

/** An address of a port, with the length of its subnet's prefix. */
export interface PortAddress {
  readonly subnetId: string;
  readonly ipAddress: string;
  readonly ipVersion: 4 | 6;
  readonly prefixLength: number;
}

/** A port as other services need it. */
export interface PortSummary {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly networkId: string;
  readonly networkName: string;
  readonly macAddress: string;
  /** ACTIVE when OVN has bound the port on a host and its flows are there. */
  readonly status: 'ACTIVE' | 'DOWN';
  readonly adminStateUp: boolean;
  readonly deviceId: string;
  readonly deviceOwner: string;
  /** `binding:host_id`; empty when not bound. */
  readonly host: string;
  readonly addresses: readonly PortAddress[];
  readonly securityGroupIds: readonly string[];
}

/** What a server's document shows of a port. */
export interface ShownPort {
  readonly id: string;
  readonly deviceId: string;
  readonly networkName: string;
  readonly macAddress: string;
  readonly addresses: readonly Pick<PortAddress, 'ipAddress' | 'ipVersion'>[];
}

/** A route a host must set beside its default route. */
export interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

/** One subnet of a port, as an interface is configured with it. */
export interface PortSubnet {
  readonly id: string;
  readonly cidr: string;
  readonly ipVersion: 4 | 6;
  readonly gatewayIp: string | undefined;
  readonly dhcpEnabled: boolean;
  readonly dnsNameservers: readonly string[];
  /** The subnet's own and, with a metadata port, the one to 169.254.169.254. */
  readonly hostRoutes: readonly HostRoute[];
}

/** Everything a host needs to make an interface of a port. */
export interface PortDescription extends PortSummary {
  /** Bytes: the network's, which leaves room for the tunnel header. */
  readonly mtu: number;
  /** Of the first IPv4 subnet that has one. */
  readonly gatewayIp: string | undefined;
  readonly dnsNameservers: readonly string[];
  /** In order of the port's addresses, each subnet once. */
  readonly subnets: readonly PortSubnet[];
  /** Address of the network's metadata port in the first IPv4 subnet, next hop to 169.254.169.254. */
  readonly metadataAddress: string | undefined;
}

/** The local port through which a network's servers reach metadata: one on every host, with the same address. */
export interface MetadataPort {
  readonly portId: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly mtu: number;
  readonly addresses: readonly PortAddress[];
}

/** A tap flow as the host of its tap service's port needs it. */
export interface TapFlowDescription {
  readonly id: string;
  /** Where the tap port is: it is bound. */
  readonly host: string;
  /** The port that gets the copies. */
  readonly tapPortId: string;
  /** The port whose packets are copied; of a subport its trunk's parent, with the subport's VLAN. */
  readonly sourcePortId: string;
  /** `IN`: what the source port receives, `OUT`: what it sends. */
  readonly direction: 'BOTH' | 'IN' | 'OUT';
  /** Only packets with these VLAN ids, 0 for those without any; empty: all. */
  readonly vlans: readonly number[];
}

/** A floating IP that is associated with a port. */
export interface AssociatedFloatingIp {
  readonly id: string;
  readonly portId: string;
  readonly fixedIpAddress: string;
  readonly floatingIpAddress: string;
}

export interface SecurityGroupSummary {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly description: string;
}

/** What a port of a server should be. */
export interface NewPort {
  readonly networkId: string;
  /** Chosen by the caller so that it can be written elsewhere first; default a new one. */
  readonly id?: string;
  readonly name?: string;
  /** Owner of the port; default the caller's project. */
  readonly projectId?: string;
  /** Default: one address from an IPv4 and one from an IPv6 subnet of the network, where there are such. */
  readonly fixedIps?: readonly { readonly subnetId?: string; readonly ipAddress?: string }[];
  /** Ids or names (of the project's groups); default the project's `default` group. */
  readonly securityGroups?: readonly string[];
  readonly macAddress?: string;
  readonly deviceId: string;
  /** `compute:nova`. */
  readonly deviceOwner: string;
  /** `binding:host_id`, when the host is already chosen. */
  readonly host?: string;
  readonly dnsName?: string;
}

/** Where a port is used. */
export interface PortBinding {
  readonly host: string;
  readonly deviceId: string;
  readonly deviceOwner: string;
  /** Request group → provider, when something was taken for the port; absent: as it was. */
  readonly allocation?: Readonly<Record<string, string>>;
  /** Name that a port without one gets; a port with another one is refused (PortNotUsableDNS). Absent: as it was. */
  readonly dnsName?: string;
}

/**
 * Changes to networks inside a transaction of the caller's. It remembers whose Northbound rows are touched;
 * after the commit call `settled` (waits) or `mark` (does not). Make a new one for each attempt of `transact`.
 */
export interface NetworkChange {
  /**
   * Creates a port with its addresses. Fails with NetworkNotFound, SubnetNotFound, IpAddressInUse,
   * InvalidIpForSubnet, IpAddressGenerationFailure, SecurityGroupNotFound, OverQuota, MacAddressInUse.
   */
  createPort(caller: Caller, port: NewPort): Promise<PortSummary>;
  /** The same for many ports, in as many statements as for one; all or none. Gives their ids, in the same order. */
  createPorts(caller: Caller, ports: readonly NewPort[]): Promise<string[]>;
  /**
   * Takes a port that exists for a server: the caller must own it (PortNotFound) and nothing else may use it
   * (PortInUse; the same device again is no error, so it also moves a port to another host).
   */
  bindPort(caller: Caller | undefined, portId: string, binding: PortBinding): Promise<PortSummary>;
  /** Gives a port back: no device, no host, no DNS name, nothing taken for it in placement. A port that is gone is no error. */
  unbindPort(portId: string): Promise<void>;
  /**
   * Deletes a port with its addresses, gives back what was taken for it and dissociates its floating IPs. A port that is gone is no error; one that a
   * trunk needs is given back instead.
   */
  deletePort(portId: string): Promise<void>;
  /** Adds a security group (id or name) to all ports of a server. */
  addSecurityGroup(caller: Caller, deviceId: string, group: string): Promise<void>;
  /** Removes it from all ports of a server; SecurityGroupNotFound when none has it. */
  removeSecurityGroup(caller: Caller, deviceId: string, group: string): Promise<void>;
  /** Whose rows are touched so far, such as `port:<uuid>`. */
  readonly owners: ReadonlySet<string>;
  /** After the commit: have the rows written soon. */
  mark(): void;
  /** After the commit: resolves true when the rows are in Northbound, false when that takes longer (they will be). */
  settled(timeoutMilliseconds?: number): Promise<boolean>;
}

/** Given which objects changed: `port:<uuid>`, `subnet:<uuid>`, `network:<uuid>` and others. */
export type NetworkChangeListener = (owners: readonly string[]) => void;

/** Given the ids of tap flows that came, changed, went, or whose port got another host. */
export type TapFlowListener = (ids: readonly string[]) => void;

export type PortStatusListener = (portId: string, status: 'ACTIVE' | 'DOWN') => void;

/** The network service, with what compute may ask of it. Reads take a database or a transaction. */
export interface NetworkService extends Service {
  readonly projector: Projector;
  /** Begins changes inside the transaction. */
  change(transaction: Transaction): NetworkChange;
  /** Networks by id that the caller may use, in the order asked; fails with NetworkNotFound naming the missing one. */
  findNetworks(
    database: Database,
    caller: Caller,
    ids: readonly string[],
  ): Promise<NetworkSummary[]>;
  /** Networks a server gets when its request names none: the project's own and shared ones, external ones not. */
  availableNetworks(database: Database, caller: Caller): Promise<NetworkSummary[]>;
  /** Ports by id that the caller may use, in the order asked; fails with PortNotFound naming the missing one. */
  findPorts(database: Database, caller: Caller, ids: readonly string[]): Promise<PortSummary[]>;
  /**
   * What servers with these ports need of their host, for those that need something. They and the policies that say so
   * stay as they are until the transaction ends.
   */
  resourceRequests(
    transaction: Transaction,
    portIds: readonly string[],
  ): Promise<Map<string, ResourceRequest>>;
  /** Which providers serve these ports (`allocation` in `binding:profile`), for those for which something was taken. */
  portAllocations(
    transaction: Transaction,
    portIds: readonly string[],
  ): Promise<Map<string, Readonly<Record<string, string>>>>;
  /** Which of these networks promise all their ports a minimum bandwidth that hosts must have. */
  networksWithMinimum(transaction: Transaction, networkIds: readonly string[]): Promise<string[]>;
  /** What every chassis tells of the bandwidth of its physical networks; undefined as long as that is not known. */
  bandwidths(): readonly ChassisBandwidths[] | undefined;
  /** Told when it may have changed; gives the way to stop. */
  onBandwidths(listener: () => void): () => void;
  /** The caller's security groups by id or name; fails with SecurityGroupNotFound. */
  findSecurityGroups(
    database: Database,
    caller: Caller,
    namesOrIds: readonly string[],
  ): Promise<SecurityGroupSummary[]>;
  /** All ports of these servers, oldest first. */
  portsOfDevices(database: Database, deviceIds: readonly string[]): Promise<PortSummary[]>;
  /** The same, and of each only what documents of servers show: for lists of many. */
  shownPortsOfDevices(database: Database, deviceIds: readonly string[]): Promise<ShownPort[]>;
  /** What a host needs; ports that are gone are left out. */
  describePorts(database: Database, portIds: readonly string[]): Promise<PortDescription[]>;
  /** The metadata ports of these networks; a network without DHCP subnet has none. */
  metadataPorts(database: Database, networkIds: readonly string[]): Promise<MetadataPort[]>;
  /** Tap flows (those of these ids that are there) whose tap service's port is on a host. */
  tapFlows(database: Database, ids: readonly string[] | 'all'): Promise<TapFlowDescription[]>;
  /** Keeps the status of all tap flows: as hosts saw them, DOWN where none has. */
  tapFlowsSeen(database: Database, seen: ReadonlyMap<string, 'ACTIVE' | 'ERROR'>): Promise<void>;
  /** Told after commits, also those of `change`, and after ports were bound; gives the way to stop. */
  onTapFlows(listener: TapFlowListener): () => void;
  /** The port that has this address in this network: who asks for metadata. */
  portAtAddress(
    database: Database,
    networkId: string,
    ipAddress: string,
  ): Promise<PortSummary | undefined>;
  floatingIpsOfPorts(
    database: Database,
    portIds: readonly string[],
  ): Promise<AssociatedFloatingIp[]>;
  /** Port id → its groups. */
  securityGroupsOfPorts(
    database: Database,
    portIds: readonly string[],
  ): Promise<Map<string, SecurityGroupSummary[]>>;
  /** Told after the port's status is written, also for changes that happened while this process was down; gives the way to stop. */
  onPortStatus(listener: PortStatusListener): () => void;
  /** Told after each commit of the API's own changes (not of `change`), in this process; gives the way to stop. */
  onChange(listener: NetworkChangeListener): () => void;
  /** Ports with an address in one of these subnets. */
  portsOfSubnets(database: Database, subnetIds: readonly string[]): Promise<string[]>;
}
