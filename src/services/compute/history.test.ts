import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { HISTORY, historyTable } from './history.ts';
import { computeMicroversions, features, featuresOf, has } from './microversions.ts';

const FILE = path.resolve(import.meta.dirname, '../../../docs/reference/compute-microversions.md');
const [BEGIN, END] = ['<!-- microversions -->', '<!-- end of microversions -->'] as const;
const { maximum } = computeMicroversions;

/** With `OVENBIRD_WRITE_DOCUMENTS=1` it is written instead. */
test('the reference shows every microversion', () => {
  const page = readFileSync(FILE, 'utf8');
  const [head = '', rest = ''] = page.split(BEGIN);
  const [, tail = ''] = rest.split(END);
  const wanted = `${head}${BEGIN}\n\n${historyTable()}\n\n${END}${tail}`;
  if (process.env['OVENBIRD_WRITE_DOCUMENTS'] === '1') writeFileSync(FILE, wanted);
  else assert.equal(page, wanted);
});

test('history and table of features speak of the same versions', () => {
  const minors = Object.keys(HISTORY).map(Number);
  assert.deepEqual(
    minors,
    Array.from({ length: maximum.minor - 1 }, (_, index) => index + 2),
  );
  const known = minors.flatMap(featuresOf);
  assert.deepEqual([...new Set(known)].toSorted(), features().toSorted());
});

test('ranges hold at both ends, and between', () => {
  const at = (minor: number, feature: Parameters<typeof has>[1]) =>
    has({ major: 2, minor }, feature);
  assert.deepEqual(
    [1, 2].map((minor) => at(minor, 'keypairType')),
    [false, true],
  );
  assert.deepEqual(
    [35, 36].map((minor) => at(minor, 'networkProxies')),
    [true, false],
  );
  assert.deepEqual(
    [31, 32, 36, 37, 41, 42].map((minor) => at(minor, 'networkTags')),
    [false, true, true, false, false, true],
  );
  assert.deepEqual(
    [28, 29, 67, 68].map((minor) => at(minor, 'evacuateForce')),
    [false, true, true, false],
  );
});

/** Of actions that are not offered yet; whoever offers one takes its features from here. */
const WAITING = new Set(['crashDump', 'liveMigrationChecksLater']);

test('each feature is asked for somewhere', () => {
  const root = import.meta.dirname;
  const text = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|^microversions\.ts$/.test(file))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n');
  const unused = features().filter(
    (feature) => !WAITING.has(feature) && !text.includes(`'${feature}'`),
  );
  assert.deepEqual(unused, []);
});
