import { didYouMean, TemplateError, type Path } from './errors.ts';
import { FUNCTIONS, type Call, type Lookups } from './functions/index.ts';
import { cycleIn } from './graph.ts';
import type { ResourceDefinition, Template } from './template.ts';
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

/** A value with what it took to find it. */
export interface Resolved {
  readonly value: Value;
  /** Whether it rests on a resource that has not been made: it may change, and parts of it are null. */
  readonly pending: boolean;
}

export interface ResolvedResource {
  readonly name: string;
  readonly type: string;
  readonly description: string;
  readonly properties: Value;
  readonly metadata: Value;
  readonly updatePolicy: Value;
  readonly deletionPolicy: 'Delete' | 'Retain' | 'Snapshot';
  readonly externalId: string | undefined;
  readonly pending: boolean;
}

/** What `if` without a second value leaves out, with the item or key around it. */
const NOTHING = Symbol('nothing');
type Found = Value | typeof NOTHING;
type Mode = 'value' | 'condition';

/**
 * A template with values for its parameters. Pure: the same template, parameters and lookups always give the
 * same answers. Conditions depend on parameters alone, so which resources exist is settled at once.
 */
export class Evaluation {
  readonly template: Template;
  readonly #parameters: ReadonlyMap<string, Value>;
  readonly #conditions = new Map<string, boolean | 'in progress'>();
  readonly #enabled = new Map<string, ResourceDefinition>();
  #lookups: Lookups = NO_LOOKUPS;
  #pending = false;

  constructor(template: Template, parameters: ReadonlyMap<string, Value>) {
    this.template = template;
    this.#parameters = parameters;
    for (const name of template.conditions.keys()) this.condition(name, this.#conditionPath(name));
    for (const [name, resource] of template.resources) {
      const path = [...resource.path, template.words.resource.condition];
      if (this.#holds(resource.condition, path)) this.#enabled.set(name, resource);
    }
  }

  /** The resources whose conditions hold. */
  get resources(): ReadonlyMap<string, ResourceDefinition> {
    return this.#enabled;
  }

  /** The value of a named condition. */
  condition(name: Value, path: Path): boolean {
    if (typeof name === 'boolean') return name;
    const { conditions } = this.template;
    if (typeof name !== 'string' || !conditions.has(name)) {
      const near = didYouMean(String(name), conditions.keys());
      return this.template.fail(path, `there is no condition "${String(name)}".${near}`);
    }
    const known = this.#conditions.get(name);
    if (known === 'in progress') {
      return this.template.fail(path, `the condition "${name}" is defined by itself`);
    }
    if (known !== undefined) return known;
    this.#conditions.set(name, 'in progress');
    const at = this.#conditionPath(name);
    const value = this.#find(conditions.get(name)!, at, 'condition');
    if (typeof value !== 'boolean') {
      return this.template.fail(at, `a condition is true or false, not ${shownFound(value)}`);
    }
    this.#conditions.set(name, value);
    return value;
  }

  /** Whether an output's condition holds; the value of one that does not hold is null. */
  hasOutput(name: string): boolean {
    const output = this.template.outputs.get(name);
    if (!output) return false;
    return this.#holds(output.condition, [...output.path, this.template.words.output.condition]);
  }

  /** A resource with everything resolved as far as the lookups know. */
  resource(name: string, lookups: Lookups): ResolvedResource {
    const definition = this.#enabled.get(name)!;
    const { resource: keys } = this.template.words;
    const at = (key: string): Path => [...definition.path, key];
    const [properties, metadata, updatePolicy, deletion, external] = this.#with(lookups, () => [
      this.#map(definition.properties, at(keys.properties)),
      this.#map(definition.metadata, at(keys.metadata)),
      this.#map(definition.updatePolicy, at(keys.updatePolicy)),
      this.#find(definition.deletionPolicy, at(keys.deletionPolicy), 'value'),
      this.#find(definition.externalId, at(keys.externalId ?? ''), 'value'),
    ]);
    const pending = this.#pending;
    if (external !== null && external !== NOTHING && typeof external !== 'string') {
      this.template.fail(at(keys.externalId ?? ''), `must be a string, not ${shownFound(external!)}`);
    }
    return {
      name,
      type: definition.type,
      description: definition.description,
      properties: properties as Value,
      metadata: metadata as Value,
      updatePolicy: updatePolicy as Value,
      deletionPolicy: this.#deletionPolicy(deletion!, at(keys.deletionPolicy)),
      externalId: typeof external === 'string' ? external : undefined,
      pending,
    };
  }

  /** The value of an output; null when its condition does not hold. */
  output(name: string, lookups: Lookups): Resolved {
    const output = this.template.outputs.get(name)!;
    if (!this.hasOutput(name)) return { value: null, pending: false };
    return this.resolve(output.value, [...output.path, this.template.words.output.value], lookups);
  }

