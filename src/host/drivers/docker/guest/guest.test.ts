import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createLogger } from '../../../../core/log.ts';
import {
  busyboxArchive,
  imageOf,
  startEngine,
  until,
  wishOf,
  type TestEngine,
  type TestImage,
} from '../../../testing.ts';
import type { ServerWish } from '../../../wish.ts';
import { DockerDriver } from '../driver.ts';
import { Engine } from '../engine.ts';
import { tarArchive, type TarEntry } from '../tar.ts';

const signal = new AbortController().signal;
const HASH = '$6$abcDEF./12345678$x';

/** What happens inside of containers, with a real engine. */
describe('inside a container', () => {
  let engine: TestEngine;
  let api: Engine;
  let driver: DockerDriver;
  let image: TestImage;
  before(async () => {
    engine = await startEngine();
    api = new Engine(engine.socket);
    image = await imageOf(await busyboxArchive(engine.folder));
    driver = new DockerDriver({
      socketPath: engine.socket,
      folder: engine.folder,
      cloud: 'c'.repeat(32),
      host: 'test-host',
      log: createLogger('test', 'silent'),
    });
  });
  after(async () => {
    await driver?.close();
    api?.close();
    await engine?.stop();
  });

  const printed = async (id: string) =>
    (await driver.console(id, { lines: undefined, bytes: 100_000 })).toString();
  const run = async (wish: ServerWish) => {
    await driver.release(await driver.start(wish));
  };
  const made = async (wish: ServerWish, from = image) => {
    await driver.create(wish, from.source, signal);
    await run(wish);
    return wish;
  };
  /** A file of a running server, as it sees it. */
  const inside = async (id: string, file: string) =>
    path.join(`/proc/${(await driver.inspect(id))!.processId}/root`, file);
  const read = async (id: string, file: string) => readFile(await inside(id, file), 'utf8');
  const modeOf = async (id: string, file: string) =>
    ((await stat(await inside(id, file))).mode & 0o7777).toString(8);
  const until_ = (what: string, id: string, text: string | RegExp) =>
    until(what, async () => new RegExp(text).test(await printed(id))).catch(async (error) => {
      console.error(await printed(id));
      throw error;
    });
  const archive = async (name: string, entries: readonly TarEntry[]) => {
    const file = path.join(engine.folder, `${name}.tar`);
    await writeFile(file, tarArchive(entries));
    return imageOf(file);
  };

  const CONFIG = `#cloud-config
hostname: chosen
fqdn: chosen.example.org
bootcmd:
  - echo "boot of $INSTANCE_ID"
  - [sh, -c, 'sleep 1000 &']
write_files:
  - {path: /etc/deep/one, content: "it's $(id)\\n", permissions: '0640', owner: 'daemon:wheel'}
  - {path: /etc/deep/one, content: "more\\n", append: true, permissions: '0640', owner: 'daemon:wheel'}
  - {path: /etc/two, encoding: gz+b64, content: ${gzipSync('packed').toString('base64')}}
  - {path: /late, content: late, defer: true}
groups: [crew: [daemon]]
users:
  - default
  - name: ann
    gecos: Ann A.
    groups: crew, wheel
    sudo: 'ALL=(ALL) NOPASSWD:ALL'
    shell: /bin/sh
    lock_passwd: false
    hashed_passwd: ${HASH}
    ssh_authorized_keys: [ssh-ed25519 AAAA ann]
  - {name: bob, uid: 2000, no_create_home: true, homedir: /nowhere}
ssh_authorized_keys: [ssh-ed25519 BBBB root]
chpasswd: {list: 'root:secret', expire: false}
timezone: Mars/Olympus
packages: [jq]
runcmd:
  - echo "run $HOME $PATH $(hostname)"
  - [printf, '%s|%s\\n', 'two words', '$HOME']
final_message: that was all
disk_setup: {}
`;

  it('cloud-config is carried out once, boot commands at every start', async () => {
    const wish = await made(
      wishOf(image.wish, {
        userData: Buffer.from(CONFIG),
        command: ['/bin/sh', '-c', 'cat /etc/deep/one; sleep 1000'],
      }),
    );
    const { id } = wish;
    await until_('its end', id, 'that was all');
    const log = await printed(id);
    assert.match(log, /these keys of cloud-config are not carried out: disk_setup/);
    assert.match(log, new RegExp(`boot of ${id}`));
    assert.match(log, /packages are not installed: the image has no apt-get/);
    assert.match(log, /sudo cannot raise rights in this server/);
    assert.match(log, /the image has no time zone Mars\/Olympus/);
    assert.match(log, /^run \/root \/usr\/local\/sbin:\S+ chosen\.example\.org$/m);
    assert.match(log, /^two words\|\$HOME$/m);
    assert.match(log, /write_files: \/etc\/deep\/one cannot belong to daemon:wheel/);
    assert.match(log, /^it's \$\(id\)$/m, 'files are there before the program of the image');
    assert.equal(await read(id, '/etc/deep/one'), "it's $(id)\nmore\n");
    assert.equal(await modeOf(id, '/etc/deep/one'), '640');
    assert.equal(await read(id, '/etc/two'), 'packed');
    assert.equal(await read(id, '/late'), 'late');
    const passwd = await read(id, '/etc/passwd');
    assert.match(passwd, /^ann:x:1000:(\d+):Ann A\.:\/home\/ann:\/bin\/sh$/m);
    assert.match(passwd, /^bob:x:2000:2000::\/nowhere:\/bin\/sh$/m);
    assert.match(await read(id, '/etc/group'), /^crew:x:\d+:daemon,ann$/m);
    const shadow = await read(id, '/etc/shadow');
    assert.ok(shadow.includes(`ann:${HASH}:`), shadow);
    assert.match(shadow, /^bob:!:/m);
    assert.match(shadow, /^root:\$6\$/m);
    assert.equal(await modeOf(id, '/etc/shadow'), '600');
    assert.equal(await read(id, '/home/ann/.ssh/authorized_keys'), 'ssh-ed25519 AAAA ann\n');
    assert.equal((await stat(await inside(id, '/home/ann/.ssh/authorized_keys'))).uid, 1000);
    assert.equal(await read(id, '/root/.ssh/authorized_keys'), 'ssh-ed25519 BBBB root\n');
    assert.equal(
      await read(id, '/etc/sudoers.d/90-cloud-init-users'),
      'ann ALL=(ALL) NOPASSWD:ALL\n',
    );
    assert.match(await read(id, '/etc/hosts'), /127\.0\.1\.1\s+chosen\.example\.org/);
    const kept = await read(id, '/var/log/cloud-init-output.log');
    assert.match(kept, /boot of [^]*two words[^]*that was all/);
    await stat(await inside(id, '/var/lib/cloud/instance/boot-finished'));

    await driver.stop(id, 0);
    await run(wish);
    const times = (text: string, word: string) => text.split(word).length - 1;
    await until('the second boot', async () => times(await printed(id), `boot of ${id}`) === 2);
    await until('its program', async () => times(await printed(id), "it's $(id)") === 2);
    assert.equal(times(await printed(id), 'that was all'), 1, 'a reboot repeats nothing');
    await driver.remove(id);
    await made(wish);
    await until_('its end after it was made anew', id, 'that was all');
    await driver.remove(id);
  });

  it('installs with the package manager of the image, whichever that is', async () => {
    const script = (name: string, text = '') => ({
      path: name,
      mode: 0o755,
      content: Buffer.from(
        `#!/bin/sh\necho "${path.basename(name)} [$*] $DEBIAN_FRONTEND"\n${text}`,
      ),
    });
    const busybox = await readFile('/bin/busybox');
    const base = [
      { path: 'bin/', mode: 0o755 },
      { path: 'bin/sh', mode: 0o755, content: busybox },
      { path: 'usr/', mode: 0o755 },
      { path: 'usr/bin/', mode: 0o755 },
      { path: 'sbin/', mode: 0o755 },
    ];
    const userData = Buffer.from(
      '#cloud-config\npackages: [jq, [curl, 7.1]]\npackage_upgrade: true\nfinal_message: end\n',
    );
    for (const [program, text, expected] of [
      [
        'usr/bin/apt-get',
        '',
        /apt-get \[-q -y update\] noninteractive[^]*dist-upgrade[^]*install jq curl=7\.1\]/,
      ],
      ['sbin/apk', '', /apk \[update\][^]*apk \[upgrade\][^]*apk \[add jq curl=7\.1\]/],
      [
        'usr/bin/dnf',
        'exit 3',
        /dnf \[-y install jq curl-7\.1\][^]*failed with exit status 3: \/usr\/bin\/dnf -y install/,
      ],
    ] as const) {
      const own = await archive(path.basename(program), [...base, script(program, text)]);
      const wish = await made(wishOf(own.wish, { userData }), own);
      await until_(`the end with ${program}`, wish.id, '(?:^|\\n)end\\n');
      assert.match(await printed(wish.id), expected);
      await driver.remove(wish.id);
    }
  });

  it('starts an image with nothing in it, and tells what is missing there', async () => {
    const empty = await archive('scratch', [
      { path: 'nothing', mode: 0o644, content: Buffer.from('x') },
    ]);
    for (const [userData, expected] of [
      [
        '#!/bin/sh\necho "ran as $0"\n',
        /the image has no \/bin\/sh; its user data is run by busybox/,
      ],
      ['#!/usr/bin/python3\n', /the image has no \/usr\/bin\/python3[^]*exit status 127/],
      ['#cloud-config\nwrite_files: [{path: /x/y, content: z}]\nruncmd: [echo hello]\n', /hello\n/],
      ['#include\nhttp://x/\n', /#include is not carried out/],
      ['nonsense', /nothing that is carried out/],
    ] as const) {
      const wish = await made(wishOf(empty.wish, { userData: Buffer.from(userData) }), empty);
      await until_(userData, wish.id, expected);
      assert.equal((await driver.inspect(wish.id))?.state, 'running');
      await driver.remove(wish.id);
    }
  });

  it('sets passwords, told by their hashes', async () => {
    const wish = await made(wishOf(image.wish, { passwordHash: '$6$first$x' }));
    const { id } = wish;
    const shadow = () => read(id, '/etc/shadow').catch(() => '');
    await until('the first', async () => (await shadow()).startsWith('root:$6$first$x:'));
    await driver.setPassword(id, 'root', HASH);
    assert.ok((await shadow()).startsWith(`root:${HASH}:`));
    assert.match(await read(id, '/etc/passwd'), /^root:x:/);
    await assert.rejects(driver.setPassword(id, 'nobody', HASH), /has no user nobody/);
    await driver.stop(id, 0);
    await assert.rejects(driver.setPassword(id, 'root', HASH), /does not run/);
    await driver.remove(id);
  });

  it('is rescued with its file system beside, also when a step was cut off', async () => {
    const wish = await made(
      wishOf(image.wish, { command: ['/bin/sh', '-c', 'echo own; sleep 1000'] }),
    );
    const { id } = wish;
    await until_('its program', id, 'own');
    await writeFile(await inside(id, '/root/kept'), 'before');
    await driver.stop(id, 0);
    const rescued: ServerWish = {
      ...wish,
      authorizedKeys: ['ssh-ed25519 AAAA k'],
      rescue: { id: '7', image: image.wish, passwordHash: HASH },
    };
    await driver.rescue(rescued, image.source, signal);
    // Again, as after a crash.
    await driver.rescue(rescued, image.source, signal);
    const created = await driver.inspect(id);
    assert.deepEqual(
      [created?.rescue, created?.state, created?.imageId, created?.build],
      ['7', 'created', wish.image.id, 0],
    );
    await run(rescued);
    assert.equal(await read(id, '/mnt/root/kept'), 'before');
    await until('its password', async () =>
      (await read(id, '/etc/shadow').catch(() => '')).includes(HASH),
    );
    assert.match(await read(id, '/root/.ssh/authorized_keys'), /AAAA/);
    await writeFile(await inside(id, '/mnt/root/kept'), 'repaired');
    assert.ok(!(await printed(id)).includes('own'), 'the server itself does not get past its gate');
    assert.deepEqual(await driver.list(), [id]);
    // The machine was booted meanwhile: both containers are down.
    await driver.stop(id, 0);
    assert.equal((await driver.inspect(id))?.state, 'stopped');
    await api.json({ method: 'POST', path: `/containers/nova-${id}/kill`, what: 'test' });
    await run(rescued);
    assert.equal(await read(id, '/mnt/root/kept'), 'repaired');
    await driver.stop(id, 0);
    await driver.unrescue(id);
    await driver.unrescue(id);
    assert.equal((await driver.inspect(id))?.rescue, undefined);
    await run(wish);
    await until('its own program', async () => (await printed(id)).split('own').length === 3);
    assert.equal(await read(id, '/root/kept'), 'repaired');
    await driver.stop(id, 0);
    await driver.rescue(rescued, image.source, signal);
    await driver.remove(id);
    assert.deepEqual(await driver.list(), []);
  });

  it('gets nothing of this host and no more rights by any of it', async () => {
    const wish = await made(
      wishOf(image.wish, {
        userData: Buffer.from(CONFIG),
        entrypoint: ['/bin/sh', '-c'],
        command: ['echo "$(tty) $(pwd)"; sleep 1000'],
        tty: true,
        workingDirectory: '/tmp',
        environment: { A: '/etc:/host' },
        restart: { when: 'always', attempts: 0 },
        configDrive: true,
        passwordHash: HASH,
        administrator: 'ann',
        authorizedKeys: ['ssh-ed25519 CCCC k'],
      }),
    );
    const { id } = wish;
    await driver.fillDrive(id, [{ path: 'openstack/latest/user_data', content: Buffer.from('x') }]);
    await until_('a terminal', id, '/dev/pts/0 /tmp');
    assert.equal(await read(id, '/config-drive/openstack/latest/user_data'), 'x');
    await assert.rejects(writeFile(await inside(id, '/config-drive/x'), ''), /EROFS/);
    const rescued: ServerWish = {
      ...wish,
      rescue: { id: '7', image: image.wish, passwordHash: HASH },
    };
    await driver.stop(id, 0);
    await driver.rescue(rescued, image.source, signal);
    type Inspected = {
      Mounts: { Source: string; Destination: string; RW: boolean }[];
      HostConfig: Record<string, unknown>;
      GraphDriver: { Data: { MergedDir: string } };
    };
    const own = (await api.json<Inspected>({ path: `/containers/nova-${id}/json`, what: 'test' }))!;
    const other = (await api.json<Inspected>({
      path: `/containers/nova-${id}-rescue/json`,
      what: 'test',
    }))!;
    const folder = path.join(engine.folder, 'servers', id);
    const mounts = ({ Mounts: list }: Inspected) =>
      list
        .map(({ Source: from, Destination: to, RW: isWritable }) => [to, from, isWritable])
        .toSorted();
    assert.deepEqual(mounts(own), [
      ['/.ovenbird', path.join(folder, 'inside'), false],
      ['/config-drive', path.join(folder, 'drive'), false],
    ]);
    assert.deepEqual(mounts(other), [
      ['/.ovenbird', path.join(folder, 'rescue/inside'), false],
      ['/config-drive', path.join(folder, 'drive'), false],
      ['/mnt', own.GraphDriver.Data.MergedDir, true],
    ]);
    const docker =
      'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
        ' ',
      );
    for (const { HostConfig: has } of [own, other]) {
      const added = (has['CapAdd'] as string[]).map((name) => name.replace(/^CAP_/, ''));
      assert.deepEqual(
        added.filter((name) => !docker.includes(name)),
        [],
      );
      assert.deepEqual(has['CapDrop'], ['ALL']);
      assert.deepEqual(
        [has['Privileged'], has['Binds'], has['Devices'], has['PidMode'], has['NetworkMode']],
        [false, null, null, '', 'none'],
      );
      assert.deepEqual(has['SecurityOpt'], ['no-new-privileges']);
    }
    await driver.remove(id);
    const raised = wishOf(image.wish, { setuid: true });
    await driver.create(raised, image.source, signal);
    const { HostConfig: has } = (await api.json<Inspected>({
      path: `/containers/nova-${raised.id}/json`,
      what: 'test',
    }))!;
    assert.deepEqual([has['SecurityOpt'] ?? [], has['Privileged']], [[], false]);
    assert.deepEqual(
      (has['CapAdd'] as string[]).toSorted(),
      (own.HostConfig['CapAdd'] as string[]).toSorted(),
    );
    await driver.remove(raised.id);
  });
});
