import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { run } from '../command.ts';
import { writeTar, type TarEntry } from './tar.ts';

/** Debian's busybox-static: one program that needs no library. */
const BUSYBOX = '/bin/busybox';

const FOLDERS: readonly (readonly [name: string, mode: number])[] = [
  ['bin', 0o755],
  ['dev', 0o755],
  ['etc', 0o755],
  ['home', 0o755],
  ['proc', 0o555],
  ['root', 0o700],
  ['run', 0o755],
  ['sbin', 0o755],
  ['sys', 0o555],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['usr/bin', 0o755],
  ['usr/sbin', 0o755],
  ['var', 0o755],
  ['var/tmp', 0o1777],
];

const PASSWD = `root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/nonexistent:/bin/false
`;
const GROUP = `root:x:0:
tty:x:5:
nogroup:x:65534:
`;

/**
 * What a server of this image does until it is told otherwise: says what it is, as machines do on their console,
 * and then nothing, but it ends at once when asked to.
 * The first process gets no signal that it has no handler for, so a bare `sleep` would have to be killed.
 */
const COMMAND = [
  '/bin/sh',
  '-c',
  'trap \'exit 0\' TERM INT; echo "$(hostname) is up: busybox on $(uname -sr)"; while :; do sleep 86400 & wait $!; done',
];

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The image `busybox` as an archive that `docker load` takes; the same bytes from the same busybox. */
export async function busyboxImage(): Promise<Buffer> {
  const { output } = await run(BUSYBOX, ['--list-full']);
  return dockerArchive(rootFileSystem(readFileSync(BUSYBOX), output.split('\n').filter(Boolean)));
}

/** The members of the root file system. `applets` are paths below it, as `busybox --list-full` prints them. */
export function rootFileSystem(program: Buffer, applets: readonly string[]): TarEntry[] {
  const file = (name: string, mode: number, data: string | Buffer): TarEntry => ({
    kind: 'file',
    name,
    mode,
    data: Buffer.from(data),
  });
  const folders = new Set(FOLDERS.map(([name]) => name));
  const links = new Set<string>();
  for (const applet of applets) {
    const folder = applet.slice(0, Math.max(0, applet.lastIndexOf('/')));
    const name = folders.has(folder) ? applet : `bin/${applet.slice(applet.lastIndexOf('/') + 1)}`;
    if (name !== 'bin/busybox') links.add(name);
  }
  links.add('bin/sh');
  return [
    ...FOLDERS.map(([name, mode]): TarEntry => ({ kind: 'folder', name, mode })),
    file('bin/busybox', 0o755, program),
    ...[...links]
      .toSorted()
      .map((name): TarEntry => ({ kind: 'link', name, target: '/bin/busybox' })),
    file('etc/passwd', 0o644, PASSWD),
    file('etc/group', 0o644, GROUP),
    file('etc/shadow', 0o640, 'root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n'),
    file('etc/nsswitch.conf', 0o644, 'hosts: files dns\n'),
  ];
}

/** Packs one layer as `docker save` would: manifest, configuration and layer, each named by its content. */
export function dockerArchive(layer: readonly TarEntry[], architecture = process.arch): Buffer {
  const layerTar = writeTar(layer);
  const difference = sha256(layerTar);
  const epoch = '1970-01-01T00:00:00Z';
  const configuration = Buffer.from(
    JSON.stringify({
      architecture: ARCHITECTURES[architecture] ?? architecture,
      os: 'linux',
      created: epoch,
      config: {
        Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
        Cmd: COMMAND,
        WorkingDir: '/',
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${difference}`] },
      history: [{ created: epoch, created_by: 'ovenbird: busybox-static' }],
    }),
  );
  const configurationName = `${sha256(configuration)}.json`;
  const layerName = `${difference}/layer.tar`;
  const manifest = [{ Config: configurationName, RepoTags: null, Layers: [layerName] }];
  return writeTar([
    { kind: 'file', name: configurationName, mode: 0o644, data: configuration },
    { kind: 'folder', name: difference, mode: 0o755 },
    { kind: 'file', name: layerName, mode: 0o644, data: layerTar },
    {
      kind: 'file',
      name: 'manifest.json',
      mode: 0o644,
      data: Buffer.from(JSON.stringify(manifest)),
    },
  ]);
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
