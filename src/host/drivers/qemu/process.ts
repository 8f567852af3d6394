import { readFileSync } from 'node:fs';

/** QEMU of one server, told apart from any later process of the same number. */
export interface MachineProcess {
  readonly pid: number;
  /** Start of this very process: its number, its start in clock ticks since boot, the boot. Two never have the same. */
  readonly run: string;
  readonly startedAt: Date;
}

/** Clock ticks a second that /proc tells times in: `USER_HZ`, 100 on every architecture that Node runs on. */
export const TICKS = 100;

/** What QEMU is called by; its arguments tell whose it is. */
export const machineName = (serverId: string): string => `guest=nova-${serverId}`;

/** The process under this number, if it is QEMU of this server and lives. Zombies do not live. */
export function machineProcess(pid: number, serverId: string): MachineProcess | undefined {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (!words.includes(machineName(serverId))) return undefined;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    const ticks = Number(fields[19]);
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const bootTime = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    return {
      pid,
      run: `${pid}-${ticks}-${boot.slice(0, 8)}`,
      startedAt: new Date((bootTime + ticks / TICKS) * 1000),
    };
  } catch {
    return undefined; // no such process
  }
}
