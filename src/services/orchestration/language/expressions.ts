import { didYouMean, TemplateError, type Path } from './errors.ts';
import { FUNCTIONS, type Call, type Lookups, type TemplateFunction } from './functions/index.ts';
import type { Template } from './template.ts';
import { isList, isMap, kindOf, mapOf, member, type Value } from './value.ts';
import { versionsWith } from './versions.ts';

/** One mention of a resource in a template. */
export interface Reference {
  readonly resource: string;
  /** The attribute that is asked for; undefined for the reference id, null for all attributes. */
  readonly attribute?: string | null;
  /** What stands after the attribute, when it is known without looking anything up. */
  readonly attributePath?: readonly Value[];
  readonly path: Path;
}

/** What `if` without a second value leaves out, with the item or key around it. */
export const NOTHING: unique symbol = Symbol('nothing');
export type Found = Value | typeof NOTHING;
export type Mode = 'value' | 'condition';

/** The snippets of one template with values for its parameters: what they mean and whom they mention. */
export class Expressions {
  readonly #template: Template;
  readonly #parameters: ReadonlyMap<string, Value>;
  readonly #hasResource: (name: string) => boolean;
  readonly #conditions = new Map<string, boolean | 'in progress'>();
  #lookups: Lookups = NO_LOOKUPS;
  #pending = false;

  constructor(
    template: Template,
    parameters: ReadonlyMap<string, Value>,
    hasResource: (name: string) => boolean,
  ) {
    this.#template = template;
    this.#parameters = parameters;
    this.#hasResource = hasResource;
  }

  /** Does work with lookups; tells whether it rested on something that is not known yet. */
  with<T>(lookups: Lookups, work: () => T): { result: T; pending: boolean } {
    const before = [this.#lookups, this.#pending] as const;
    [this.#lookups, this.#pending] = [lookups, false];
    try {
      const result = work();
      return { result, pending: this.#pending };
    } finally {
      [this.#lookups, this.#pending] = before;
    }
  }

  /** The value of a named condition. */
  condition(name: Value, path: Path): boolean {
    if (typeof name === 'boolean') return name;
    const { conditions } = this.#template;
    if (typeof name !== 'string' || !conditions.has(name)) {
      const near = didYouMean(String(name), conditions.keys());
      return this.#template.fail(path, `there is no condition "${String(name)}".${near}`);
    }
    const known = this.#conditions.get(name);
    if (known === 'in progress') {
      return this.#template.fail(path, `the condition "${name}" is defined by itself`);
    }
    if (known !== undefined) return known;
    this.#conditions.set(name, 'in progress');
    const at = this.#conditionPath(name);
    const value = this.find(conditions.get(name)!, at, 'condition');
    if (typeof value !== 'boolean') {
      return this.#template.fail(at, `a condition is true or false, not ${shownFound(value)}`);
    }
    this.#conditions.set(name, value);
    return value;
  }

  holds(condition: Value | undefined, path: Path): boolean {
    if (condition === undefined || condition === null) return true;
    const value = this.find(condition, path, 'condition');
    return this.condition(value === NOTHING ? null : value, path);
  }

  #conditionPath(name: string): Path {
    return [this.#template.words.sections.conditions, name];
  }

  /** Name, implementation and arguments of the function that a value is; undefined for plain data. */
  #functionOf(value: Value, path: Path, mode: Mode): [string, string, Value] | undefined {
    if (!isMap(value)) return undefined;
    const keys = Object.keys(value);
    if (keys.length !== 1) return undefined;
    const [name] = keys as [string];
    const { version } = this.#template;
    const table = mode === 'value' ? version.functions : version.conditionFunctions;
    const implementation = table.get(name);
    if (implementation !== undefined) return [name, implementation, value[name]!];
    if (version.removed.has(name)) {
      const last = versionsWith(name).findLast(({ dialect }) => dialect === 'hot');
      return this.#template.fail(
        [...path, name],
        `the function ${name} is not supported in version ${version.name}; the last one to have it is ${last?.name}`,
        'InvalidTemplateVersion',
      );
    }
    if (mode === 'condition' && version.functions.has(name)) {
      const names = [...table.keys()].join(', ');
      this.#template.fail(
        [...path, name],
        `${name} cannot be used in conditions: they have ${names}`,
      );
    }
    return undefined;
  }

  find(value: Value, path: Path, mode: Mode): Found {
    if (isList(value)) {
      return value.flatMap((item, index) => {
        const found = this.find(item, [...path, index], mode);
        return found === NOTHING ? [] : [found];
      });
    }
    if (!isMap(value)) return value;
    const use = this.#functionOf(value, path, mode);
    if (!use) {
      return mapOf(
        Object.entries(value).flatMap(([key, item]) => {
          const found = this.find(item, [...path, key], mode);
          return found === NOTHING ? [] : [[key, found] as const];
        }),
      );
    }
    const [name, implementation, raw] = use;
    const at = [...path, name];
    const branch = this.#branchOf(implementation, raw, at);
    if (branch === NOTHING) return NOTHING;
    if (branch) return this.find(branch.value, [...at, branch.index], mode);
    const fn = FUNCTIONS[implementation]!;
    const call = this.#call(name, at, mode);
    fn.check?.(raw, call);
    return this.#run(fn, raw, call, mode);
  }

  #run(fn: TemplateFunction, raw: Value, call: Call, mode: Mode): Value {
    const before = this.#pending;
    this.#pending = false;
    const args = this.find(raw, call.path, mode);
    const pending = this.#pending;
    this.#pending ||= before;
    try {
      return fn.run(args === NOTHING ? null : args, call);
    } catch (error) {
      // What is not known yet stands as null, which a function may refuse: that is no fault of the template.
      if (pending && error instanceof TemplateError) return null;
      throw error;
    }
  }

