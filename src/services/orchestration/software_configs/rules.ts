import { badRequest } from '../../../core/errors.ts';
import { isList, isMap, jsonOf, type Value, type ValueMap } from '../language/index.ts';
import { IO_TYPES } from '../resources/heat/software-io.ts';
import { wordOf } from '../language/value.ts';

type Kind = 'inputs' | 'outputs';

const KEYS: Readonly<Record<Kind, readonly string[]>> = {
  inputs: ['name', 'description', 'type', 'default', 'replace_on_change', 'value'],
  outputs: ['name', 'description', 'type', 'error_output'],
};

/** Inputs or outputs of a configuration, in the form in which they are kept. Throws with what is wrong. */
export function checkedIo(value: Value | undefined, kind: Kind): ValueMap[] {
  if (value === undefined || value === null) return [];
  if (!isList(value)) throw badRequest('Software Config I/O Schema must be in a list');
  return value.map((one) => {
    if (!isMap(one)) throw badRequest('Software Config I/O Schema must be a dict');
    const unknown = Object.keys(one).find((key) => !KEYS[kind].includes(key));
    if (unknown !== undefined) throw badRequest(`Unknown Property ${unknown} in ${kind}`);
    if (typeof one['name'] !== 'string' || one['name'] === '') {
      throw badRequest(`Property name not assigned in ${kind}: ${jsonOf(one).slice(0, 200)}`);
    }
    const type = one['type'] ?? 'String';
    if (!IO_TYPES.includes(wordOf(type))) {
      throw badRequest(
        `Property error: type: "${wordOf(type)}" is not an allowed value [${IO_TYPES.join(', ')}]`,
      );
    }
    for (const flag of ['replace_on_change', 'error_output']) {
      if (!['boolean', 'undefined'].includes(typeof one[flag]) && one[flag] !== null) {
        throw badRequest(`Property error: ${flag} of ${kind} is true or false`);
      }
    }
    const entries = Object.entries(one).filter(
      ([key, member]) =>
        (member !== null || key === 'value') && !(key === 'replace_on_change' && member === false),
    );
    const kept: Record<string, Value> = { ...Object.fromEntries(entries), type };
    if (kind === 'outputs') kept['error_output'] = one['error_output'] === true;
    return kept;
  });
}
