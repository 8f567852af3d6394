/**
 * The documents of the OpenStack APIs, as far as the dashboard reads them. Members that a service may leave out
 * for a role or a microversion are optional. https://docs.openstack.org/api-ref/
 */

/** `token` in the reply of POST /v3/auth/tokens. */
export interface Token {
  readonly expires_at: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly project?: { readonly id: string; readonly name: string };
  readonly roles?: readonly { readonly name: string }[];
}

export interface Project {
  readonly id: string;
  readonly name: string;
}

export interface ServerAddress {
  readonly addr: string;
  readonly version: 4 | 6;
  readonly 'OS-EXT-IPS:type'?: 'fixed' | 'floating';
  readonly 'OS-EXT-IPS-MAC:mac_addr'?: string;
}

/** Why a server is in ERROR; `details` is for administrators. */
export interface ServerFault {
  readonly code: number;
  readonly message: string;
  readonly created: string;
  readonly details?: string;
}

export interface Server {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly created: string;
  readonly updated: string;
  readonly addresses: Readonly<Record<string, readonly ServerAddress[]>>;
  /** Only an id before microversion 2.47, the flavor itself from then on. */
  readonly flavor: {
    readonly id?: string;
    readonly original_name?: string;
    readonly vcpus?: number;
    readonly ram?: number;
    readonly disk?: number;
  };
  /** An empty text for a server without an image. */
  readonly image: { readonly id: string } | '' | null;
  readonly fault?: ServerFault;
  readonly key_name?: string | null;
  readonly description?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly security_groups?: readonly { readonly name: string }[];
  readonly 'OS-EXT-STS:task_state'?: string | null;
  readonly 'OS-EXT-AZ:availability_zone'?: string;
  readonly 'OS-EXT-SRV-ATTR:host'?: string | null;
  readonly 'OS-SRV-USG:launched_at'?: string | null;
}

export interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  /** MiB */
  readonly ram: number;
  /** GiB */
  readonly disk: number;
}

export interface Network {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly status: string;
  readonly shared: boolean;
  readonly admin_state_up: boolean;
  readonly 'router:external'?: boolean;
  readonly mtu?: number;
  readonly subnets: readonly string[];
  readonly 'provider:network_type'?: string;
  readonly 'provider:segmentation_id'?: number | null;
}

export interface Subnet {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly cidr: string;
  readonly ip_version: 4 | 6;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
}

export interface FixedAddress {
  readonly subnet_id: string;
  readonly ip_address: string;
}

export interface Port {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly project_id: string;
  readonly device_id: string;
  readonly device_owner: string;
  readonly mac_address: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly fixed_ips: readonly FixedAddress[];
  readonly security_groups: readonly string[];
  readonly port_security_enabled?: boolean;
}

export interface Router {
  readonly id: string;
  readonly name: string;
  readonly project_id: string;
  readonly status: string;
  readonly admin_state_up: boolean;
  readonly external_gateway_info: {
    readonly network_id: string;
    readonly enable_snat?: boolean;
    readonly external_fixed_ips?: readonly FixedAddress[];
  } | null;
}

export interface FloatingIp {
  readonly id: string;
  readonly project_id: string;
  readonly status: string;
  readonly description?: string;
  readonly floating_ip_address: string;
  readonly floating_network_id: string;
  readonly fixed_ip_address: string | null;
  readonly port_id: string | null;
  readonly router_id: string | null;
}

export interface SecurityGroupRule {
  readonly id: string;
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  /** A name, a number as text, or null for every protocol. */
  readonly protocol: string | number | null;
  /** For ICMP the type. */
  readonly port_range_min: number | null;
  /** For ICMP the code. */
  readonly port_range_max: number | null;
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly remote_address_group_id?: string | null;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly project_id: string;
  readonly security_group_rules: readonly SecurityGroupRule[];
}

export interface Image {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly visibility: string;
  readonly owner: string | null;
  readonly container_format: string | null;
  readonly disk_format: string | null;
  /** Bytes; null until the data is there. */
  readonly size: number | null;
  /** GiB */
  readonly min_disk: number;
  /** MiB */
  readonly min_ram: number;
  readonly created_at: string;
}

/** Amounts are shown up to microversion 2.87. */
export interface Hypervisor {
  readonly id: string | number;
  readonly hypervisor_hostname: string;
  readonly hypervisor_type: string;
  readonly host_ip: string;
  readonly state: string;
  readonly status: string;
  readonly vcpus?: number;
  readonly vcpus_used?: number;
  /** MiB */
  readonly memory_mb?: number;
  readonly memory_mb_used?: number;
  /** GiB */
  readonly local_gb?: number;
  readonly local_gb_used?: number;
  readonly running_vms?: number;
}

/** Everything the page is made of. */
export interface Collections {
  readonly servers: readonly Server[];
  readonly flavors: readonly Flavor[];
  readonly networks: readonly Network[];
  readonly subnets: readonly Subnet[];
  readonly ports: readonly Port[];
  readonly routers: readonly Router[];
  readonly floatingIps: readonly FloatingIp[];
  readonly securityGroups: readonly SecurityGroup[];
  readonly images: readonly Image[];
  readonly hypervisors: readonly Hypervisor[];
  readonly projects: readonly Project[];
}
export type CollectionName = keyof Collections;
