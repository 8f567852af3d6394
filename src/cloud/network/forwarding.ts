import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Cloud } from '../cloud.ts';
import { createOnce, ensureFolder } from '../files.ts';
import { MACHINE_FOLDER } from '../layout.ts';

/**
 * The kernel's switch for forwarding of one interface, shared by all clouds of the machine: a folder an
 * interface, in it `original` with the value found by the first cloud, and a file for each cloud that needs it.
 * The last one that leaves puts the original back. Lives in /run, because the switch does not outlive a reboot.
 */
const FOLDER = path.join(MACHINE_FOLDER, 'forwarding');
const ORIGINAL = 'original';

const switchOf = (device: string): string => `/proc/sys/net/ipv4/conf/${device}/forwarding`;

/** Turns forwarding on for the interfaces; gives those of them where it was off before any cloud came. */
export function requestForwarding(cloud: Cloud, devices: readonly string[]): string[] {
  const opened: string[] = [];
  for (const device of devices) {
    if (!existsSync(switchOf(device))) continue;
    const folder = path.join(FOLDER, device);
    ensureFolder(MACHINE_FOLDER, 0o755);
    ensureFolder(FOLDER, 0o755);
    ensureFolder(folder, 0o755);
    createOnce(path.join(folder, ORIGINAL), readFileSync(switchOf(device), 'utf8'), 0o644);
    writeFileSync(path.join(folder, cloud.namespace), `${cloud.configuration.home}\n`);
    if (readFileSync(switchOf(device), 'utf8').trim() !== '1') writeFileSync(switchOf(device), '1');
    if (readFileSync(path.join(folder, ORIGINAL), 'utf8').trim() === '0') opened.push(device);
  }
  return opened;
}

/** Says that this cloud needs no forwarding any more; puts the old value back where it was the last one. */
export function releaseForwarding(cloud: Cloud): void {
  if (!existsSync(FOLDER)) return;
  for (const device of readdirSync(FOLDER)) {
    const folder = path.join(FOLDER, device);
    rmSync(path.join(folder, cloud.namespace), { force: true });
    if (readdirSync(folder).some((name) => name !== ORIGINAL)) continue;
    if (existsSync(switchOf(device)) && existsSync(path.join(folder, ORIGINAL)))
      writeFileSync(switchOf(device), readFileSync(path.join(folder, ORIGINAL), 'utf8').trim());
    rmSync(folder, { recursive: true });
  }
}
