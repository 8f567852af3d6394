import { createHash } from 'node:crypto';
import type { Ovenbird } from '../../../ovn/index.ts';
import type { ProviderOffer } from '../../placement/index.ts';
import { computeOptions, type ComputeOptions } from '../options.ts';

export type LiveHost = Ovenbird['Host'];

/** The zone of all hosts, under Nova's default name. */
export const DEFAULT_ZONE = 'nova';

/** A host that has not shown itself for so many seconds is down (`src/host/ovenbird.md`). */
export const DOWN_AFTER = 60;

/** A UUID made from names (RFC 9562 §5.5), so that a host keeps its id when our tables are made anew. */
export function nameUuid(...names: readonly string[]): string {
  const bytes = createHash('sha1').update(names.join('\0')).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Whether the host's agent has been heard lately. `now` in milliseconds. */
export const isAlive = (host: LiveHost | undefined, now = Date.now()): boolean =>
  host !== undefined && now / 1000 - host.heartbeat < DOWN_AFTER;

const ARCHITECTURE_TRAITS: Readonly<Record<string, string>> = {
  x86_64: 'HW_ARCH_X86_64',
  aarch64: 'HW_ARCH_AARCH64',
};

/** Nova's traits of what a host's driver can do, and of the images it runs. */
function driverTraits({ driver, capabilities }: LiveHost): string[] {
  return [
    ...(driver === 'qemu' ? ['COMPUTE_IMAGE_TYPE_QCOW2'] : []),
    'COMPUTE_IMAGE_TYPE_RAW',
    ...(capabilities['attach_interface'] ? ['COMPUTE_NET_ATTACH_INTERFACE'] : []),
    ...(driver === 'qemu' ? ['COMPUTE_NET_VIF_MODEL_VIRTIO'] : []),
  ];
}

/** What placement is told that a host offers. */
export function offerOf(
  id: string,
  host: LiveHost,
  disabled: boolean,
  options: ComputeOptions = computeOptions({}),
): ProviderOffer {
  const inventory = (
    total: number,
    reserved: number,
    allocation_ratio: number,
    mostForOne = total,
  ) => ({
    total,
    reserved: Math.min(reserved, total),
    min_unit: 1,
    max_unit: Math.max(mostForOne, 1),
    step_size: 1,
    allocation_ratio,
  });
  const architecture = ARCHITECTURE_TRAITS[host.architecture];
  return {
    id,
    name: host.name,
    inventories: {
      VCPU: inventory(
        host.vcpus,
        options.reserved_host_cpus,
        options.cpu_allocation_ratio,
        // Of a machine that is several hosts one server can have all processors.
        host.usage['machine_vcpus'] ?? host.vcpus,
      ),
      MEMORY_MB: inventory(
        host.memory_mb,
        options.reserved_host_memory_mb,
        options.ram_allocation_ratio,
      ),
      DISK_GB: inventory(
        host.disk_gb,
        Math.ceil(options.reserved_host_disk_mb / 1024),
        options.disk_allocation_ratio,
      ),
    },
    traits: [
      'COMPUTE_NODE',
      ...driverTraits(host),
      ...(architecture ? [architecture] : []),
      ...(disabled ? ['COMPUTE_STATUS_DISABLED'] : []),
    ],
  };
}

/** `28.2.2` → 28002002, as Nova counts versions. */
export function versionNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version
    .split(/[.+-]/)
    .slice(0, 3)
    .map((part) => Number.parseInt(part, 10) || 0);
  return major * 1_000_000 + minor * 1000 + patch;
}

/** How long the host's machine has run, in the words of the command `uptime`; undefined before it has told. */
export function uptimeOf(host: LiveHost, now: Date): string | undefined {
  const booted = host.usage['booted_at'];
  if (booted === undefined) return undefined;
  const minutes = Math.max(0, Math.floor((now.getTime() / 1000 - booted) / 60));
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  const clock = `${String(hours).padStart(2)}:${String(minutes % 60).padStart(2, '0')}`;
  const rest = hours > 0 ? clock : `${minutes % 60} min`;
  const loads = ['load_1', 'load_5', 'load_15'].map((name) =>
    ((host.usage[name] ?? 0) / 100).toFixed(2),
  );
  return ` ${now.toISOString().slice(11, 19)} up ${days > 0 ? `${days} day${days === 1 ? '' : 's'}, ` : ''}${rest},  0 users,  load average: ${loads.join(', ')}`;
}
