import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from './errors.ts';

/**
 * Loads packages from outside the repository by name, from `<home>/drivers/node_modules`, or by absolute path. The
 * default export of each is a function, which `use` calls. A package that cannot be loaded fails the start with a
 * sentence, for a cloud without what it was told to have is not the one asked for.
 *
 * @param what what such a package is called, for the sentence: `network driver`
 */
export async function loadPackages<T>(
  names: readonly string[],
  home: string,
  what: string,
  use: (make: (kit: unknown) => unknown, name: string) => T | Promise<T>,
): Promise<T[]> {
  const require = createRequire(path.join(home, 'drivers', 'package.json'));
  const loaded: T[] = [];
  for (const name of names) {
    try {
      const file = require.resolve(name);
      const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
      if (typeof module.default !== 'function') {
        throw new Error(`its default export is not a function that makes a ${what}`);
      }
      loaded.push(await use(module.default as (kit: unknown) => unknown, name));
    } catch (error) {
      throw new Error(
        `the ${what} '${name}' cannot be loaded: ${messageOf(error)}. Install it below ${path.join(home, 'drivers')}, or take it out of the configuration.`,
        { cause: error },
      );
    }
  }
  return loaded;
}