  /** For `if`: the value that its condition chooses. Undefined for every other function. */
  #branchOf(
    implementation: string,
    raw: Value,
    path: Path,
  ): { value: Value; index: number } | typeof NOTHING | undefined {
    if (implementation !== 'if' && implementation !== 'if with one value') return undefined;
    const one = implementation !== 'if';
    if (!isList(raw) || (raw.length !== 3 && !(one && raw.length === 2))) {
      return this.#template.fail(
        path,
        `takes [condition, value if true, value if false${one ? ' (optional)' : ''}]`,
      );
    }
    const condition = this.find(raw[0]!, [...path, 0], 'condition');
    const index = this.condition(condition === NOTHING ? null : condition, [...path, 0]) ? 1 : 2;
    const value = raw[index];
    return value === undefined ? NOTHING : { value, index };
  }

  /**
   * Goes through a snippet in the branches that the conditions leave, checks the form of every function, and
   * reports the resources that are mentioned when somebody wants to know.
   */
  visit(value: Value, path: Path, report?: (reference: Reference) => void): void {
    if (isList(value)) {
      for (const [index, item] of value.entries()) this.visit(item, [...path, index], report);
      return;
    }
    if (!isMap(value)) return;
    const use = this.#functionOf(value, path, 'value');
    if (!use) {
      for (const [key, item] of Object.entries(value)) this.visit(item, [...path, key], report);
      return;
    }
    const [name, implementation, raw] = use;
    const at = [...path, name];
    const branch = this.#branchOf(implementation, raw, at);
    if (branch === NOTHING) return;
    if (branch) {
      this.visit(branch.value, [...at, branch.index], report);
      return;
    }
    const call = this.#call(name, at, 'value');
    FUNCTIONS[implementation]!.check?.(raw, call);
    this.visit(raw, at, report);
    const reference = report && this.#referenceOf(implementation, raw, at);
    if (reference) report?.(reference);
  }

  #referenceOf(implementation: string, raw: Value, path: Path): Reference | undefined {
    const known = (value: Value): Value => {
      const found = this.find(value, path, 'value');
      return found === NOTHING ? null : found;
    };
    if (implementation === 'Ref' || implementation === 'get_resource') {
      const name = known(raw);
      // A `Ref` that is no resource's is a parameter's; whether there is one shows when it is resolved.
      if (implementation === 'Ref' && typeof name === 'string') {
        if (!this.#hasResource(name) && !this.#template.resources.has(name)) return undefined;
      }
      return { resource: this.needResource(name, path), path };
    }
    if (!implementation.startsWith('get_attr') && implementation !== 'Fn::GetAtt') return undefined;
    const [resource, attribute = null, ...rest] = isList(raw) ? raw : [raw];
    return {
      resource: this.needResource(known(resource!), path),
      attribute: known(attribute) as string | null,
      attributePath: known(rest) as readonly Value[],
      path,
    };
  }

  needResource(name: Value, path: Path): string {
    return typeof name === 'string' && this.#hasResource(name)
      ? name
      : this.unknownResource(name, path);
  }

  unknownResource(name: Value, path: Path): never {
    const { resources } = this.#template;
    const why =
      typeof name === 'string' && resources.has(name)
        ? `the resource "${name}" is left out by its condition`
        : `there is no resource "${typeof name === 'string' ? name : kindOf(name)}".${didYouMean(String(name), resources.keys())}`;
    return this.#template.fail(path, why, 'InvalidTemplateReference');
  }

  #call(name: string, path: Path, mode: Mode): Call {
    const fail: Call['fail'] = (reason, type) => this.#template.fail(path, reason, type);
    return {
      name,
      path,
      lookups: this.#lookups,
      fail,
      isFunction: (raw) => this.#functionOf(raw, path, mode) !== undefined,
      parameter: (key) => {
        const value = this.#parameters.get(key);
        if (value !== undefined) return value;
        const near = didYouMean(key, this.#parameters.keys());
        return fail(`there is no parameter "${key}".${near}`, 'UserParameterMissing');
      },
      hasResource: (key) => this.#hasResource(key),
      needResource: (key) => this.needResource(key, path),
      mapping: (key) => member(this.#template.mappings, key),
      truth: (value) => this.condition(value, path),
      pending: () => {
        this.#pending = true;
      },
    };
  }
}

/** Nothing is known yet. */
export const NO_LOOKUPS: Lookups = {
  reference: () => undefined,
  attribute: () => undefined,
  file: () => undefined,
  facade: () => undefined,
  zones: () => [],
};

/** What kind of thing was found, for messages. */
export const shownFound = (value: Found): string => (value === NOTHING ? 'nothing' : kindOf(value));
