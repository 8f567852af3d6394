import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { ContainerFormat, DiskFormat } from '../../tables.ts';
import { contentCheck } from '../content.ts';

/** Empty disks as `qemu-img create` of QEMU 7.2 makes them, packed: each of 16 MiB, the fixed vhd of 1 MiB. */
const FIXTURES = JSON.parse(
  readFileSync(new URL('./fixtures.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const fixture = (name: string): Buffer => gunzipSync(Buffer.from(FIXTURES[name]!, 'base64'));

const LIMITS = { virtualSize: 2 ** 40, vmdkTypes: ['streamOptimized', 'monolithicSparse'] };
const MIB = 1024 * 1024;

/** Gives the data in pieces and says what the check said: the size of the disk, or why not. */
async function judge(
  disk: DiskFormat,
  data: Buffer,
  piece = 65_536,
  { container = 'bare' as ContainerFormat, limits = LIMITS } = {},
): Promise<number | null | string> {
  const check = contentCheck(container, disk, limits);
  try {
    for (let at = 0; at < data.length; at += piece) {
      // The memory is used again, as an upload does.
      const memory = Buffer.from(data.subarray(at, at + piece));
      await check.push(memory);
      memory.fill(0);
    }
    return (await check.end()).virtualSize;
  } catch (error) {
    return (error as Error).message;
  } finally {
    check.stop();
  }
}

/** A copy with other bytes in one place. */
function altered(data: Buffer, offset: number, hexadecimal: string): Buffer {
  const copy = Buffer.from(data);
  copy.write(hexadecimal, offset, 'hex');
  return copy;
}

const refused = async (disk: DiskFormat, data: Buffer, why: RegExp) => {
  const said = await judge(disk, data);
  assert.match(String(said), why);
};

describe('disks', () => {
  const GOOD: readonly (readonly [DiskFormat, string, number])[] = [
    ['qcow2', 'qcow2', 16 * MIB],
    ['qcow2', 'qcow2-version-2', 16 * MIB],
    ['vdi', 'vdi', 16 * MIB],
    ['vhd', 'vhd', 16 * MIB],
    ['vhd', 'vhd-fixed', MIB],
    ['vhdx', 'vhdx', 16 * MIB],
    ['vmdk', 'vmdk-stream-optimized', 16 * MIB],
    ['vmdk', 'vmdk-sparse', 16 * MIB],
  ];

  for (const [format, name, size] of GOOD) {
    test(`${name}: its size is read, however it is cut into pieces`, async () => {
      const data = fixture(name);
      for (const piece of [1000, 65_536, 4 * MIB])
        assert.equal(await judge(format, data, piece), size);
    });
    test(`${name} is no other format, and nothing else is it`, async () => {
      const data = fixture(name);
      // The fixed vhd is a raw disk with a footer behind it: a guess would say raw as well.
      if (name !== 'vhd-fixed') await refused('raw', data, /disk_format is raw, and the data is a/);
      for (const other of ['qcow2', 'vdi', 'vhd', 'vhdx', 'vmdk', 'iso'] as const)
        if (other !== format)
          await refused(other, data, new RegExp(`disk_format is ${other}, and`));
      await refused(format, Buffer.from('a letter '.repeat(10_000)), new RegExp(format));
      await refused(format, Buffer.alloc(0), new RegExp(format));
    });
    test(`${name}: a disk beyond the limit is refused`, async () => {
      const limits = { ...LIMITS, virtualSize: size - 1 };
      const said = await judge(format, fixture(name), 65_536, { limits });
      assert.match(String(said), new RegExp(`the disk inside has ${size} bytes`));
    });
  }

  test('qcow2: no backing file, no data file, no unknown feature, nothing cut off', async () => {
    const data = fixture('qcow2');
    await refused('qcow2', fixture('qcow2-with-backing-file'), /names a backing file/);
    await refused('qcow2', fixture('qcow2-with-data-file'), /keeps its data in another file/);
    // The name of a data file without the feature that says there is one.
    const named = altered(fixture('qcow2-with-data-file'), 72, '0000000000000000');
    await refused('qcow2', named, /names a data file/);
    await refused('qcow2', altered(data, 72, '0000000000000100'), /features that are not known/);
    await refused('qcow2', altered(data, 4, '00000001'), /version 1/);
    await refused('qcow2', data.subarray(0, 70_000), /cut off/);
    await refused('qcow2', altered(data, 24, 'ffffffffffffffff'), /claims a disk/);
  });

  test('vmdk: one file that holds all of the disk', async () => {
    const sparse = fixture('vmdk-sparse');
    const edit = (from: string, to: string) => {
      const at = sparse.indexOf(from);
      assert.ok(at > 0, from);
      return altered(sparse, at, Buffer.from(to.padEnd(from.length)).toString('hex'));
    };
    await refused('vmdk', fixture('vmdk-flat'), /description of other files/);
    await refused('vmdk', fixture('vmdk-with-parent'), /difference to another/);
    await refused('vmdk', edit('monolithicSparse', 'monolithicFlat"'), /of type monolithicFlat/);
    await refused('vmdk', edit('SPARSE "', 'FLAT "/'), /extents in other files/);
    await refused('vmdk', altered(sparse, 12, '0000000000000000'), /capacity is 0/);
    const limits = { ...LIMITS, vmdkTypes: ['streamOptimized'] };
    assert.match(
      String(await judge('vmdk', sparse, 65_536, { limits })),
      /only streamOptimized are taken/,
    );
    // As VMware writes it: the header that counts is at the end, between two markers.
    const written = fixture('vmdk-stream-optimized');
    const [marker, end] = [Buffer.alloc(512), Buffer.alloc(512)];
    const stream = Buffer.concat([
      altered(written, 56, 'ffffffffffffffff'),
      marker,
      written.subarray(0, 512),
      end,
    ]);
    assert.equal(await judge('vmdk', stream, 1000), 16 * MIB);
    await refused('vmdk', stream.subarray(0, -512), /cut off/);
    // The header at the end claims another size.
    await refused('vmdk', altered(stream, stream.length - 1024 + 12, 'ff'), /says other things/);
  });

  test('vdi, vhd and vhdx: no parents', async () => {
    await refused('vdi', altered(fixture('vdi'), 0x4c, '04000000'), /difference/);
    await refused('vdi', altered(fixture('vdi'), 0x1a8, '01'), /names a parent/);
    const vhd = fixture('vhd');
    await refused('vhd', altered(vhd, 60, '00000004'), /difference/);
    await refused('vhd', vhd.subarray(0, -512), /no footer at its end/);
    const vhdx = fixture('vhdx');
    const parameters = vhdx.indexOf(Buffer.from('metadata'));
    // The item's offset is in its entry of the table; its flags are behind four bytes of block size.
    const entry = vhdx.indexOf(Buffer.from('3767a1ca36fa434db3b633f0aa44e76b', 'hex'));
    const flags = parameters + vhdx.readUInt32LE(entry + 16) + 4;
    await refused('vhdx', altered(vhdx, flags, '02000000'), /difference/);
  });

  test('iso: its descriptor, and as much as that says', async () => {
    const iso = Buffer.alloc(40 * 2048);
    iso.write('\x01CD001', 16 * 2048, 'latin1');
    iso.writeUInt32LE(40, 16 * 2048 + 80);
    iso.writeUInt16LE(2048, 16 * 2048 + 128);
    assert.equal(await judge('iso', iso), iso.length);
    iso.writeUInt32LE(4000, 16 * 2048 + 80);
    await refused('iso', iso, /cut off/);
    assert.equal(await judge('raw', iso), iso.length, 'a raw disk may be one too');
  });

  test('raw is its own size; kernels and the like are anything', async () => {
    assert.equal(await judge('raw', Buffer.from('anything')), 8);
    assert.equal(await judge('raw', Buffer.alloc(0)), 0);
    for (const format of ['ami', 'ari', 'aki', 'ploop'] as const)
      assert.equal(await judge(format, fixture('qcow2')), null);
  });
});

describe('packed', () => {
  test('compressed: only that it is can be told', async () => {
    const container = 'compressed' as const;
    assert.equal(await judge('qcow2', gzipSync(fixture('qcow2')), 100, { container }), null);
    assert.match(
      String(await judge('qcow2', fixture('qcow2'), 100, { container })),
      /is compressed, and the data is not/,
    );
    assert.match(String(await judge('raw', Buffer.from('ab'), 1, { container })), /is not/);
  });
});
