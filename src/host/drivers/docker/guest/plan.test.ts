import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { partsOf } from './parts.ts';
import { planOf, quoted } from './plan.ts';

const config = (text: string) => planOf(Buffer.from(`#cloud-config\n${text}`));
const b64 = (text: string | Buffer) => Buffer.from(text as string).toString('base64');

describe('parts of user data', () => {
  const kinds = (bytes: Buffer | string) =>
    partsOf(Buffer.from(bytes as string)).parts.map(({ kind, name }) => `${name}: ${kind}`);

  it('are told by their first line, packed or not', () => {
    assert.deepEqual(kinds('#!/bin/sh\n'), ['user data: script']);
    assert.deepEqual(kinds(gzipSync('#cloud-config\n')), ['user data: cloud-config']);
    assert.deepEqual(kinds('#cloud-boothook\ntrue\n'), ['user data: boothook']);
    assert.deepEqual(kinds(''), []);
  });

  it('come out of MIME with their names, encodings and types, nested and packed', () => {
    const mail = [
      'Content-Type: multipart/mixed;',
      ' boundary="==one=="',
      'MIME-Version: 1.0',
      '',
      'not a part',
      '--==one==',
      'Content-Type: text/x-shellscript; charset="us-ascii"',
      'Content-Disposition: attachment; filename="first.sh"',
      '',
      '#!/bin/sh',
      'echo first',
      '--==one==',
      'Content-Type: text/cloud-config',
      'Content-Transfer-Encoding: base64',
      'Merge-Type: list(append)+dict(recurse_array)+str()',
      '',
      b64('runcmd: [a]\n'),
      '--==one==',
      'Content-Type: multipart/mixed; boundary=two',
      '',
      '--two',
      'Content-Type: text/plain',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      '#!/bin/sh=0Aecho =C3=BC =',
      'x',
      '--two--',
      '--==one==',
      'Content-Type: application/octet-stream',
      'Content-Transfer-Encoding: base64',
      '',
      b64(gzipSync('#!/bin/sh\npacked\n')),
      '--==one==--',
      'after',
    ];
    for (const end of ['\n', '\r\n']) {
      const { parts, notices } = partsOf(Buffer.from(mail.join(end)));
      assert.deepEqual(notices, []);
      assert.deepEqual(
        parts.map(({ kind, name }) => [kind, name]),
        [
          ['script', 'first.sh'],
          ['cloud-config', 'part-002'],
          ['script', 'part-003'],
          ['script', 'part-004'],
        ],
      );
      assert.equal(parts[0]!.content.toString(), `#!/bin/sh${end}echo first`);
      assert.equal(parts[1]!.content.toString(), 'runcmd: [a]\n');
      assert.match(parts[1]!.mergeHow ?? '', /append/);
      assert.equal(parts[2]!.content.toString(), '#!/bin/sh\necho ü x');
      assert.equal(parts[3]!.content.toString(), '#!/bin/sh\npacked\n');
    }
    assert.deepEqual(kinds(gzipSync(mail.join('\n'))).length, 4);
  });

  it('come out of an archive', () => {
    const list = [{ type: 'text/x-shellscript', content: 'true\n', filename: 'x' }, '#!/bin/sh\n'];
    assert.deepEqual(kinds(`#cloud-config-archive\n${JSON.stringify(list)}`), [
      'x: script',
      'part-002: script',
    ]);
  });

  it('that are not carried out are told of', () => {
    const notice = (text: string | Buffer) => partsOf(Buffer.from(text as string)).notices.join();
    assert.match(notice('#include\nhttp://x/\n'), /#include is not carried out/);
    assert.match(notice('## template: jinja\n#cloud-config\n'), /templates/);
    assert.match(notice('#part-handler\n'), /Python/);
    assert.match(notice('hello'), /nothing that is carried out/);
    assert.match(notice(gzipSync('#!/bin/sh\n').subarray(0, 15)), /cannot be unpacked/);
    assert.match(notice(gzipSync(Buffer.alloc(3 * 2 ** 20))), /cannot be unpacked/);
  });

  it('never make it fail, whatever they are', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.string().map((text) => Buffer.from(`#cloud-config\n${text}`)),
          fc.string().map((text) => Buffer.from(`#cloud-config-archive\n${text}`)),
          fc.json().map((text) => Buffer.from(`#cloud-config\n${text}`)),
          fc
            .array(fc.constantFrom('--b', '--b--', '', 'Content-Type: text/plain', 'a: b', 'x'))
            .map((lines) =>
              Buffer.from(`Content-Type: multipart/mixed; boundary=b\n\n${lines.join('\n')}`),
            ),
        ),
        (bytes) => void planOf(Buffer.from(bytes)),
      ),
    ));
});

