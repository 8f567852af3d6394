import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { run } from '../command.ts';
import { busyboxImage, dockerArchive, rootFileSystem } from './busybox.ts';
import { externalSubnet } from './seed.ts';
import { writeTar } from './tar.ts';

async function unpack(archive: Buffer, folder: string): Promise<void> {
  const file = path.join(folder, 'archive.tar');
  writeFileSync(file, archive);
  await run('tar', ['-xf', file, '-C', folder, '--no-same-owner', '--same-permissions']);
}

const inFolder = async (work: (folder: string) => Promise<void>) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-tar-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
};

test('GNU tar reads what we write: sizes around a block, modes, links', () =>
  inFolder(async (folder) => {
    const sizes = [0, 1, 511, 512, 513, 70_000];
    const data = (size: number) => Buffer.alloc(size, 'x');
    const archive = writeTar([
      { kind: 'folder', name: 'f', mode: 0o1777 },
      ...sizes.map(
        (size) => ({ kind: 'file', name: `f/${size}`, mode: 0o640, data: data(size) }) as const,
      ),
      { kind: 'link', name: 'f/link', target: '513' },
    ]);
    assert.equal(archive.length % 512, 0);
    await unpack(archive, folder);
    for (const size of sizes)
      assert.ok(readFileSync(path.join(folder, `f/${size}`)).equals(data(size)), String(size));
    assert.equal(statSync(path.join(folder, 'f')).mode & 0o7777, 0o1777);
    assert.equal(statSync(path.join(folder, 'f/1')).mode & 0o7777, 0o640);
    assert.equal(readFileSync(path.join(folder, 'f/link')).length, 513);
    assert.throws(() => writeTar([{ kind: 'folder', name: 'n'.repeat(101), mode: 0 }]), RangeError);
  }));

test('the image is named by its content throughout, and its programs run', () =>
  inFolder(async (folder) => {
    const image = await busyboxImage();
    assert.ok(image.equals(await busyboxImage()), 'equal bytes from equal content');
    await unpack(image, folder);
    const [entry] = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as {
      Config: string;
      Layers: string[];
    }[];
    const configuration = readFileSync(path.join(folder, entry!.Config));
    const layer = readFileSync(path.join(folder, entry!.Layers[0]!));
    const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    assert.equal(entry!.Config, `${sha256(configuration)}.json`);
    assert.deepEqual(JSON.parse(configuration.toString()).rootfs.diff_ids, [
      `sha256:${sha256(layer)}`,
    ]);
    await unpack(layer, folder);
    const { output } = await run('chroot', [
      folder,
      '/bin/sh',
      '-c',
      'id -un; which wget ip httpd',
    ]);
    assert.match(output, /^root\n/);
    assert.equal(output.trim().split('\n').length, 4);
  }));

test('an applet in an unusual folder is found in /bin', () => {
  const names = rootFileSystem(Buffer.from('x'), [
    'linuxrc',
    'usr/lib/odd/tool',
    'bin/busybox',
  ]).map(({ name }) => name);
  assert.ok(
    names.includes('bin/linuxrc') && names.includes('bin/tool') && names.includes('bin/sh'),
  );
  assert.equal(names.filter((name) => name === 'bin/busybox').length, 1);
  assert.ok(dockerArchive([], 'arm64').includes('"arm64"'));
});

test("the external subnet gives out what lies behind the machine's address", () => {
  const subnet = externalSubnet({ cidr: '172.24.5.0/24', machineAddress: '172.24.5.1' });
  assert.equal(subnet.gateway_ip, '172.24.5.1');
  assert.deepEqual(subnet.allocation_pools, [{ start: '172.24.5.2', end: '172.24.5.254' }]);
  assert.throws(() => externalSubnet({ cidr: 'x', machineAddress: '172.24.5.1' }), /no address/);
});
