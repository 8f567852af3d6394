import { globSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import path from 'node:path';

// Loads every source once, in a process of its own, so that Node's compile cache has all of them: the processes of a
// cloud then start quickly from the first time, and none of them keeps the memory that stripping types takes.
const root = path.resolve(import.meta.dirname, '..');
const sources = globSync('src/**/*.ts', { cwd: root }).filter(
  (file) => !/\.test\.ts$|\/testing[^/]*\.ts$/.test(file),
);
await Promise.all(sources.map((file) => import(path.join(root, file))));
flushCompileCache();
