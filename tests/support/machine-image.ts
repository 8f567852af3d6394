import { existsSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { run } from '../../src/host/command.ts';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/ovenbird', import.meta.url));
const GRUB = '/usr/lib/grub/i386-pc';

/** Kernel modules of the guest's devices, in the order in which they need each other. */
const MODULES = [
  'drivers/virtio/virtio_ring',
  'drivers/virtio/virtio',
  'drivers/virtio/virtio_pci_legacy_dev',
  'drivers/virtio/virtio_pci_modern_dev',
  'drivers/virtio/virtio_pci',
  'net/core/failover',
  'drivers/net/net_failover',
  'drivers/net/virtio_net',
  'drivers/block/virtio_blk',
  'drivers/acpi/button',
  'drivers/input/evdev',
];

/**
 * The guest's whole system: interfaces by DHCP, also those that are plugged in later; user data from the metadata
 * service; a web server; off at the press of the power button; a shell on the serial line. What it does, it prints.
 * The second partition is for what shall be remembered.
 */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
for module in ${MODULES.map((name) => path.basename(name)).join(' ')}; do insmod /modules/$module.ko; done 2>/dev/null
echo "machine: boot, remembers: $(head -c 64 /dev/vda2 | tr -d '\\0\\n')"
for event in /dev/input/event*; do
  (head -c 1 $event >/dev/null; echo "machine: power button"; sync; poweroff -f) &
done
ip link set lo up
mkdir /www; echo "machine" >/www/index.html; httpd -h /www
(
  while :; do
    for device in $(ls /sys/class/net); do
      case "$device $known " in *" $device "*) continue ;; esac
      [ "$device" = lo ] && continue
      ip link set $device up
      udhcpc -i $device -q -n -t 20 -T 1 -s /lease >/dev/null 2>&1 && known="$known $device"
    done
    sleep 1
  done
) &
while [ ! -e /leased ]; do sleep 0.2; done
wget -q -O /user-data http://169.254.169.254/openstack/latest/user_data 2>/dev/null &&
  { chmod +x /user-data; /user-data; }
