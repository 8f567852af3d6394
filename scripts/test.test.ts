import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { isPure } from './test.ts';

test('a test is pure when it can reach nothing outside its memory', () => {
  assert.ok(isPure("import { test } from 'node:test';\nimport { a } from './a.ts';\n"));
  assert.ok(!isPure("import { spawn } from 'node:child_process';\n"));
  assert.ok(!isPure("import { createTestDatabase } from '../database/testing.ts';\n"));
  assert.ok(!isPure("const { readFileSync } = await import('node:fs');\n"));
});

/** Runs a planted test file as `npm test` does; gives the counts and what was printed. */
function runPlanted(source: string, ...options: string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ovb-planted-'));
  try {
    const file = path.join(folder, 'planted.test.ts');
    const counts = path.join(folder, 'counts.json');
    writeFileSync(file, `import { describe, test, before } from 'node:test';\n${source}`);
    const { stdout, status } = spawnSync(
      process.execPath,
      [
        '--test',
        `--test-reporter=${path.join(import.meta.dirname, 'test-reporter.ts')}`,
        '--test-reporter-destination=stdout',
        ...options,
        file,
      ],
      {
        encoding: 'utf8',
        // The runner that runs this test would otherwise take the planted one for its own.
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, OVENBIRD_TEST_COUNTS: counts },
      },
    );
    return { stdout, status, counts: JSON.parse(readFileSync(counts, 'utf8')) as unknown };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('what led to a failure is told with it', () => {
  const { stdout } = runPlanted(
    "test('a', () => { throw new Error('in vain', { cause: new Error('3 are left') }); });",
  );
  assert.match(stdout, /Error: in vain[^]*because of Error: 3 are left/);
});

test('what fails when its test has ended is told', () => {
  const { stdout, status } = runPlanted(
    "test('a', () => void setTimeout(() => Promise.reject(new Error('late')), 20));",
  );
  assert.equal(status, 1);
  assert.match(stdout, /Test "a" .* asynchronous activity after the test ended.*Error: late/);
});

for (const isolation of ['none', 'process']) {
  const option = `--test-isolation=${isolation}`;
  test(`tests are counted, suites and files are not (isolation ${isolation})`, () => {
    const { counts, status } = runPlanted(
      "describe('s', () => { test('a', () => {}); test('b', () => {}); test.skip('c', () => {}); });\ntest('d', () => {});",
      option,
    );
    assert.deepEqual(counts, { passed: 3, failed: 0, skipped: 1 });
    assert.equal(status, 0);
  });

  test(`a failure is counted once and told in full (isolation ${isolation})`, () => {
    const { counts, stdout, status } = runPlanted(
      "describe('s', () => { test('a', () => { throw new Error('because'); }); test('b', () => {}); });",
      option,
    );
    assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 0 });
    assert.match(stdout, /planted\.test\.ts: a\n\s+Error: because\n\s+at /);
    assert.notEqual(status, 0);
  });

  test(`a suite that cannot begin is a failure (isolation ${isolation})`, () => {
    const { counts } = runPlanted(
      "describe('s', () => { before(() => { throw new Error('no'); }); test('a', () => {}); });",
      option,
    );
    assert.notEqual((counts as { failed: number }).failed, 0);
    assert.equal((counts as { passed: number }).passed, 0);
  });
}

test('a file that ends its process is a failure', () => {
  const { counts } = runPlanted("test('a', () => {});\nprocess.exit(3);");
  assert.equal((counts as { failed: number }).failed, 1);
});
