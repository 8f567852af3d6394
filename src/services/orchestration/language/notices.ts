import { pathText, type Path } from './errors.ts';
import { isList, isMap, type Value, type ValueMap } from './value.ts';
import { VERSIONS, type Version } from './versions.ts';

/** Function → the first version of HOT that has it. */
const SINCE = new Map<string, string>();
for (const { dialect, name, functions } of VERSIONS) {
  if (dialect !== 'hot') continue;
  for (const key of functions.keys()) if (!SINCE.has(key)) SINCE.set(key, name);
}

/**
 * What a template is allowed to say and hardly means: a function that its version does not have yet is plain
 * data to it, here as in Heat, and the property that gets a map instead of a text tells little about why.
 */
export function functionsOfLaterVersions(value: ValueMap, version: Version): string[] {
  const found: string[] = [];
  const visit = (here: Value, path: Path): void => {
    if (isList(here)) {
      for (const [index, item] of here.entries()) visit(item, [...path, index]);
    } else if (isMap(here)) {
      const keys = Object.keys(here);
      const [name = ''] = keys;
      const since = keys.length === 1 ? SINCE.get(name) : undefined;
      if (since !== undefined && since > version.name && !version.functions.has(name)) {
        found.push(
          `${pathText([...path, name])}: ${name} is a function since ${since}; in ${version.name} it is plain data`,
        );
      }
      for (const key of keys) visit(here[key]!, [...path, key]);
    }
  };
  if (version.dialect === 'hot') visit(value, []);
  return found;
}