describe('a plan', () => {
  it('has words that a shell reads as they are', () =>
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
        const kept = words.map((word) => word.replaceAll('\0', ''));
        const script = `for word in ${words.map(quoted).join(' ')}; do printf '%s\\001' "$word"; done`;
        const out = execFileSync('busybox', ['sh'], { input: script }).toString();
        assert.equal(out, kept.map((word) => `${word}\u{1}`).join(''));
      }),
      { numRuns: 30 },
    ));

  it('names every key of random values without failing', () => {
    const keys =
      'bootcmd runcmd write_files hostname fqdn users user groups ssh_authorized_keys timezone password chpasswd packages final_message ssh_pwauth';
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...keys.split(' ')), fc.jsonValue()),
        (settings) => void config(JSON.stringify(settings)).stages,
      ),
    );
  });

  it('goes through the stages of cloud-init', () => {
    const plan = config(
      [
        'bootcmd: ["echo boot"]',
        'write_files: [{path: /a, content: x}, {path: /late, content: y, defer: true}]',
        'packages: [jq, [curl, "7.1"], {apt: [vim], snap: [lxd]}]',
        'runcmd: ["echo $HOME", [printf, "%s", "it\'s"]]',
        'final_message: bye',
      ].join('\n'),
    );
    const { stages, files, notices } = plan;
    const content = (kind: string) =>
      files.find(({ name }) => name.endsWith(`-${kind}`))?.content.toString();
    assert.match(stages['before-always'], /^run_script '\d+-bootcmd' 'bootcmd'\n$/);
    assert.match(stages['before-once'], /write_file '\/a' '\d+-file' '644' 'root:root' ''/);
    assert.match(
      stages['beside-once'],
      /^install_packages [^]*write_file '\/late'[^]*run_script '\d+-runcmd'[^]*say 'bye'\n$/,
    );
    assert.equal(content('bootcmd'), '#!/bin/sh\necho boot\n');
    assert.equal(content('runcmd'), `#!/bin/sh\necho $HOME\n'printf' '%s' 'it'\\''s'\n`);
    assert.equal(content('packages'), 'jq\t\ncurl\t7.1\nvim\t\n');
    assert.match(notices.join(), /those of snap are left out/);
  });

  it('writes files of all encodings and permissions', () => {
    const plan = config(
      JSON.stringify({
        write_files: [
          { path: '/a', encoding: 'b64', content: b64('one'), permissions: '0600', owner: 'u:g' },
          { path: '/b', encoding: 'gz+b64', content: b64(gzipSync('two')), append: true },
          { path: '/c', encoding: 'rot13', content: 'x' },
          { path: 'relative', content: 'x' },
          { path: '/d', permissions: 'rwx', encoding: 'base64', content: '*' },
        ],
      }),
    );
    assert.deepEqual(
      plan.files.map(({ content }) => content.toString()),
      ['one', 'two'],
    );
    const written = plan.stages['before-once'];
    assert.match(written, /write_file '\/a' '000-file' '600' 'u:g' ''/);
    assert.match(written, /write_file '\/b' '001-file' '644' 'root:root' 'append'/);
    assert.match(plan.notices.join('; '), /rot13.*absolute path.*not base64/s);
    const octal = config('write_files:\n- {path: /x, content: y, permissions: 0755}\n');
    assert.match(octal.stages['before-once'], /'755'/, 'YAML 1.1 reads 0755 as octal');
  });

  it('keeps passwords as hashes that only root can read', () => {
    const plan = config(
      'password: secret\nchpasswd: {expire: false, list: "a:pw\\nb:$6$x$y\\nc:RANDOM"}\n',
    );
    const hashes = plan.files.filter(({ name }) => name.endsWith('-password'));
    assert.deepEqual(
      hashes.map(({ mode, content }) => [mode, content.toString().startsWith('$6$')]),
      [
        [0o600, true],
        [0o600, true],
        [0o600, true],
        [0o600, true],
      ],
    );
    assert.equal(hashes[2]!.content.toString(), '$6$x$y\n');
    const text = JSON.stringify([plan.stages, plan.files.map(({ content }) => content.toString())]);
    assert.ok(!text.includes('secret') && !text.includes("'pw'"));
    assert.match(text, /random password of c is [\w-]{20}/);
  });

  it('chooses the host name', () => {
    const name = (text: string) => config(text).hostname;
    assert.equal(name('hostname: web'), 'web');
    assert.equal(name('hostname: web\nfqdn: web.example.org'), 'web.example.org');
    assert.equal(name('fqdn: a.b.c'), 'a.b.c');
    assert.equal(name('hostname: x\npreserve_hostname: true'), undefined);
    assert.equal(name('hostname: "$(id)"'), undefined);
  });

  it('joins configurations', () => {
    const two = (how: string) =>
      planOf(
        Buffer.from(
          `Content-Type: multipart/mixed; boundary=b\n\n--b\n\n#cloud-config\nruncmd: [one]\n--b\n\n#cloud-config\n${how}runcmd: [two]\n--b--\n`,
        ),
      ).files[0]!.content.toString();
    assert.equal(two(''), '#!/bin/sh\ntwo\n');
    assert.equal(two('merge_how: "list(append)+dict()"\n'), '#!/bin/sh\none\ntwo\n');
  });

  it('tells of what it does not do', () => {
    assert.match(config('disk_setup: {}\nmounts: []\n').notices.join(), /disk_setup, mounts/);
    assert.match(config('a: [').notices.join(), /not YAML/);
    assert.match(config('- a').notices.join(), /no cloud-config/);
    assert.match(config('users: [{name: "a b"}]').notices.join(), /no name of a user/);
    assert.equal(planOf(undefined).isEmpty, true);
    assert.equal(config('').isEmpty, true);
  });
});
