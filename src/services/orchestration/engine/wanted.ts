import type { Path } from '../language/errors.ts';
import { isMap, mapOf } from '../language/value.ts';
import type { Value, ValueMap } from '../language/index.ts';
import { applySchema } from '../resources/properties.ts';
import type { ResourceType } from '../resources/type.ts';
import type { ResourceRow } from '../tables.ts';
import type { StackView } from './view.ts';

/** One resource as its template wants it, everything resolved. */
export interface Wanted {
  readonly name: string;
  readonly type: string;
  readonly kind: ResourceType;
  readonly properties: ValueMap;
  readonly metadata: ValueMap;
  readonly updatePolicy: ValueMap;
  readonly deletionPolicy: 'Delete' | 'Retain' | 'Snapshot';
  readonly externalId: string | undefined;
  readonly description: string;
  /** Ids of the resources that it needs. */
  readonly needs: readonly string[];
  /** Properties that rest on what is not known yet. */
  readonly pending: ReadonlySet<string>;
}

/** What of a template is written into the row beside the properties. */
export const nothingLess = (wanted: Wanted) => ({
  needs: [...wanted.needs],
  template_metadata: wanted.metadata,
  update_policy: wanted.updatePolicy,
  deletion_policy: wanted.deletionPolicy,
  description: wanted.description,
});

const asMap = (value: Value): ValueMap => (isMap(value) ? value : mapOf([]));

const idsOf = (live: ReadonlyMap<string, ResourceRow>, names: ReadonlySet<string>): string[] =>
  [...names].flatMap((name) => live.get(name)?.id ?? []);

/**
 * Resolves a resource with what is known now, looks names up and holds properties against all they must fulfil. `early`:
 * before anything is made, when much is not known yet and stands as null.
 */
export async function wantedOf(
  view: StackView,
  name: string,
  needs: ReadonlySet<string>,
  early = false,
): Promise<Wanted> {
  const { target } = view;
  if (!target) throw new Error('the stack has no template');
  const { evaluation, template } = target;
  const definition = evaluation.resources.get(name)!;
  const kind = target.typeOf(definition.type, name);
  const lookups = await view.lookups(evaluation.referencesOf(name));
  const resolved = evaluation.resource(name, lookups);
  const { properties: key } = template.words.resource;
  const path: Path = [...definition.path, key];
  const given = asMap(resolved.properties);
  const pending = new Set<string>();
  if (resolved.pending) {
    for (const [property, snippet] of Object.entries(asMap(definition.properties))) {
      if (evaluation.resolve(snippet, [...path, property], lookups).pending) pending.add(property);
    }
    // The whole map may come out of a function.
    if (pending.size === 0) for (const property of Object.keys(given)) pending.add(property);
  }
  const known = {
    has: (id: string) => view.rows.values().some((row) => row.physical_id === id),
  };
  const properties =
    resolved.externalId === undefined && !kind.acceptsAnything
      ? await applySchema(kind.properties, given, path, {
          names: view.names,
          early,
          pending: (property) => pending.has(property),
          known,
          fail: template.fail,
        })
      : given;
  if (!kind.acceptsAnything) kind.validate?.(properties);
  const policy = kind.updatePolicy;
  const updatePolicy = policy
    ? await applySchema(
        policy,
        asMap(resolved.updatePolicy),
        [...definition.path, template.words.resource.updatePolicy],
        {
          names: undefined,
          early,
          pending: () => resolved.pending,
          known,
          fail: template.fail,
        },
      )
    : asMap(resolved.updatePolicy);
  return {
    name,
    type: definition.type,
    kind,
    properties,
    metadata: asMap(resolved.metadata),
    updatePolicy,
    deletionPolicy: resolved.deletionPolicy,
    externalId: resolved.externalId,
    description: resolved.description,
    needs: needs.size === 0 ? [] : idsOf(view.live, needs),
    pending,
  };
}
