import { didYouMean, type Path } from './errors.ts';
import { Expressions, NO_LOOKUPS, NOTHING, shownFound, type Found } from './expressions.ts';
import type { Reference } from './expressions.ts';
import type { Lookups } from './functions/index.ts';
import { cycleIn } from './graph.ts';
import type { ResourceDefinition, Template } from './template.ts';
import { isMap, kindOf, mapOf, type Value } from './value.ts';

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

/**
 * A template with values for its parameters. Pure: the same template, parameters and lookups always give the
 * same answers. Conditions depend on parameters alone, so which resources exist is settled at once.
 */
export class Evaluation {
  readonly template: Template;
  readonly #expressions: Expressions;
  readonly #enabled = new Map<string, ResourceDefinition>();

  constructor(template: Template, parameters: ReadonlyMap<string, Value>) {
    this.template = template;
    this.#expressions = new Expressions(template, parameters, (name) => this.#enabled.has(name));
    for (const name of template.conditions.keys()) {
      this.condition(name);
    }
    for (const [name, resource] of template.resources) {
      const path = [...resource.path, template.words.resource.condition];
      if (this.#expressions.holds(resource.condition, path)) this.#enabled.set(name, resource);
    }
  }

  /** The resources whose conditions hold. */
  get resources(): ReadonlyMap<string, ResourceDefinition> {
    return this.#enabled;
  }

  /** The value of a named condition. */
  condition(name: string): boolean {
    return this.#expressions.condition(name, [this.template.words.sections.conditions, name]);
  }

  /** Whether an output's condition holds; the value of one that does not hold is null. */
  hasOutput(name: string): boolean {
    const output = this.template.outputs.get(name);
    if (!output) return false;
    const path = [...output.path, this.template.words.output.condition];
    return this.#expressions.holds(output.condition, path);
  }

  /** A resource with everything resolved as far as the lookups know. */
  resource(name: string, lookups: Lookups): ResolvedResource {
    const definition = this.#definition(name);
    const { resource: keys } = this.template.words;
    const at = (key: string): Path => [...definition.path, key];
    const { result, pending } = this.#expressions.with(lookups, () => ({
      properties: this.#map(definition.properties, at(keys.properties)),
      metadata: this.#map(definition.metadata, at(keys.metadata)),
      updatePolicy: this.#map(definition.updatePolicy, at(keys.updatePolicy)),
      deletionPolicy: this.#deletionPolicy(definition.deletionPolicy, at(keys.deletionPolicy)),
      externalId: this.#externalId(definition.externalId, at(keys.externalId ?? '')),
    }));
    return { name, type: definition.type, description: definition.description, ...result, pending };
  }

  /** The value of an output; null when its condition does not hold. */
  output(name: string, lookups: Lookups): Resolved {
    const output = this.template.outputs.get(name);
    if (!output || !this.hasOutput(name)) return { value: null, pending: false };
    return this.resolve(output.value, [...output.path, this.template.words.output.value], lookups);
  }

  /** The value of any snippet of the template; `path` is where the snippet stands. */
  resolve(snippet: Value, path: Path, lookups: Lookups): Resolved {
    const { result, pending } = this.#expressions.with(lookups, () =>
      this.#expressions.find(snippet, path, 'value'),
    );
    return { value: result === NOTHING ? null : result, pending };
  }

  /** Every mention of a resource in a snippet, in the branches that the conditions leave. */
  references(snippet: Value, path: Path): Reference[] {
    const found: Reference[] = [];
    this.#expressions.visit(snippet, path, (reference) => found.push(reference));
    return found;
  }

  /** The mentions of other resources in one resource, `depends_on` included. */
  referencesOf(name: string): Reference[] {
    const definition = this.#definition(name);
    const { resource: keys } = this.template.words;
    const explicit = definition.dependsOn.flatMap((resource, index): Reference[] => {
      const path = [...definition.path, keys.dependsOn, index];
      // One that its condition leaves out need not be waited for.
      const leftOut = !this.#enabled.has(resource) && this.template.resources.has(resource);
      return leftOut ? [] : [{ resource: this.#expressions.needResource(resource, path), path }];
    });
    return [
      ...explicit,
      ...this.#parts(definition).flatMap(([value, path]) => this.references(value, path)),
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

  /** Looks at everything that can be judged before anything is made, throws what is wrong; the dependencies. */
  validate(lookups: Partial<Lookups> = {}): Map<string, Set<string>> {
    const graph = this.dependencies();
    const known = { ...NO_LOOKUPS, ...lookups };
    for (const [name, definition] of this.template.resources) {
      if (this.#enabled.has(name)) this.resource(name, known);
      // What is left out must be well-formed too, as in Heat; whom it mentions does not matter.
      else
        for (const [value, path] of this.#parts(definition)) this.#expressions.visit(value, path);
    }
    for (const output of this.template.outputs.values()) {
      if (!this.hasOutput(output.name)) continue;
      this.references(output.value, [...output.path, this.template.words.output.value]);
    }
    return graph;
  }

  #definition(name: string): ResourceDefinition {
    return (
      this.#enabled.get(name) ??
      this.template.fail(
        [this.template.words.sections.resources, name],
        this.template.resources.has(name)
          ? 'is left out by its condition'
          : `is not in the template.${didYouMean(name, this.#enabled.keys())}`,
        'ResourceNotFound',
      )
    );
  }

  /** The parts of a resource that may have functions, and where they stand. */
  #parts(definition: ResourceDefinition): [Value, Path][] {
    const { resource: keys } = this.template.words;
    const parts: [Value, string][] = [
      [definition.properties, keys.properties],
      [definition.metadata, keys.metadata],
      [definition.updatePolicy, keys.updatePolicy],
      [definition.deletionPolicy, keys.deletionPolicy],
      [definition.externalId, keys.externalId ?? ''],
    ];
    return parts.map(([value, key]) => [value, [...definition.path, key]]);
  }

  #map(value: Value, path: Path): Value {
    const found = this.#expressions.find(value, path, 'value');
    if (found === NOTHING || found === null) return mapOf([]);
    return isMap(found) ? found : this.template.fail(path, `must be a map, not ${kindOf(found)}`);
  }

  #externalId(value: Value, path: Path): string | undefined {
    const found = this.#expressions.find(value, path, 'value');
    if (found === NOTHING || found === null) return undefined;
    if (typeof found === 'string') return found;
    return this.template.fail(path, `must be a string, not ${shownFound(found)}`);
  }

  #deletionPolicy(value: Value, path: Path): 'Delete' | 'Retain' | 'Snapshot' {
    const found: Found = this.#expressions.find(value, path, 'value');
    if (found === NOTHING || found === null) return 'Delete';
    const policies = ['Delete', 'Retain', 'Snapshot'] as const;
    const { hasLowerCasePolicies } = this.template.version;
    const policy = policies.find(
      (one) => one === found || (hasLowerCasePolicies && one.toLowerCase() === found),
    );
    if (policy) return policy;
    const near = didYouMean(String(found), policies);
    return this.template.fail(path, `there is no deletion policy "${String(found)}".${near}`);
  }
}
