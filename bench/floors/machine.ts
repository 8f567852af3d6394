import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../src/cloud/command.ts';
import { QEMU, type Accelerator } from '../../src/host/drivers/qemu/accelerator.ts';

/** Kernel, address and all: as long as a translated guest on a busy machine may take. */
const PATIENCE = 180_000;

/**
 * A guest of `machineImage` in a bare QEMU with its built-in network: milliseconds until it has an address by DHCP,
 * which is what a guest needs before it can answer. The disk is an overlay, as a cloud's are.
 */
export async function bareMachine(image: string, accelerator: Accelerator): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ovb-machine-'));
  const disk = path.join(folder, 'disk.qcow2');
  const begin = performance.now();
  try {
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', image, disk]);
    return (await addressed(disk, accelerator)) - begin;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `performance.now()` when the guest said that it has an address; it is ended then. */
function addressed(disk: string, accelerator: Accelerator): Promise<number> {
  const child = spawn(
    QEMU,
    [
      ['-machine', 'pc', '-accel', accelerator.accel, '-cpu', accelerator.cpu],
      ['-smp', '1', '-m', '128', '-nodefaults', '-no-user-config', '-display', 'none'],
      ['-serial', 'stdio', '-drive', `file=${disk},format=qcow2,if=virtio,discard=unmap`],
      ['-netdev', 'user,id=net0', '-device', 'virtio-net-pci,netdev=net0'],
    ].flat(),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let said = '';
  return new Promise<number>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`no address in QEMU: ${said.slice(-500)}`)),
      PATIENCE,
    );
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      if (!/machine: eth0 has /.test(said)) return;
      clearTimeout(timer);
      resolve(performance.now());
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`QEMU ended with ${code}: ${said.slice(-500)}`)));
  }).finally(() => {
    process.off('exit', kill);
    kill();
  });
}
