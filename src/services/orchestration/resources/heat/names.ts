import { createHash } from 'node:crypto';
import type { Step } from '../type.ts';

/** What Heat calls the physical name: `stack-resource-shortid`. */
export const physicalName = (step: Pick<Step, 'stack' | 'name' | 'shortId'>): string =>
  `${step.stack.name}-${step.name}-${step.shortId}`;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** Twelve letters and digits made from a text, always the same: a name for a member of a group, as Heat's short ids look. */
export function shortName(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  return [...bytes.subarray(0, 12)].map((byte) => ALPHABET[byte % 32]).join('');
}
