import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';

// Imported only to be compiled (scripts/compile.ts) it does nothing.
if (import.meta.main) {
  // Compiled code is kept between starts; what we start ourselves finds it by the same variable.
  process.env['NODE_COMPILE_CACHE'] ??= path.join(
    process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'),
    'ovenbird/node',
  );
  enableCompileCache(process.env['NODE_COMPILE_CACHE']);
  const { runCommandLine } = await import('./command-line.ts');
  process.exitCode = await runCommandLine(process.argv.slice(2));
}
