import assert from 'node:assert/strict';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  appendFileSync,
  openSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { createOnce, ensureFolder, lastLines, realFolder, writeAtomically } from './files.ts';
import { rotateLogs } from './log-files.ts';
import { run } from './command.ts';
import { prepareOvsdbFile } from './ovsdb-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'ovb-files-'));
after(() => rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);
const mode = (file: string) => (statSync(file).mode & 0o7777).toString(8);

test('a file is made once, whatever comes later', () => {
  assert.equal(createOnce(at('once'), 'first'), true);
  assert.equal(createOnce(at('once'), 'second'), false);
  assert.equal(readFileSync(at('once'), 'utf8'), 'first');
  assert.equal(mode(at('once')), '600');
  writeAtomically(at('once'), 'third');
  assert.equal(readFileSync(at('once'), 'utf8'), 'third');
  assert.deepEqual(readdirSync(folder), ['once'], 'no draft stays');
});

test('a folder has one path, also before it exists', () => {
  ensureFolder(at('real'), 0o700);
  symlinkSync(at('real'), at('link'));
  assert.equal(realFolder(at('link/new/er')), path.join(realFolder(folder), 'real/new/er'));
  assert.equal(realFolder('/'), '/');
});

test('a folder gets its mode, whatever it had', () => {
  ensureFolder(at('a/b'), 0o750);
  assert.equal(mode(at('a/b')), '750');
  ensureFolder(at('a/b'), 0o700);
  assert.equal(mode(at('a/b')), '700');
});

test('the last lines of a log of any size', () => {
  assert.deepEqual(lastLines(at('absent'), 5), []);
  writeFileSync(at('small'), 'a\nb\nc');
  assert.deepEqual(lastLines(at('small'), 2), ['b', 'c']);
  assert.deepEqual(lastLines(at('small'), 9), ['a', 'b', 'c']);
  assert.deepEqual(lastLines(at('small'), 0), []);
  const many = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
  writeFileSync(at('large'), `${many.join('\n')}\n`);
  assert.deepEqual(lastLines(at('large'), 3), many.slice(-3));
  assert.ok(lastLines(at('large'), 1_000_000).every((line) => /^line \d+$/.test(line)));
});

test('a log that grew is set aside under the feet of who writes it', () => {
  const logs = at('log');
  ensureFolder(logs, 0o700);
  const file = path.join(logs, 'x.log');
  const descriptor = openSync(file, 'a');
  writeSync(descriptor, 'x'.repeat(100));
  rotateLogs(logs, 101);
  assert.equal(statSync(file).size, 100, 'not yet');
  writeSync(descriptor, 'yz');
  rotateLogs(logs, 101);
  writeSync(descriptor, 'after');
  closeSync(descriptor);
  assert.equal(readFileSync(file, 'utf8'), 'after');
  assert.equal(readFileSync(`${file}.1`, 'utf8').length, 102);
});

const schema = (version: string, columns: string) =>
  `{"name":"T","version":"${version}","tables":{"A":{"columns":{${columns}},"isRoot":true}}}`;
const TEXT = '"name":{"type":"string"}';

test('an OVSDB file is made, kept, converted, and replaced when it is broken', async () => {
  const file = at('t.db');
  const old = at('old.ovsschema');
  const young = at('young.ovsschema');
  writeFileSync(old, schema('1.0.0', TEXT));
  writeFileSync(young, schema('1.1.0', `${TEXT},"note":{"type":"string"}`));
  assert.equal(await prepareOvsdbFile(file, old), 'made');
  await run('ovsdb-tool', [
    'transact',
    file,
    '["T",{"op":"insert","table":"A","row":{"name":"kept"}}]',
  ]);
  assert.equal(await prepareOvsdbFile(file, old), 'unchanged');
  assert.equal(await prepareOvsdbFile(file, young), 'converted');
  const query = '["T",{"op":"select","table":"A","where":[],"columns":["name","note"]}]';
  const { output } = await run('ovsdb-tool', ['query', file, query]);
  assert.match(output, /"name":"kept"/);
  assert.match(output, /"note":""/);
  writeFileSync(file, 'this is no database\n');
  assert.equal(await prepareOvsdbFile(file, young), 'replaced');
  assert.equal(await prepareOvsdbFile(file, young), 'unchanged');
  const aside = readdirSync(folder).find((name) => name.startsWith('t.db.broken-'));
  assert.ok(aside);
  assert.match(readFileSync(at(aside), 'utf8'), /no database/);
  await assert.rejects(prepareOvsdbFile(at('u.db'), at('absent.ovsschema')), /setup\.sh/);
});

test('a database whose end was cut off in mid-write keeps what was committed', async () => {
  const file = at('cut.db');
  const young = at('cut.ovsschema');
  writeFileSync(young, schema('1.0.0', TEXT));
  await prepareOvsdbFile(file, young);
  await run('ovsdb-tool', [
    'transact',
    file,
    '["T",{"op":"insert","table":"A","row":{"name":"kept"}}]',
  ]);
  appendFileSync(file, 'OVSDB JSON 200 0123456789012345678901234567890123456789\n{"A":{"');
  assert.equal(await prepareOvsdbFile(file, young), 'unchanged');
});
