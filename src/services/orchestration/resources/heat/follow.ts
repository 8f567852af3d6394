import { follow as followed } from '../../language/functions/references.ts';
import type { Value } from '../../language/index.ts';

/** What lies at a path in a value; null when there is nothing. */
export const follow = (value: Value, path: readonly Value[]): Value =>
  followed(value, path) ?? null;
