import type { LiveHost } from '../hosts/rules.ts';
import type { Server } from '../servers/model.ts';

/** What a host answers: `src/host/tasks/diagnostics.ts`. */
export interface HostDiagnostics {
  readonly state: string;
  readonly uptimeSeconds: number;
  readonly cpuNanoseconds: readonly number[];
  readonly memory: { readonly maximumMb: number; readonly usedMb: number };
  readonly disks: readonly {
    readonly readBytes: number;
    readonly readRequests: number;
    readonly writeBytes: number;
    readonly writeRequests: number;
    readonly errors: number;
  }[];
  readonly interfaces: readonly {
    readonly mac: string;
    readonly received: Counters;
    readonly sent: Counters;
  }[];
}

interface Counters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

/** Clients know Nova's drivers only, of which this one is nearest; what runs servers is the hypervisor. */
const DRIVER = 'libvirt';

/** Nova's document since 2.48: the same for every driver. What nobody measures is null. */
export function standardView(server: Server, host: LiveHost, seen: HostDiagnostics): object {
  const { cpuNanoseconds: cpus, disks, interfaces, memory } = seen;
  return {
    state: seen.state,
    driver: DRIVER,
    hypervisor: host.driver,
    hypervisor_os: 'linux',
    uptime: seen.uptimeSeconds,
    config_drive: server.config_drive,
    num_cpus: server.flavor.vcpus,
    num_nics: interfaces.length,
    num_disks: disks.length,
    cpu_details: cpus.map((time, id) => ({ id, time: Math.round(time), utilisation: null })),
    nic_details: interfaces.map(({ mac, received, sent }) => ({
      mac_address: mac,
      rx_octets: received.bytes,
      rx_errors: received.errors,
      rx_drop: received.dropped,
      rx_packets: received.packets,
      rx_rate: null,
      tx_octets: sent.bytes,
      tx_errors: sent.errors,
      tx_drop: sent.dropped,
      tx_packets: sent.packets,
      tx_rate: null,
    })),
    disk_details: disks.map((disk) => ({
      read_bytes: disk.readBytes,
      read_requests: disk.readRequests,
      write_bytes: disk.writeBytes,
      write_requests: disk.writeRequests,
      errors_count: disk.errors,
    })),
    memory_details: { maximum: memory.maximumMb, used: memory.usedMb },
  };
}

/** Nova's flat document until 2.47, with the names that its libvirt driver gives; memory in KiB. */
export function flatView(seen: HostDiagnostics): Record<string, number> {
  const flat: Record<string, number> = {
    memory: seen.memory.maximumMb * 1024,
    'memory-actual': seen.memory.maximumMb * 1024,
    'memory-rss': seen.memory.usedMb * 1024,
  };
  for (const [index, time] of seen.cpuNanoseconds.entries()) {
    flat[`cpu${index}_time`] = Math.round(time);
  }
  for (const [index, disk] of seen.disks.entries()) {
    const name = `vd${String.fromCodePoint(97 + index)}`;
    flat[`${name}_read`] = disk.readBytes;
    flat[`${name}_read_req`] = disk.readRequests;
    flat[`${name}_write`] = disk.writeBytes;
    flat[`${name}_write_req`] = disk.writeRequests;
    flat[`${name}_errors`] = disk.errors;
  }
  for (const [index, { received, sent }] of seen.interfaces.entries()) {
    for (const [way, counters] of Object.entries({ rx: received, tx: sent })) {
      flat[`eth${index}_${way}`] = counters.bytes;
      flat[`eth${index}_${way}_packets`] = counters.packets;
      flat[`eth${index}_${way}_errors`] = counters.errors;
      flat[`eth${index}_${way}_drop`] = counters.dropped;
    }
  }
  return flat;
}
