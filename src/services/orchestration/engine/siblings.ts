import { mapOf } from '../language/value.ts';
import type { Lookups, ValueMap } from '../language/index.ts';
import { renamed } from '../resources/properties.ts';
import type { Sibling } from '../resources/type.ts';
import type { Target } from './target.ts';

type Graph = Map<string, Set<string>>;

/** What each resource of a template needs first: what it mentions, and what its type knows to be needed. */
export function dependenciesOf(target: Target, extra: Partial<Lookups> = {}): Graph {
  const { evaluation } = target;
  const graph = evaluation.dependencies();
  const names = [...graph.keys()];
  const types = names.map((name) => {
    const definition = evaluation.resources.get(name)!;
    return target.typeOf(definition.type, name);
  });
  if (!types.some(({ needs }) => needs)) return graph;
  const lookups: Lookups = {
    reference: (resource) => mapOf([['resource', resource]]),
    attribute: () => undefined,
    file: (name) => target.files[name],
    facade: () => undefined,
    zones: () => ['nova'],
    ...extra,
  };
  const siblings = names.map((name, index): Sibling => {
    const type = types[index]!;
    const { properties } = evaluation.resource(name, lookups);
    return { name, type: type.name, properties: renamed(type.properties, properties as ValueMap) };
  });
  for (const [index, type] of types.entries()) {
    const own = siblings[index]!;
    for (const need of type.needs?.(own, siblings) ?? []) {
      // What would go round in a circle is nothing that anybody asked for.
      if (need === own.name || !graph.has(need) || reaches(graph, need, own.name)) continue;
      graph.get(own.name)!.add(need);
    }
  }
  return graph;
}

function reaches(graph: Graph, from: string, to: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === to) return true;
    if (seen.has(node)) continue;
    seen.add(node);
    open.push(...(graph.get(node) ?? []));
  }
  return false;
}
