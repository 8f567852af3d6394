import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

/** Set-up loads every source: one that does its work when it is only loaded would end it, or worse. */
test('every source can be loaded without anything happening', () => {
  const program = path.join(import.meta.dirname, 'compile.ts');
  const { NODE_COMPILE_CACHE: _, ...environment } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'again'], {
    env: environment,
    encoding: 'utf8',
  });
  assert.equal(status, 0, `a source ended the process; it said: ${stdout}${stderr}`);
  assert.equal(stdout, '');
});
