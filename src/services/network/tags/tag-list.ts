import { Invalid, type AttributeType } from '../attributes/attribute.ts';
import { shown } from '../attributes/types.ts';

/** Most tags of one object, and characters of one tag. */
export const MOST_TAGS = 50;
const LONGEST_TAG = 255;

/** The tags, each once; fails with `Invalid`. */
export function tagsOf(tags: readonly unknown[]): string[] {
  const all = new Set<string>();
  for (const tag of tags) {
    if (typeof tag !== 'string' || !/^[^,/]+$/.test(tag) || tag.length > LONGEST_TAG) {
      throw new Invalid(
        `${shown(tag)} must have 1 to ${LONGEST_TAG} characters, without comma and slash`,
      );
    }
    all.add(tag);
  }
  if (all.size > MOST_TAGS) throw new Invalid(`an object has at most ${MOST_TAGS} tags`);
  return [...all];
}

/** Tags of a new object. */
export const tagList: AttributeType = {
  description: `list of at most ${MOST_TAGS} strings`,
  comparedAs: 'none',
  convert(value) {
    if (!Array.isArray(value)) throw new Invalid(`${shown(value)} is not a list`);
    return tagsOf(value);
  },
};
