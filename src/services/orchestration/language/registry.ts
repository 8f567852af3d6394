import { didYouMean, TemplateError, type Path } from './errors.ts';
import { isList, isMap, mapOf, member, type Value, type ValueMap } from './value.ts';

/** What a type of a template stands for: a type that the engine knows, or a template of its own. */
export type Implementation =
  | { readonly kind: 'type'; readonly type: string }
  | { readonly kind: 'template'; readonly file: string };

export const HOOKS = [
  'pre-create',
  'pre-update',
  'pre-delete',
  'post-create',
  'post-update',
  'post-delete',
] as const;
/** A point at which a stack waits until somebody lets it go on. */
export type Hook = (typeof HOOKS)[number];

export const RESTRICTED_ACTIONS = ['update', 'replace'] as const;
export type RestrictedAction = (typeof RESTRICTED_ACTIONS)[number];

const isTemplate = (name: string): boolean => /\.(?:yaml|template)$/.test(name);

/** Whether a name matches a pattern of `resources:`, in which `*` stands for anything and `?` for one. */
function matches(pattern: string, name: string): boolean {
  // Two pointers and the last star: linear in practice, never exponential.
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[from] === '*') [star, mark] = [from++, at];
    else if (pattern[from] === '?' || pattern[from] === name[at]) [from, at] = [from + 1, at + 1];
    else if (star >= 0) [from, at] = [star + 1, ++mark];
    else return false;
  }
  while (pattern[from] === '*') from++;
  return from === pattern.length;
}

/** The `resource_registry` of an environment: other meanings for types, hooks, and what may not be done. */
export class Registry {
  readonly #entries: ValueMap;

  constructor(entries: ValueMap = mapOf([])) {
    this.#entries = entries;
    checkEntries(entries, ['resource_registry']);
  }

  /** As it was given. */
  get entries(): ValueMap {
    return this.#entries;
  }

  /**
   * What a resource's type stands for. `knows` tells the engine's own types; `name` is the resource's name,
   * for mappings that hold for one resource only. A wildcard counts before an exact name, as in Heat, whose
   * order is by name and `*` sorts before letters.
   */
  implementation(type: string, knows: (type: string) => boolean, name?: string): Implementation {
    const seen = new Set<string>();
    const search = (wanted: string): Implementation | undefined => {
      if (seen.has(wanted)) {
        throw new TemplateError(
          `the types ${[...seen, wanted].join(' → ')} are mapped to each other in a circle`,
          { path: ['resource_registry', wanted] },
        );
      }
      seen.add(wanted);
      for (const [key, value] of this.#candidates(wanted, name)) {
        if (isTemplate(value)) return { kind: 'template', file: value };
        const next =
          key.endsWith('*') && value.endsWith('*')
            ? value.slice(0, -1) + wanted.slice(key.length - 1)
            : value;
        const found =
          next === wanted && knows(next) ? ({ kind: 'type', type: next } as const) : search(next);
        if (found) return found;
      }
      seen.delete(wanted);
      if (isTemplate(wanted)) return { kind: 'template', file: wanted };
      return knows(wanted) ? { kind: 'type', type: wanted } : undefined;
    };
    const found = search(type);
    if (found) return found;
    throw new TemplateError(
      `The Resource Type (${type}) could not be found.${didYouMean(type, this.#types())}`,
      { type: 'EntityNotFound' },
    );
  }

  /** The hooks that are set for a resource. */
  hooks(resource: string): ReadonlySet<Hook> {
    return new Set(this.#named(resource, 'hooks') as Hook[]);
  }

  /** What may not be done to a resource. */
  restrictedActions(resource: string): ReadonlySet<RestrictedAction> {
    return new Set(this.#named(resource, 'restricted_actions') as RestrictedAction[]);
  }

  /** The registry as the template behind a resource sees it: what is said for that resource now holds for all in it. */
  within(resource: string): Registry {
    const named = member(this.#entries, 'resources');
    if (!isMap(named)) return this;
    const inner = Object.entries(named).flatMap(([pattern, entries]) =>
      matches(pattern, resource) && isMap(entries) ? Object.entries(entries) : [],
    );
    return new Registry(
      mapOf([...Object.entries(this.#entries), ['resources', mapOf(inner)] as const]),
    );
  }

  *#types(): Iterable<string> {
    for (const key of Object.keys(this.#entries)) if (key !== 'resources') yield key;
  }

  #candidates(type: string, name: string | undefined): [string, string][] {
    const found: [string, string][] = [];
    const named = member(this.#entries, 'resources');
    const own = isMap(named) && name !== undefined ? member(named, name) : undefined;
    const special = isMap(own) ? member(own, type) : undefined;
    if (typeof special === 'string') found.push([type, special]);
    const general = Object.entries(this.#entries).flatMap(([key, value]): [string, string][] => {
      if (typeof value !== 'string') return [];
      if (key === type) return [[key, value]];
      const wild = key.endsWith('*') && type !== value && type.startsWith(key.slice(0, -1));
      return wild && !isTemplate(value) ? [[key, value]] : [];
    });
    return [...found, ...general.toSorted(([one], [other]) => (one < other ? -1 : 1))];
  }

  #named(resource: string, key: 'hooks' | 'restricted_actions'): string[] {
    const named = member(this.#entries, 'resources');
    if (!isMap(named)) return [];
    return Object.entries(named).flatMap(([pattern, entries]) => {
      if (!matches(pattern, resource) || !isMap(entries)) return [];
      const value = member(entries, key) ?? [];
      return (isList(value) ? value : [value]).map(String);
    });
  }
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  hooks: HOOKS,
  restricted_actions: RESTRICTED_ACTIONS,
};

function checkEntries(entries: ValueMap, path: Path): void {
  for (const [key, value] of Object.entries(entries)) {
    const here = [...path, key];
    const words = WORDS[key];
    if (words && !isMap(value)) {
      for (const word of isList(value) ? value : [value]) {
        if (typeof word === 'string' && words.includes(word)) continue;
        throw new TemplateError(
          `there is no "${String(word)}": use ${words.join(', ')}.${didYouMean(String(word), words)}`,
          {
            path: here,
            type: key === 'hooks' ? 'InvalidBreakPointHook' : 'InvalidRestrictedAction',
          },
        );
      }
    } else if (isMap(value)) checkEntries(value, here);
    else if (typeof value !== 'string' && value !== null) {
      throw new TemplateError("must be a type's name or a template's file", { path: here });
    }
  }
}

/** Entries over others: a null takes away, also all that a wildcard names. */
export function overlaid(below: ValueMap, above: ValueMap): ValueMap {
  const merged = new Map<string, Value>(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    if (value !== null) merged.set(key, value);
    else if (!key.endsWith('*')) merged.delete(key);
    else {
      for (const name of merged.keys()) if (name.startsWith(key.slice(0, -1))) merged.delete(name);
    }
  }
  return mapOf(merged);
}