echo "machine: metadata $(wget -q -O - http://169.254.169.254/openstack/latest/meta_data.json)"
echo "machine: ready"
while :; do setsid cttyhack sh; done
`;

const LEASE = `#!/bin/busybox sh
[ "$1" = bound ] || exit 0
ip address add $ip/$mask dev $interface
[ -n "$mtu" ] && ip link set $interface mtu $mtu
set -- $staticroutes
while [ $# -ge 2 ]; do ip route add $1 via $2 dev $interface; shift 2; done
[ -n "$router" ] && ip route add default via $router dev $interface 2>/dev/null
echo "machine: $interface has $ip, mtu $mtu" >/dev/console
touch /leased
`;

/** What GRUB does, instead of its menu. */
const BOOT = `set root=(hd0,msdos1)
linux /vmlinuz console=ttyS0 rdinit=/init panic=-1 quiet no_timer_check
initrd /initrd
boot
`;

/**
 * A small bootable disk as a qcow2 file: Debian's kernel for clouds and busybox, started by GRUB. Made once of Debian's
 * packages, which are not installed for it.
 */
export async function machineImage(): Promise<string> {
  const { stdout } = await run('apt-cache', ['depends', 'linux-image-cloud-amd64']);
  const kernel = /Depends: (\S+)/.exec(stdout)?.[1];
  if (kernel === undefined) throw new Error('apt knows no linux-image-cloud-amd64: apt-get update');
  const source = await readFile(fileURLToPath(import.meta.url));
  const version = (await run('cksum', [], { input: source.toString() })).stdout.split(' ')[0];
  const image = path.join(CACHE, `${kernel}-${version}.qcow2`);
  if (existsSync(image)) return image;
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(path.join(tmpdir(), 'ovenbird-machine-'));
  try {
    await run('sh', ['-c', 'cd "$0" && exec apt-get download --quiet "$1"', folder, kernel], {
      timeout: 120_000,
    });
    const [archive] = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
    await run('dpkg-deb', ['-x', path.join(folder, archive!), path.join(folder, 'kernel')], {
      timeout: 60_000,
    });
    const made = await buildDisk(folder);
    await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', made, `${folder}/disk.qcow2`]);
    await copyFile(path.join(folder, 'disk.qcow2'), `${image}.new`);
    await rename(`${image}.new`, image);
    return image;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function buildDisk(folder: string): Promise<string> {
  const kernel = path.join(folder, 'kernel');
  const [version] = await readdir(path.join(kernel, 'lib/modules'));
  const boot = path.join(folder, 'boot');
  await mkdir(boot);
  await copyFile(path.join(kernel, 'boot', `vmlinuz-${version}`), path.join(boot, 'vmlinuz'));
  await writeFile(
    path.join(boot, 'initrd'),
    await buildInitrd(folder, `${kernel}/lib/modules/${version}`),
  );

  const fileSystem = path.join(folder, 'boot.img');
  await run('mke2fs', ['-q', '-t', 'ext2', '-d', boot, fileSystem, '24M']);
  const config = path.join(folder, 'boot.cfg');
  await writeFile(config, BOOT);
  const core = path.join(folder, 'core.img');
  await run(
    'grub-mkimage',
    [
      ['-d', GRUB, '-O', 'i386-pc', '-p', '(hd0,msdos1)/', '-c', config, '-o', core],
      ['biosdisk', 'part_msdos', 'ext2', 'linux'],
    ].flat(),
  );
  const disk = path.join(folder, 'disk.raw');
  await writeFile(
    disk,
    partitioned(
      await readFile(`${GRUB}/boot.img`),
      await readFile(core),
      await readFile(fileSystem),
    ),
  );
  return disk;
}

async function buildInitrd(folder: string, modules: string): Promise<Buffer> {
  const root = path.join(folder, 'root');
  for (const name of ['bin', 'modules', 'proc', 'sys', 'dev']) {
    await mkdir(path.join(root, name), { recursive: true });
  }
  await copyFile('/bin/busybox', path.join(root, 'bin/busybox'));
  for (const name of MODULES) {
    await copyFile(
      path.join(modules, 'kernel', `${name}.ko`),
      path.join(root, 'modules', `${path.basename(name)}.ko`),
    );
  }
  await writeFile(path.join(root, 'init'), INIT, { mode: 0o755 });
  await writeFile(path.join(root, 'lease'), LEASE, { mode: 0o755 });
  const archive = path.join(folder, 'initrd.cpio');
  const script = 'cd "$0" && busybox find . | busybox cpio -o -H newc >"$1" 2>/dev/null';
  await run('sh', ['-c', script, root, archive]);
  return gzipSync(await readFile(archive));
}

const SECTOR = 512;
/** Where the first partition begins, in sectors; GRUB's core lies before it. */
const FIRST = 2048;
const REMEMBERED = 2048;

/** A disk with a table of two partitions: the file system, and a mebibyte of nothing. */
function partitioned(loader: Buffer, core: Buffer, fileSystem: Buffer): Buffer {
  const length = fileSystem.length / SECTOR;
  const disk = Buffer.alloc((FIRST + length + REMEMBERED) * SECTOR);
  loader.copy(disk, 0, 0, SECTOR);
  core.copy(disk, SECTOR);
  fileSystem.copy(disk, FIRST * SECTOR);
  disk.fill(0, 446, 510);
  for (const [index, [start, count]] of [
    [FIRST, length],
    [FIRST + length, REMEMBERED],
  ].entries()) {
    const entry = 446 + index * 16;
    disk[entry] = index === 0 ? 0x80 : 0;
    disk[entry + 4] = 0x83;
    disk.writeUInt32LE(start!, entry + 8);
    disk.writeUInt32LE(count!, entry + 12);
  }
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}
