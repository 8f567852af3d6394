import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { imageOptions } from '../options.ts';
import { openStores } from './open.ts';
import { sign } from './s3/signature.ts';

// How stores work is tested with a real S3 server: tests/image-stores.story.ts.

test('a signature is the one of the example in the documents of S3', () => {
  const headers = sign(
    {
      method: 'GET',
      path: '/test.txt',
      query: {},
      headers: { Range: 'bytes=0-9' },
      body: undefined,
    },
    'examplebucket.s3.amazonaws.com',
    {
      accessKey: 'AKIAIOSFODNN7EXAMPLE',
      secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      region: 'us-east-1',
    },
    new Date('2013-05-24T00:00:00Z'),
  );
  assert.match(
    headers['authorization']!,
    /Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41$/,
  );
});

test('options that cannot be are refused with a sentence', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-stores-'));
  const open = (given: object) => () => openStores(imageOptions(given), folder);
  const file = { store_type: 'file' };
  assert.throws(open({ stores: { a: file }, default_backend: 'b' }), /default_backend b is none/);
  const same = { ...file, filesystem_store_datadir: path.join(folder, 'same') };
  assert.throws(open({ stores: { a: same, b: same } }), /two stores have the folder/);
  assert.throws(open({ stores: {} }), /stores/);
  assert.throws(open({ stores: { a: { store_type: 'tape' } } }), /stores/);
  const secret = path.join(folder, 'open-secret');
  writeFileSync(secret, 'x');
  chmodSync(secret, 0o644);
  const bucket = {
    store_type: 's3',
    s3_store_host: 'http://a',
    s3_store_access_key: 'k',
    s3_store_secret_key_file: secret,
    s3_store_bucket: 'images',
  };
  assert.throws(open({ stores: { a: bucket } }), /for its owner only/);
  const missing = { ...bucket, s3_store_secret_key_file: '/nowhere/secret' };
  assert.throws(open({ stores: { a: missing } }), /cannot be read/);
  rmSync(folder, { recursive: true });
});
