import { STANDARD_CLASSES, STANDARD_TRAITS } from '../../placement/index.ts';

/** What the value of a known extra spec may be. */
export type SpecValue =
  | { readonly kind: 'text' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly minimum?: number; readonly maximum?: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: RegExp };

/** An extra spec that Nova knows: a name, or what the names of a family look like. */
export interface KnownSpec {
  readonly name: string | RegExp;
  readonly value: SpecValue;
}

const text: SpecValue = { kind: 'text' };
const boolean: SpecValue = { kind: 'boolean' };
const integer = (minimum?: number, maximum?: number): SpecValue => ({
  kind: 'integer',
  ...(minimum === undefined ? {} : { minimum }),
  ...(maximum === undefined ? {} : { maximum }),
});
const choice = (...choices: readonly string[]): SpecValue => ({ kind: 'choice', choices });
const pattern = (value: RegExp): SpecValue => ({ kind: 'pattern', pattern: value });

/** Ranges of processors, with those after `^` left out: `0-3,^2`. */
const CPUS = pattern(/^\^?\d+(?:-\d+)?(?:,\^?\d+(?:-\d+)?)*$/);

const HARDWARE: Readonly<Record<string, SpecValue>> = {
  boot_menu: boolean,
  cpu_cores: integer(1),
  cpu_dedicated_mask: CPUS,
  cpu_max_cores: integer(1),
  cpu_max_sockets: integer(1),
  cpu_max_threads: integer(1),
  cpu_policy: choice('dedicated', 'shared', 'mixed'),
  cpu_realtime: boolean,
  cpu_realtime_mask: CPUS,
  cpu_sockets: integer(1),
  cpu_thread_policy: choice('prefer', 'isolate', 'require'),
  cpu_threads: integer(1),
  emulator_threads_policy: choice('isolate', 'share'),
  ephemeral_encryption: boolean,
  ephemeral_encryption_format: choice('plain', 'luks', 'luksv2'),
  hide_hypervisor_id: boolean,
  locked_memory: boolean,
  mem_encryption: boolean,
  mem_encryption_model: choice('amd-sev', 'amd-sev-es', 'amd-sev-snp'),
  mem_page_size: pattern(/^(?:large|small|any|\d+(?:[kKMGT]i?)?(?:b|bit|B)?)$/),
  numa_nodes: integer(1),
  pci_numa_affinity_policy: choice('required', 'preferred', 'legacy', 'socket'),
  pmem: pattern(/^[a-zA-Z0-9_]+(?:,[a-zA-Z0-9_]+)*,?$/),
  pmu: boolean,
  redirected_usb_ports: integer(0, 15),
  serial_port_count: integer(0),
  sound_model: choice('sb16', 'es1370', 'pcspk', 'ac97', 'ich6', 'ich9', 'usb', 'virtio'),
  tpm_model: choice('tpm-tis', 'tpm-crb'),
  tpm_secret_security: choice('user', 'host', 'deployment'),
  tpm_version: choice('1.2', '2.0'),
  usb_model: choice('none', 'nec-xhci', 'qemu-xhci'),
  vif_multiqueue_enabled: boolean,
  viommu_model: choice('intel', 'smmuv3', 'virtio'),
  virtio_packed_ring: boolean,
  watchdog_action: choice('none', 'pause', 'poweroff', 'reset', 'disabled'),
};

/** Nova's limits of a resource, each under four names. */
const QUOTAS: Readonly<Record<string, SpecValue>> = {
  ...Object.fromEntries(
    ['cpu', 'memory', 'disk_io', 'vif'].flatMap((resource) => [
      [`${resource}_limit`, integer(0)],
      [`${resource}_reservation`, integer()],
      [`${resource}_shares_level`, choice('custom', 'high', 'normal', 'low')],
      [`${resource}_shares_share`, integer(0)],
    ]),
  ),
  cpu_shares: integer(0),
  cpu_period: integer(0),
  cpu_quota: integer(),
  ...Object.fromEntries(
    ['read', 'write', 'total'].flatMap((way) =>
      ['bytes', 'iops'].map((unit) => [`disk_${way}_${unit}_sec`, integer(0)]),
    ),
  ),
  ...Object.fromEntries(
    ['inbound', 'outbound'].flatMap((way) =>
      ['average', 'peak', 'burst'].map((what) => [`vif_${way}_${what}`, integer(0)]),
    ),
  ),
};

