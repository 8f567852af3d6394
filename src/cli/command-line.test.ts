import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { COMMANDS } from './command-line.ts';
import { helpOf, readArguments, UsageError } from './command.ts';
import { choicesOf, readListen } from './commands/up.ts';
import { lineOf } from './progress.ts';
import { duration, shellWord, table } from './terminal.ts';

const PROGRAM = path.resolve(import.meta.dirname, '../../bin/ovenbird');
const ovenbird = (...words: string[]) =>
  spawnSync(PROGRAM, words, {
    encoding: 'utf8',
    env: { ...process.env, OVENBIRD_HOME: '/nonexistent/ovenbird' },
  });

describe('the command line', () => {
  test('every command explains itself with an example', async () => {
    for (const [name, load] of Object.entries(COMMANDS)) {
      const { command } = await load();
      const help = helpOf(name, command);
      assert.ok(command.examples.length > 0, name);
      for (const option of Object.keys(command.options ?? {}))
        assert.ok(help.includes(`--${option}`), `${name} --${option}`);
    }
  });

  test('what is not understood is a sentence and code 2', () => {
    const cases: [string[], RegExp][] = [
      [['nonsense'], /there is no command "nonsense"\. The commands are up, /],
      [['constructor'], /there is no command "constructor"/],
      [['status', '--nonsense'], /status: Unknown option '--nonsense'/],
      [['status', 'extra'], /"extra" is one argument too many/],
      [['openrc', '--user'], /--user/],
      [['up', '--listen', '5000'], /not ADDRESS:PORT/],
    ];
    for (const [words, message] of cases) {
      const { status, stderr, stdout } = ovenbird(...words);
      assert.equal(status, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.ok(!stderr.includes('    at '), 'no stack');
    }
  });

  test('help is help, and a missing cloud is said with its cure', () => {
    assert.match(ovenbird('--help').stdout, /openrc .*client/);
    assert.match(ovenbird('up', '--help').stdout, /--listen ADDRESS:PORT/);
    const { status, stderr } = ovenbird('status');
    assert.equal(status, 1);
    assert.match(stderr, /there is no cloud in \/nonexistent\/ovenbird: start one with/);
  });

  test('a reader that ends early, as head does, is no error', async () => {
    const child = spawn(PROGRAM, ['--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(told, '');
    assert.equal(code, 0);
  });

  test('the program works through a link and from another folder', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ovb-bin-'));
    try {
      execFileSync('ln', ['-s', PROGRAM, path.join(folder, 'ob')]);
      assert.match(
        execFileSync('./ob', ['--version'], { cwd: folder, encoding: 'utf8' }),
        /^\d+\.\d+\.\d+\n$/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('addresses to listen on', () => {
  assert.deepEqual(readListen('127.0.0.1:5000'), { address: '127.0.0.1', port: 5000 });
  assert.deepEqual(readListen('[::1]:80'), { address: '::1', port: 80 });
  for (const wrong of [
    '',
    ':5000',
    'localhost:1',
    '1.2.3.4:0',
    '1.2.3.4:65536',
    '1.2.3.256:1',
    '::1:80',
  ])
    assert.throws(() => readListen(wrong), UsageError, wrong);
  const up = {
    summary: '',
    examples: [],
    options: { driver: { type: 'string', help: '' } },
    run: async () => 0,
  } as const;
  assert.throws(() => choicesOf(readArguments('up', up, ['--driver', 'vmware'])), /docker or fake/);
  assert.deepEqual(choicesOf(readArguments('up', up, ['--driver', 'fake'])), { driver: 'fake' });
});

test('words for people and for shells', () => {
  assert.equal(duration(59.9), '59 s');
  assert.equal(duration(3599), '59 min');
  assert.equal(duration(90_000), '1 d 1 h');
  assert.equal(table(['A', 'B'], [['xyz', '1']]), 'A    B\nxyz  1');
  const wicked = `a'b"$(touch /tmp/x)\\ \n`;
  assert.equal(
    execFileSync('sh', ['-c', `printf %s ${shellWord(wicked)}`], { encoding: 'utf8' }),
    wicked,
  );
  assert.equal(lineOf({ kind: 'trouble', name: 'x', message: 'y' }), '✗ x: y');
});
