import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import path from 'node:path';
import { NODE_OPTIONS } from '../src/cloud/components/control-plane.ts';

// Loads every source once, in a process of its own, so that Node's compile cache has all of them: the processes of a
// cloud then start quickly from the first time, and none of them keeps the memory that stripping types takes.
// Code compiled under other V8 options is other code: what the control plane runs with is compiled for it too.
const root = path.resolve(import.meta.dirname, '..');
const sources = globSync('src/**/*.ts', { cwd: root }).filter(
  (file) => !/\.test\.ts$|\/testing[^/]*\.ts$/.test(file),
);
await Promise.all(sources.map((file) => import(path.join(root, file))));
flushCompileCache();
if (process.argv[2] !== 'again') {
  const again = [...NODE_OPTIONS, import.meta.filename, 'again'];
  process.exitCode = spawnSync(process.execPath, again, { stdio: 'inherit' }).status ?? 1;
}
