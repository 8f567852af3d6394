import { access, constants, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../command.ts';

/** What runs the guests' instructions: the processor itself, or QEMU's translator. */
export interface Accelerator {
  readonly name: 'kvm' | 'tcg';
  /** For `-accel`. */
  readonly accel: string;
  /** For `-cpu`. */
  readonly cpu: string;
  /** Why it is not KVM, as a sentence. */
  readonly why?: string;
}

export const QEMU = 'qemu-system-x86_64';

/** Processor features of a translated guest: all but five-level page tables, which only cost time. */
const TRANSLATOR: Accelerator = { name: 'tcg', accel: 'tcg,tb-size=128', cpu: 'max,la57=off' };
const KVM: Accelerator = { name: 'kvm', accel: 'kvm', cpu: 'host' };

/**
 * A boot sector that switches to 64-bit mode with page tables, as every kernel does, and then writes 42 to port 0xf4,
 * where `isa-debug-exit` makes QEMU end with 2 * 42 + 1. Assembled from:
 *
 *     cli; xor ax,ax; mov ds,ax; mov es,ax; mov ss,ax; mov sp,0x7c00
 *     mov di,0x1000; xor eax,eax; mov cx,0xc00; cld; rep stosd          ; three empty tables
 *     mov dword [0x1000],0x2003; mov dword [0x2000],0x3003; mov dword [0x3000],0x83
 *     lgdt [gdtr]; cr4 |= PAE; cr3 = 0x1000; EFER |= LME; cr0 |= PG|PE; jmp 8:long
 *     long: mov ax,0x10; mov ds,ax; mov ss,ax; mov rbx,0x123456789; mov al,42; out 0xf4,al; hlt
 */
const BOOT_SECTOR =
  '+jHAjtiOwI7QvAB8vwAQZjHAuQAM/Gbzq2bHBgAQAyAAAGbHBgAgAzAAAGbHBgAwgwAAAA8BFqB8DyDgZoPIIA8i4Ga4ABAAAA8i2Ga5gAAA' +
  'wA8yZg0AAQAADzAPIMBmDQEAAIAPIsDqbXwIAGa4EACO2I7QSLuJZ0UjAQAAALAq5vT06/1mkAAAAAAAAAAAAAAAAACaIAAAAAAAAJIAABcAiHw';
const ENDED_WELL = 85;

/** A machine with a working KVM needs a few milliseconds for it. */
const PATIENCE = 5_000;

/**
 * Finds out whether KVM truly works, by running a guest: /dev/kvm alone proves nothing, since on some virtual machines
 * it accepts guests that then never come to anything.
 */
export async function findAccelerator(): Promise<Accelerator> {
  try {
    await access('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return { ...TRANSLATOR, why: 'there is no /dev/kvm' };
  }
  const code = await tryGuest(KVM);
  return code === ENDED_WELL
    ? KVM
    : { ...TRANSLATOR, why: 'a guest of 64 bits does not run on the KVM of this machine' };
}

/** Runs the boot sector; gives QEMU's exit code, undefined when it had to be killed. */
export async function tryGuest(accelerator: Accelerator): Promise<number | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ovenbird-kvm-'));
  try {
    const sector = Buffer.alloc(512);
    Buffer.from(BOOT_SECTOR, 'base64').copy(sector);
    sector.writeUInt16LE(0xaa55, 510);
    const file = path.join(folder, 'sector');
    await writeFile(file, sector);
    const blocks = { driver: 'file', filename: file, locking: 'off' };
    const { code } = await run(
      QEMU,
      [
        ['-machine', 'pc', '-accel', accelerator.accel, '-cpu', accelerator.cpu, '-m', '16'],
        ['-nodefaults', '-no-user-config', '-display', 'none', '-boot', 'a'],
        '-blockdev',
        JSON.stringify({ driver: 'raw', 'node-name': 'sector', 'read-only': true, file: blocks }),
        ['-device', 'floppy,drive=sector', '-device', 'isa-debug-exit,iobase=0xf4,iosize=1'],
      ].flat(),
      { timeout: PATIENCE, accept: [ENDED_WELL, 0, 1] },
    );
    return code;
  } catch {
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