  /** The value of any snippet of the template. */
  resolve(snippet: Value, path: Path, lookups: Lookups): Resolved {
    const value = this.#with(lookups, () => this.#find(snippet, path, 'value'));
    return { value: value === NOTHING ? null : value, pending: this.#pending };
  }

  /** Every mention of a resource in a snippet, in the branches that the conditions leave. */
  references(snippet: Value, path: Path): Reference[] {
    const found: Reference[] = [];
    this.#visit(snippet, path, (reference) => found.push(reference));
    return found;
  }

  /** The mentions of other resources in one resource, `depends_on` included. */
  referencesOf(name: string): Reference[] {
    const definition = this.#enabled.get(name)!;
    const { resource: keys } = this.template.words;
    const parts: [Value, string][] = [
      [definition.properties, keys.properties],
      [definition.metadata, keys.metadata],
      [definition.updatePolicy, keys.updatePolicy],
      [definition.deletionPolicy, keys.deletionPolicy],
      [definition.externalId, keys.externalId ?? ''],
    ];
    const explicit = definition.dependsOn.flatMap((resource, index): Reference[] => {
      const path = [...definition.path, keys.dependsOn, index];
      if (this.#enabled.has(resource)) return [{ resource, path }];
      // One that its condition leaves out need not be waited for.
      if (this.template.resources.has(resource)) return [];
      this.#unknownResource(resource, path);
      return [];
    });
    return [
      ...explicit,
      ...parts.flatMap(([value, key]) => this.references(value, [...definition.path, key])),
    ];
  }

  /** Resource → the resources that it needs first. Throws when they go round in a circle, and names them. */
  dependencies(): Map<string, Set<string>> {
    const graph = new Map<string, Set<string>>();
    for (const name of this.#enabled.keys()) {
      graph.set(name, new Set(this.referencesOf(name).map(({ resource }) => resource)));
    }
    const cycle = cycleIn(graph);
    if (cycle) {
      this.template.fail(
        [this.template.words.sections.resources, cycle[0]!],
        `Circular Dependency Found: ${cycle.join(' → ')}`,
        'CircularDependencyException',
      );
    }
    return graph;
  }

  /** Looks at everything that can be judged before anything is made; throws what is wrong. */
  validate(lookups: Pick<Lookups, 'file'> = NO_LOOKUPS): Map<string, Set<string>> {
    const graph = this.dependencies();
    for (const name of this.#enabled.keys()) this.resource(name, { ...NO_LOOKUPS, ...lookups });
    for (const output of this.template.outputs.values()) {
      if (!this.hasOutput(output.name)) continue;
      this.references(output.value, [...output.path, this.template.words.output.value]);
    }
    return graph;
  }

  #with<T>(lookups: Lookups, work: () => T): T {
    this.#lookups = lookups;
    this.#pending = false;
    try {
      return work();
    } finally {
      this.#lookups = NO_LOOKUPS;
    }
  }

  #conditionPath(name: string): Path {
    return [this.template.words.sections.conditions, name];
  }

  #holds(condition: Value | undefined, path: Path): boolean {
    if (condition === undefined || condition === null) return true;
    const value = this.#find(condition, path, 'condition');
    return this.condition(value === NOTHING ? null : value, path);
  }

