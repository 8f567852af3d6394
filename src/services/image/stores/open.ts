import { mkdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ImageOptions } from '../options.ts';
import { fileStore } from './file.ts';
import { s3Store } from './s3/store.ts';
import type { Store } from './store.ts';

const MIB = 1024 * 1024;
type StoreOptions = ImageOptions['stores'][string];

/** The stores that the options name, the default first; fails with a sentence about one that cannot be. */
export function openStores(options: ImageOptions, folder: string): [Store, ...Store[]] {
  const wrong = (why: string) => new Error(`config.json, image: ${why}`);
  const names = Object.keys(options.stores);
  const initial = options.default_backend === '' ? names[0]! : options.default_backend;
  if (!names.includes(initial))
    throw wrong(`default_backend ${initial} is none of the stores ${names.join(', ')}`);
  const folders = new Set<string>();
  const open = (id: string): Store => {
    const given = options.stores[id]!;
    if (given.store_type === 's3') return s3Store(s3Options(id, given));
    const own = id === 'file' ? folder : path.join(folder, 'stores', id);
    const where = path.resolve(given.filesystem_store_datadir ?? own);
    if (folders.has(where)) throw wrong(`two stores have the folder ${where}`);
    folders.add(where);
    mkdirSync(where, { recursive: true, mode: 0o700 });
    return fileStore(id, where, given.store_description ?? 'Files of the control plane');
  };
  return [open(initial), ...names.filter((name) => name !== initial).map(open)];

  function s3Options(id: string, given: StoreOptions & { readonly store_type: 's3' }) {
    const file = given.s3_store_secret_key_file;
    let secretKey: string;
    try {
      if ((statSync(file).mode & 0o077) !== 0)
        throw wrong(`stores.${id}: ${file} must be for its owner only (chmod 600)`);
      secretKey = readFileSync(file, 'utf8').trim();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      throw new Error(`config.json, image: stores.${id}: ${file} cannot be read`, { cause: error });
    }
    // An object has 10,000 parts at most.
    const least = Math.ceil(options.image_size_cap / 10_000);
    return {
      store: id,
      description: given.store_description ?? `Bucket ${given.s3_store_bucket}`,
      endpoint: given.s3_store_host,
      region: given.s3_store_region_name ?? 'us-east-1',
      accessKey: given.s3_store_access_key,
      secretKey,
      bucket: given.s3_store_bucket,
      prefix: given.s3_store_prefix ?? '',
      createBucket: given.s3_store_create_bucket_on_put ?? false,
      chunkSize: Math.max((given.s3_store_large_object_chunk_size ?? 10) * MIB, least),
    };
  }
}
