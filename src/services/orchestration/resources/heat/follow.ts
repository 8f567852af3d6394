import { isList, isMap, type Value } from '../../language/index.ts';

/** What lies at a path in a value; null when there is nothing. */
export function follow(value: Value, path: readonly (string | number)[]): Value {
  let found: Value = value;
  for (const key of path) {
    if (isMap(found) && Object.hasOwn(found, String(key))) found = found[String(key)]!;
    else if (isList(found) && Number.isInteger(Number(key))) found = found.at(Number(key)) ?? null;
    else return null;
  }
  return found;
}