  #map(value: Value, path: Path): Value {
    const found = this.#find(value, path, 'value');
    if (found === NOTHING || found === null) return mapOf([]);
    return isMap(found) ? found : this.template.fail(path, `must be a map, not ${kindOf(found)}`);
  }

  #deletionPolicy(value: Found, path: Path): 'Delete' | 'Retain' | 'Snapshot' {
    if (value === NOTHING || value === null) return 'Delete';
    const policies = ['Delete', 'Retain', 'Snapshot'] as const;
    const { hasLowerCasePolicies } = this.template.version;
    const policy = policies.find(
      (one) => one === value || (hasLowerCasePolicies && one.toLowerCase() === value),
    );
    if (policy) return policy;
    const near = didYouMean(String(value), policies);
    return this.template.fail(path, `there is no deletion policy "${String(value)}".${near}`);
  }

  /** Name, implementation and arguments of the function that a value is; undefined for plain data. */
  #functionOf(value: Value, path: Path, mode: Mode): [string, string, Value] | undefined {
    if (!isMap(value)) return undefined;
    const keys = Object.keys(value);
    if (keys.length !== 1) return undefined;
    const [name] = keys as [string];
    const { version } = this.template;
    const table = mode === 'value' ? version.functions : version.conditionFunctions;
    const implementation = table.get(name);
    if (implementation !== undefined) return [name, implementation, value[name]!];
    if (version.removed.has(name)) {
      const last = versionsWith(name).findLast(({ dialect }) => dialect === 'hot');
      return this.template.fail(
        [...path, name],
        `the function ${name} is not supported in version ${version.name}; the last one to have it is ${last?.name}`,
        'InvalidTemplateVersion',
      );
    }
    if (mode === 'condition' && version.functions.has(name)) {
      const names = [...table.keys()].join(', ');
      this.template.fail([...path, name], `${name} cannot be used in conditions: they have ${names}`);
    }
    return undefined;
  }

  #find(value: Value, path: Path, mode: Mode): Found {
    if (isList(value)) {
      return value.flatMap((item, index) => {
        const found = this.#find(item, [...path, index], mode);
        return found === NOTHING ? [] : [found];
      });
    }
    if (!isMap(value)) return value;
    const use = this.#functionOf(value, path, mode);
    if (!use) {
      return mapOf(
        Object.entries(value).flatMap(([key, item]) => {
          const found = this.#find(item, [...path, key], mode);
          return found === NOTHING ? [] : [[key, found] as const];
        }),
      );
    }
    const [name, implementation, raw] = use;
    const at = [...path, name];
    const branch = this.#branchOf(implementation, raw, at);
    if (branch === NOTHING) return NOTHING;
    if (branch) return this.#find(branch.value, [...at, branch.index], mode);
    const fn = FUNCTIONS[implementation]!;
    const call = this.#call(name, at, mode);
    fn.check?.(raw, call);
    const args = this.#find(raw, at, mode);
    return fn.run(args === NOTHING ? null : args, call);
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
      return this.template.fail(
        path,
        `takes [condition, value if true, value if false${one ? ' (optional)' : ''}]`,
      );
    }
    const condition = this.#find(raw[0]!, [...path, 0], 'condition');
    const index = this.condition(condition === NOTHING ? null : condition, [...path, 0]) ? 1 : 2;
    const value = raw[index];
    return value === undefined ? NOTHING : { value, index };
  }

  #visit(value: Value, path: Path, report: (reference: Reference) => void): void {
    if (isList(value)) {
      for (const [index, item] of value.entries()) this.#visit(item, [...path, index], report);
      return;
    }
    if (!isMap(value)) return;
    const use = this.#functionOf(value, path, 'value');
    if (!use) {
      for (const [key, item] of Object.entries(value)) this.#visit(item, [...path, key], report);
      return;
    }
    const [name, implementation, raw] = use;
    const at = [...path, name];
    const branch = this.#branchOf(implementation, raw, at);
    if (branch === NOTHING) return;
    if (branch) {
      this.#visit(branch.value, [...at, branch.index], report);
      return;
    }
    const call = this.#call(name, at, 'value');
    FUNCTIONS[implementation]!.check?.(raw, call);
    this.#visit(raw, at, report);
    const reference = this.#referenceOf(implementation, raw, at);
    if (reference) report(reference);
  }

  #referenceOf(implementation: string, raw: Value, path: Path): Reference | undefined {
    const known = (value: Value): Value => {
      const found = this.#find(value, path, 'value');
      return found === NOTHING ? null : found;
    };
    if (implementation === 'Ref' || implementation === 'get_resource') {
      const name = known(raw);
      if (implementation === 'Ref' && typeof name === 'string' && !this.#enabled.has(name)) {
        if (this.#parameters.has(name)) return undefined;
      }
      return { resource: this.#needResource(name, path), path };
    }
    if (!implementation.startsWith('get_attr') && implementation !== 'Fn::GetAtt') return undefined;
    const [resource, attribute = null, ...rest] = isList(raw) ? raw : [raw];
    return {
      resource: this.#needResource(known(resource!), path),
      attribute: known(attribute) as string | null,
      attributePath: known(rest) as readonly Value[],
      path,
    };
  }

  #needResource(name: Value, path: Path): string {
    return typeof name === 'string' && this.#enabled.has(name)
      ? name
      : this.#unknownResource(name, path);
  }

  #unknownResource(name: Value, path: Path): never {
    const { resources } = this.template;
    const why =
      typeof name === 'string' && resources.has(name)
        ? `the resource "${name}" is left out by its condition`
        : `there is no resource "${typeof name === 'string' ? name : kindOf(name)}".${didYouMean(String(name), resources.keys())}`;
    return this.template.fail(path, why, 'InvalidTemplateReference');
  }

  #call(name: string, path: Path, mode: Mode): Call {
    const fail: Call['fail'] = (reason, type) => this.template.fail(path, reason, type);
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
      hasResource: (key) => this.#enabled.has(key),
      needResource: (key) => this.#needResource(key, path),
      mapping: (key) => member(this.template.mappings, key),
      truth: (value) => this.condition(value, path),
      pending: () => {
        this.#pending = true;
      },
    };
  }
}

const shownFound = (value: Found): string => (value === NOTHING ? 'nothing' : kindOf(value));

/** Nothing is known yet. */
export const NO_LOOKUPS: Lookups = {
  reference: () => undefined,
  attribute: () => undefined,
  file: () => undefined,
  facade: () => undefined,
  zones: () => [],
};

export { TemplateError };
