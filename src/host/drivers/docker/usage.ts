import type { Usage } from '../driver.ts';

/** The engine's statistics of a container, as far as we look. Source: Engine API, ContainerStats. */
export interface ContainerStatistics {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: { readonly usage?: number; readonly limit?: number };
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly Counter[] | null;
    readonly io_serviced_recursive?: readonly Counter[] | null;
  };
}

interface Counter {
  readonly op: string;
  readonly value: number;
}

const sum = (counters: readonly Counter[] | null | undefined, operation: string): number =>
  (counters ?? [])
    .filter(({ op }) => op.toLowerCase() === operation)
    .reduce((total, { value }) => total + value, 0);

/** What a container uses. Its processors are the host's: it has no time of each. */
export function usageOfContainer(statistics: ContainerStatistics): Omit<Usage, 'uptimeSeconds'> {
  const { cpu_stats: cpu, memory_stats: memory, blkio_stats: blocks } = statistics;
  const { io_service_bytes_recursive: bytes, io_serviced_recursive: requests } = blocks ?? {};
  return {
    cpuNanoseconds: [cpu?.cpu_usage?.total_usage ?? 0],
    memory: {
      maximumMb: Math.round((memory?.limit ?? 0) / 2 ** 20),
      usedMb: Math.round((memory?.usage ?? 0) / 2 ** 20),
    },
    disks: [
      {
        readBytes: sum(bytes, 'read'),
        readRequests: sum(requests, 'read'),
        writeBytes: sum(bytes, 'write'),
        writeRequests: sum(requests, 'write'),
        errors: 0,
      },
    ],
  };
}
