import { Fault } from '../../../core/errors.ts';
import type { Cloud } from '../cloud.ts';
import type { ConstraintLookups, Value } from '../language/index.ts';
import { lookUp, lookupNames } from './constraints.ts';
import { wordOf } from '../language/value.ts';

/** Names and ids of things in the cloud, as its caller may see them: look-ups that are remembered for a moment. */
export class Names implements ConstraintLookups {
  readonly #cloud: Cloud;
  readonly #found = new Map<string, { until: number; id: Promise<string> }>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
  }

  names(): Iterable<string> {
    return lookupNames();
  }

  async check(name: string, value: Value): Promise<string | undefined> {
    if (value === '' || value === null) return undefined;
    try {
      await this.idOf(name, Array.isArray(value) ? value.map(wordOf).join(',') : wordOf(value));
      return undefined;
    } catch (error) {
      if (error instanceof Fault) return error.message;
      throw error;
    }
  }

  /** The id of the one thing of a kind that has this id or name; a Fault that says there is none, or several. */
  idOf(name: string, value: string): Promise<string> {
    const key = `${name} ${value}`;
    const known = this.#found.get(key);
    if (known && known.until > Date.now()) return known.id;
    const id = lookUp(this.#cloud, name, value);
    // What was found stays so for the few milliseconds in which a template asks for it again and again.
    this.#found.set(key, { until: Date.now() + 2000, id });
    id.catch(() => this.#found.delete(key));
    return id;
  }
}
