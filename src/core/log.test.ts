import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { collectedOutput } from './log.ts';

describe('lines that are written together', () => {
  it('are there soon, in their order, and at once when there are many', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ovbt-log-'));
    const file = path.join(folder, 'log');
    const descriptor = openSync(file, 'a');
    try {
      const output = collectedOutput(descriptor);
      output.write('one\n');
      output.write('two ü\n');
      assert.equal(readFileSync(file, 'utf8'), '');
      while (readFileSync(file, 'utf8') === '') await new Promise((go) => setTimeout(go, 10));
      assert.equal(readFileSync(file, 'utf8'), 'one\ntwo ü\n');
      output.write(`${'x'.repeat(10_000)}\n`);
      assert.equal(readFileSync(file, 'utf8').length, 10_011);
    } finally {
      closeSync(descriptor);
      rmSync(folder, { recursive: true });
    }
  });

  it('are not lost when the process ends, or fails', () => {
    const module = path.join(import.meta.dirname, 'log.ts');
    for (const end of ['process.exit(0)', "throw new Error('boom')"]) {
      const { stdout } = spawnSync(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import { collectedOutput, createLogger } from ${JSON.stringify(module)};
          const log = createLogger('test', 'info', collectedOutput());
          log.info('last words'); ${end};`,
        ],
        { encoding: 'utf8' },
      );
      assert.match(stdout, /last words/);
    }
  });
});
