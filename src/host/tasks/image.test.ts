import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import type { Driver } from '../drivers/driver.ts';
import type { ImageWish } from '../wish.ts';
import { cacheImage } from './image.ts';

const IMAGE = {
  id: '0b0fe7e8-36a1-4c0f-ae09-d65ea7f4a3b1',
  container_format: 'bare',
  disk_format: 'qcow2',
  size: '3',
  os_hash_algo: 'sha512',
  os_hash_value: 'AB',
};
const controlPlane = { image: async () => Readable.from(['abc']) };

test('a driver is given the image, and where its bytes come from', async () => {
  const seen: { image: ImageWish; bytes: string }[] = [];
  const driver = {
    name: 'qemu',
    async cacheImage(
      image: ImageWish,
      source: (id: string, signal: AbortSignal) => Promise<Readable>,
    ) {
      const bytes = await source(image.id, AbortSignal.timeout(1000));
      seen.push({ image, bytes: (await bytes.toArray()).join('') });
    },
  } as unknown as Driver;
  await cacheImage({ arguments: IMAGE }, driver, controlPlane);
  assert.deepEqual(seen, [
    {
      image: {
        id: IMAGE.id,
        containerFormat: 'bare',
        diskFormat: 'qcow2',
        size: 3,
        digest: { algorithm: 'sha512', value: 'ab' },
      },
      bytes: 'abc',
    },
  ]);
});

test('an image that nobody can check is not brought, and a driver without a store says so', async () => {
  const driver = { name: 'fake', cacheImage: () => assert.fail() } as unknown as Driver;
  const { os_hash_value: _, ...unchecked } = IMAGE;
  await assert.rejects(cacheImage({ arguments: unchecked }, driver, controlPlane), /checksum/);
  const without = { name: 'fake' } as Driver;
  await assert.rejects(cacheImage({ arguments: IMAGE }, without, controlPlane), /keeps no images/);
});