/** What the scheduler knows of a host. */
const CAPABILITIES = [
  'id', 'uuid', 'service_id', 'host', 'vcpus', 'memory_mb', 'local_gb', 'vcpus_used', 'memory_mb_used', 'local_gb_used',
  'hypervisor_type', 'hypervisor_version', 'hypervisor_hostname', 'free_ram_mb', 'free_disk_gb', 'current_workload',
  'running_vms', 'disk_available_least', 'host_ip', 'mapped', 'cpu_allocation_ratio', 'ram_allocation_ratio',
  'disk_allocation_ratio', 'total_usable_ram_mb', 'total_usable_disk_gb', 'disk_mb_used', 'free_disk_mb', 'vcpus_total',
  'num_instances', 'num_io_ops', 'failed_builds', 'aggregates', 'cell_uuid', 'updated',
]; // prettier-ignore
/** Those with parts, which follow after colons. */
const NESTED_CAPABILITIES = [
  'cpu_info', 'metrics', 'stats', 'numa_topology', 'supported_hv_specs', 'pci_device_pools', 'nodename', 'pci_stats',
  'supported_instances', 'limits', 'instances',
]; // prettier-ignore

const within = (namespace: string, specs: Readonly<Record<string, SpecValue>>): KnownSpec[] =>
  Object.entries(specs).map(([name, value]) => ({ name: `${namespace}:${name}`, value }));

const wanted = choice('required', 'forbidden');

/** Source: Nova's reference "extra specs". */
export const KNOWN_SPECS: readonly KnownSpec[] = [
  ...within('hw', HARDWARE),
  { name: /^hw:numa_cpus\.\d+$/, value: CPUS },
  { name: /^hw:numa_mem\.\d+$/, value: integer(1) },
  ...within('hw_rng', {
    allowed: boolean,
    rate_bytes: integer(0),
    rate_period: integer(0),
  }),
  ...within('hw_video', { ram_max_mb: integer(0) }),
  ...within('os', { secure_boot: choice('disabled', 'required') }),
  ...within('quota', QUOTAS),
  ...within('accel', { device_profile: text }),
  ...within('vmware', { hw_version: text, storage_policy: text }),
  ...within('pci_passthrough', { alias: pattern(/^[^:]+:\d+(?:\s*,\s*[^:,]+:\d+)*$/) }),
  ...within('capabilities', Object.fromEntries(CAPABILITIES.map((name) => [name, text]))),
  {
    name: new RegExp(`^capabilities:(?:${NESTED_CAPABILITIES.join('|')})(?::\\w+)*$`),
    value: text,
  },
  { name: /^aggregate_instance_extra_specs:.+$/, value: text },
  {
    name: new RegExp(
      `^resources(?:[a-zA-Z0-9_-]{1,64})?:(?:${STANDARD_CLASSES.join('|')}|CUSTOM_[A-Z0-9_]+)$`,
    ),
    value: integer(),
  },
  {
    name: new RegExp(
      `^trait(?:[a-zA-Z0-9_-]{1,64})?:(?:${STANDARD_TRAITS.join('|')}|CUSTOM_[A-Z0-9_]+)$`,
    ),
    value: wanted,
  },
];

/** Namespaces in which nothing else is an extra spec. In others, and without one, everything is. */
export const KNOWN_NAMESPACES =
  /^(?:accel|aggregate_instance_extra_specs|capabilities|hw|hw_rng|hw_video|os|pci_passthrough|powervm|quota|vmware|(?:resources|trait)(?:[a-zA-Z0-9_-]{1,64})?)$/;
