import type { Cloud } from '../cloud.ts';
import type { ConstraintLookups, Value } from '../language/index.ts';
import { constraintLookups, lookUp } from './constraints.ts';

/** How long an answer is taken for true, in milliseconds: a template asks for the same thing again and again. */
const FRESH = 2000;

/** Names and ids of things in the cloud, as its user may see them; each is asked for once. */
export class Names implements ConstraintLookups {
  readonly #cloud: Cloud;
  readonly #lookups: ConstraintLookups;
  readonly #found = new Map<string, { until: number; answer: Promise<string | undefined> }>();

  constructor(cloud: Cloud) {
    this.#cloud = cloud;
    this.#lookups = constraintLookups(cloud);
  }

  names(): Iterable<string> {
    return this.#lookups.names();
  }

  check(name: string, value: Value): Promise<string | undefined> {
    return this.#once(`check ${name} ${JSON.stringify(value)}`, () =>
      this.#lookups.check(name, value),
    );
  }

  /** The id of the one thing of a kind that has this id or name; a Fault that says there is none, or several. */
  async idOf(kind: string, value: string): Promise<string> {
    const id = await this.#once(`id ${kind} ${value}`, () => lookUp(this.#cloud, kind, value));
    return id!;
  }

  #once(key: string, ask: () => Promise<string | undefined>): Promise<string | undefined> {
    const known = this.#found.get(key);
    if (known && known.until > Date.now()) return known.answer;
    const answer = ask();
    this.#found.set(key, { until: Date.now() + FRESH, answer });
    answer.catch(() => this.#found.delete(key));
    return answer;
  }
}
