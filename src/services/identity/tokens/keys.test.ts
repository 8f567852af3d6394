import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { openKeyRing } from './keys.ts';

const HOUR = 3_600_000;

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-keys-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'fernet');
}

const files = (folder: string) =>
  readdirSync(folder)
    .map(Number)
    .toSorted((a, b) => a - b);

test('the staged key is the next primary one', (context) => {
  const ring = openKeyRing(folderFor(context), HOUR);
  const [primary, staged] = ring.all();
  assert.equal(ring.primary(), primary);
  ring.rotate();
  assert.deepEqual(ring.primary(), staged);
  assert.ok(ring.all().some((key) => key.equals(primary!)));
});

test('another process sees a rotation when it looks', (context) => {
  const folder = folderFor(context);
  const [one, other] = [openKeyRing(folder, HOUR), openKeyRing(folder, HOUR)];
  assert.equal(other.refresh(), false);
  one.rotate();
  assert.equal(other.refresh(), true);
  assert.deepEqual(other.all(), one.all());
});

test('a key goes when no token of it can be alive, and not before', (context) => {
  const folder = folderFor(context);
  const ring = openKeyRing(folder, HOUR);
  for (let round = 0; round < 4; round++) ring.rotate();
  assert.deepEqual(files(folder), [0, 1, 2, 3, 4, 5]);
  // Key 3 became primary two hours ago: tokens of 1 and 2 have ended.
  const past = new Date(Date.now() - 2 * HOUR);
  for (const key of [1, 2, 3]) utimesSync(path.join(folder, String(key)), past, past);
  ring.rotate();
  assert.deepEqual(files(folder), [0, 3, 4, 5, 6]);
});

test('keys are their owner’s only, and a damaged one is named', (context) => {
  const folder = folderFor(context);
  openKeyRing(folder, HOUR).rotate();
  for (const key of files(folder)) {
    assert.equal(statSync(path.join(folder, String(key))).mode & 0o777, 0o600);
  }
  writeFileSync(path.join(folder, '2'), 'half a k');
  assert.throws(() => openKeyRing(folder, HOUR), /fernet\/2 holds no Fernet key/);
});
