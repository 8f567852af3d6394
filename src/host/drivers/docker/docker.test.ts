import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { wishOf } from '../../testing.ts';
import { containerOf } from './container.ts';
import { jsonLines } from './engine.ts';
import { outputOf } from './logs.ts';
import { programOf } from './start.ts';
import { archiveKind, tarArchive } from './tar.ts';

const frame = (text: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, text]);
};
/** Cuts bytes into pieces of these lengths. */
async function* pieces(bytes: Buffer, lengths: readonly number[]) {
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const length = lengths[index % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}
const lengths = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 });

describe('output of a container', () => {
  it('is the same however its frames are cut, and limited to its end', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 40 })),
        lengths,
        fc.integer({ min: 0, max: 100 }),
        async (parts, cuts, limit) => {
          const all = Buffer.concat(parts);
          const framed = Buffer.concat(parts.map((part) => frame(Buffer.from(part))));
          const found = await outputOf(pieces(framed, cuts), limit);
          assert.deepEqual(found, all.subarray(Math.max(0, all.length - limit)));
        },
      ),
    ));

  it('goes as far as a frame that is cut off', async () => {
    const cut = frame(Buffer.from('abcdef')).subarray(0, 11);
    assert.equal((await outputOf(pieces(cut, [3]), 100)).toString(), 'abc');
  });
});

it('reads documents of a stream however it is cut', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: fc.string() }, { noNullPrototype: true })),
      lengths,
      async (documents, cuts) => {
        const bytes = Buffer.from(documents.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
        const found = [];
        for await (const entry of jsonLines(pieces(bytes, cuts))) found.push(entry);
        assert.deepEqual(found, documents);
      },
    ),
  ));

describe('an archive', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ovb-tar-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const kindOf = async (bytes: Buffer) => {
    const file = path.join(folder, 'archive');
    await writeFile(file, bytes);
    return archiveKind(file);
  };
  const files = tarArchive([
    { path: 'bin/', mode: 0o755 },
    { path: 'bin/sh', mode: 0o755, content: Buffer.alloc(1000, 'x') },
  ]);
  const saved = tarArchive([
    { path: 'blob', mode: 0o644, content: Buffer.alloc(5000) },
    {
      path: 'manifest.json',
      mode: 0o644,
      content: Buffer.from(
        JSON.stringify([{ Config: `${'a'.repeat(64)}.json`, RepoTags: ['x:1'], Layers: [] }]),
      ),
    },
  ]);

  it('is told by what is in it, packed or not', async () => {
    assert.deepEqual(await kindOf(files), { kind: 'files', entries: 2 });
    assert.deepEqual(await kindOf(gzipSync(files)), { kind: 'files', entries: 2 });
    assert.deepEqual(await kindOf(saved), {
      kind: 'engine',
      names: ['x:1'],
      config: 'a'.repeat(64),
    });
    const layout = tarArchive([{ path: 'oci-layout', mode: 0o644, content: Buffer.from('{}') }]);
    assert.deepEqual(await kindOf(layout), { kind: 'oci' });
    const namesake = tarArchive([
      { path: 'manifest.json', mode: 0o644, content: Buffer.from('{"name":"app"}') },
    ]);
    assert.deepEqual(await kindOf(namesake), { kind: 'files', entries: 1 });
  });

  it('is none when it is something else, cut off or damaged', async () => {
    const why = async (bytes: Buffer) => {
      const kind = await kindOf(bytes);
      return kind.kind === 'none' ? kind.why : kind.kind;
    };
    assert.match(await why(Buffer.alloc(0)), /not a tar archive/);
    assert.match(await why(Buffer.from('QFI\xfb'.padEnd(2000, 'x'))), /not a tar archive/);
    assert.match(await why(files.subarray(0, 1200)), /ends in the middle/);
    assert.match(await why(gzipSync(files).subarray(0, 60)), /cannot be unpacked/);
  });

  it('is never taken for an image by bytes that are none', () =>
    fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (bytes) => {
        assert.equal((await kindOf(Buffer.from(bytes))).kind, 'none');
      }),
      { numRuns: 50 },
    ));
});

describe('what a server runs', () => {
  const image = (entrypoint: string[], command: string[]) => ({ entrypoint, command });
  it("is the image's own, or the command given instead", () => {
    assert.deepEqual(programOf(image(['/e'], ['a']), {}), ['/e', 'a']);
    assert.deepEqual(programOf(image(['/e'], ['a']), { command: ['b', 'c'] }), ['/e', 'b', 'c']);
    assert.deepEqual(programOf(image([], ['sh', '-c', 'x']), {}), ['sh', '-c', 'x']);
  });
  it('is nothing for a bare shell, which would end at once', () => {
    assert.deepEqual(programOf(image([], []), {}), []);
    assert.deepEqual(programOf(image([], ['/bin/bash']), {}), []);
    assert.deepEqual(programOf(image(['sh'], ['-l']), {}), []);
  });

  it('is another entrypoint alone, unless its command is given, too', () => {
    const given = image(['/e'], ['a']);
    assert.deepEqual(programOf(given, { entrypoint: ['/f', 'x'] }), ['/f', 'x']);
    assert.deepEqual(programOf(given, { entrypoint: ['/f'], command: ['c'] }), ['/f', 'c']);
    assert.deepEqual(programOf(given, { entrypoint: [] }), []);
  });
  it('is a shell where it has a terminal', () => {
    assert.deepEqual(programOf(image([], ['/bin/sh']), { tty: true }), ['/bin/sh']);
  });
});

it('turns a wish into a container without privileges and within its limits', () => {
  const wish = wishOf(
    {
      id: 'i',
      containerFormat: 'docker',
      diskFormat: 'raw',
      size: 1,
      digest: { algorithm: 'md5', value: '' },
    },
    { vcpus: 8, memoryMb: 512, environment: { A: 'b c' }, pidsLimit: 99 },
  );
  const ready = { tag: 't', entrypoint: ['/e'], command: [], user: '' };
  const place = { folder: '/f', cpus: 2 };
  const made = containerOf(wish, ready, { cloud: 'c', host: 'h' }, place) as {
    Env: string[];
    HostConfig: Record<string, unknown>;
  };
  const limits = made.HostConfig;
  assert.deepEqual(made.Env, ['A=b c']);
  assert.equal(limits['NanoCpus'], 2e9, 'not more than the machine has');
  assert.deepEqual([limits['Memory'], limits['MemorySwap']], [2 ** 29, 2 ** 29]);
  assert.equal(limits['PidsLimit'], 99);
  assert.equal(limits['NetworkMode'], 'none');
  assert.deepEqual(limits['CapDrop'], ['ALL']);
  assert.ok(!(limits['CapAdd'] as string[]).some((name) => /ADMIN|MKNOD|MODULE|RAWIO/.test(name)));
  assert.equal(limits['Privileged'], undefined);
  const unlimited = containerOf(
    { ...wish, memoryMb: 0, vcpus: 0 },
    ready,
    { cloud: 'c', host: 'h' },
    place,
  );
  assert.equal((unlimited['HostConfig'] as Record<string, unknown>)['Memory'], undefined);
});
