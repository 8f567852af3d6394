import { readFile } from 'node:fs/promises';
import type { Usage } from '../driver.ts';
import type { MachineProcess } from './process.ts';
import { TICKS } from './process.ts';
import type { Qmp } from './qmp.ts';

/** One block device of `query-blockstats`, as far as we look. */
interface BlockStatistics {
  readonly qdev?: string;
  readonly stats: {
    readonly rd_bytes: number;
    readonly rd_operations: number;
    readonly wr_bytes: number;
    readonly wr_operations: number;
    readonly failed_rd_operations: number;
    readonly failed_wr_operations: number;
  };
}

/** What a machine uses: processors by their threads, disks by QEMU's own counters. */
export async function usageOfMachine(
  monitor: Qmp,
  { pid }: MachineProcess,
): Promise<Omit<Usage, 'uptimeSeconds'>> {
  const [cpus, blocks, memory, status] = await Promise.all([
    monitor.execute<{ 'thread-id': number }[]>('query-cpus-fast'),
    monitor.execute<BlockStatistics[]>('query-blockstats'),
    monitor.execute<{ 'base-memory': number }>('query-memory-size-summary'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  const threads = await Promise.all(
    cpus.map(({ 'thread-id': thread }) => readFile(`/proc/${pid}/task/${thread}/stat`, 'latin1')),
  );
  return {
    cpuNanoseconds: threads.map(processorTime),
    memory: {
      maximumMb: Math.round(memory['base-memory'] / 2 ** 20),
      usedMb: Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024),
    },
    disks: blocks
      .filter(({ qdev }) => qdev !== undefined && qdev !== '')
      .map(({ stats }) => ({
        readBytes: stats.rd_bytes,
        readRequests: stats.rd_operations,
        writeBytes: stats.wr_bytes,
        writeRequests: stats.wr_operations,
        errors: stats.failed_rd_operations + stats.failed_wr_operations,
      })),
  };
}

/** Time in user and system mode of a `stat` line (proc(5), fields 14 and 15), in nanoseconds. */
function processorTime(line: string): number {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1e9;
}
