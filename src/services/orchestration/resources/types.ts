import { didYouMean } from '../language/errors.ts';
import type { ResourceType } from './type.ts';

/** The types that templates may name, by all their names. */
export class TypeRegistry {
  readonly #types = new Map<string, ResourceType>();
  readonly #main: ResourceType[] = [];

  constructor(types: Iterable<ResourceType> = []) {
    for (const type of types) this.add(type);
  }

  add(type: ResourceType): void {
    for (const name of [type.name, ...(type.aliases ?? [])]) {
      if (this.#types.has(name)) throw new Error(`the resource type ${name} is there twice`);
      this.#types.set(name, type);
    }
    this.#main.push(type);
  }

  find(name: string): ResourceType | undefined {
    return this.#types.get(name);
  }

  has = (name: string): boolean => this.#types.has(name);

  /** One entry a type, in the order of their names. */
  all(): readonly ResourceType[] {
    return this.#main.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Every name, aliases included. */
  names(): string[] {
    return [...this.#types.keys()].toSorted();
  }

  near(name: string): string {
    return didYouMean(name, this.#types.keys());
  }
}
