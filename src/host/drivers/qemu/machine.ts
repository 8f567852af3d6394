import { QEMU, type Accelerator } from './accelerator.ts';
import { machineName } from './process.ts';

/** Files in the folder of a server's machine. QEMU runs in that folder, so that it needs no longer names. */
export const FILES = {
  /** What the server was made from. Written last when it is made: without it there is no server. */
  notes: 'machine.json',
  /** Of the last run that was seen. */
  run: 'run.json',
  disk: 'disk.qcow2',
  /** The disk that it boots from while it is rescued. */
  rescue: 'rescue.qcow2',
  /** Its config drive. */
  drive: 'config.iso',
  pid: 'qemu.pid',
  /** What QEMU itself said when it was started. */
  log: 'qemu.log',
  console: 'console.log',
  monitor: 'monitor.sock',
  serial: 'serial.sock',
  display: 'display.sock',
  /** There while the disk holds the memory of a suspended server. */
  suspended: 'suspended',
} as const;

/** Node of the root disk in QEMU's graph of block devices. */
export const ROOT = 'root';

/** What a machine is made of. */
export interface MachinePlan {
  readonly serverId: string;
  readonly vcpus: number;
  readonly memoryMb: number;
  readonly accelerator: Accelerator;
  /** User and group that QEMU becomes. */
  readonly user: number;
  /** It boots from the rescue's disk; its own is the second one. */
  readonly isRescued: boolean;
  readonly hasDrive: boolean;
}

/** Slot of the first network interface on the PCI bus; those before are the machine's own devices. */
const FIRST_SLOT = 8;
const SLOTS = 32;

/** Slot of an interface by its position, the same at every start; undefined: any. */
export const interfaceSlot = (position: number): string | undefined =>
  FIRST_SLOT + position < SLOTS ? `0x${(FIRST_SLOT + position).toString(16)}` : undefined;

/**
 * A user of its own for each server, so that a guest that breaks out of QEMU is nobody on the host, not even the
 * neighbour: 28 bits of the id in a range that systemd's table of user ids leaves free.
 */
export const userOf = (serverId: string): number =>
  0x7000_0000 + (Number.parseInt(serverId.replaceAll('-', '').slice(-7), 16) & 0x0fff_ffff);

/**
 * The command that runs a machine: stopped at its first instruction, without network interfaces (they are plugged in
 * by its monitor, when their devices are there), its console in a file and at a socket. Nothing in it comes from a user.
 * Source: qemu-system-x86_64(1).
 */
export function machineCommand(plan: MachinePlan): string[] {
  const { serverId, vcpus, memoryMb, accelerator, user, isRescued, hasDrive } = plan;
  const disk = (node: string, filename: string) =>
    JSON.stringify({
      driver: 'qcow2',
      'node-name': node,
      discard: 'unmap',
      file: { driver: 'file', filename },
    });
  const device = (values: Readonly<Record<string, string | number>>) => [
    '-device',
    JSON.stringify(values),
  ];
  return [
    QEMU,
    ['-name', machineName(serverId), '-uuid', serverId],
    ['-machine', 'pc', '-accel', accelerator.accel, '-cpu', accelerator.cpu],
    ['-smp', `cpus=${vcpus},sockets=${vcpus},cores=1,threads=1`, '-m', `size=${memoryMb}M`],
    ['-nodefaults', '-no-user-config', '-S', '-boot', 'strict=on'],
    // By these cloud-init knows that there is a metadata service.
    '-smbios',
    `type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,family=Virtual Machine,serial=${serverId}`,
    ['-rtc', 'base=utc'],
    '-sandbox',
    'on,obsolete=deny,spawn=deny,resourcecontrol=deny',
    ['-runas', `${user}:${user}`],
    ['-pidfile', FILES.pid],
    ['-qmp', `unix:${FILES.monitor},server=on,wait=off`],
    '-chardev',
    `socket,id=serial0,path=${FILES.serial},server=on,wait=off,logfile=${FILES.console},logappend=on`,
    device({ driver: 'isa-serial', chardev: 'serial0' }),
    device({ driver: 'VGA', addr: '0x2' }),
    ['-display', `none`, '-vnc', `unix:${FILES.display}`],
    [
      '-object',
      JSON.stringify({ 'qom-type': 'rng-random', id: 'random0', filename: '/dev/urandom' }),
    ],
    device({ driver: 'virtio-rng-pci', rng: 'random0', addr: '0x3' }),
    ['-blockdev', disk(ROOT, FILES.disk)],
    ...(isRescued
      ? [
          ['-blockdev', disk('rescue', FILES.rescue)],
          device({
            driver: 'virtio-blk-pci',
            id: 'rescue0',
            drive: 'rescue',
            bootindex: 1,
            addr: '0x4',
            serial: 'rescue',
          }),
        ]
      : []),
    device({
      driver: 'virtio-blk-pci',
      id: 'disk0',
      drive: ROOT,
      bootindex: isRescued ? 2 : 1,
      addr: isRescued ? '0x5' : '0x4',
      serial: serverId.slice(0, 20),
    }),
    ...(hasDrive
      ? [
          [
            '-blockdev',
            JSON.stringify({
              driver: 'raw',
              'node-name': 'config',
              'read-only': true,
              file: { driver: 'file', filename: FILES.drive },
            }),
          ],
          device({ driver: 'virtio-blk-pci', id: 'config0', drive: 'config', addr: '0x6' }),
        ]
      : []),
  ].flat();
}
