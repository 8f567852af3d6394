import type { Environment } from './environment.ts';
import { TemplateError } from './errors.ts';
import type { ParameterSchema } from './parameters.ts';
import { isList, isMap, kindOf, mapOf, type Value, type ValueMap } from './value.ts';

export const STRATEGIES = ['overwrite', 'merge', 'deep_merge'] as const;
/** How an environment's value for a parameter joins that of an earlier environment. */
export type Strategy = (typeof STRATEGIES)[number];

/** Lists one after the other; text with commas too. */
function mergeLists(old: Value | undefined, value: Value): Value {
  if (old === undefined || old === null || old === '' || (isList(old) && old.length === 0))
    return value;
  if (isList(value)) return [...(isList(old) ? old : String(old).split(',')), ...value];
  return isList(old) ? [...old, ...String(value).split(',')] : `${String(old)},${String(value)}`;
}

/** The later map's keys over the earlier's; `deep` goes on inside, joining lists and texts. A null changes nothing. */
export function mergeMaps(old: ValueMap, value: ValueMap, deep: boolean): ValueMap {
  const merged = new Map<string, Value>(Object.entries(old));
  for (const [key, item] of Object.entries(value)) {
    if (item === null) continue;
    const before = merged.get(key);
    if (!deep || before === undefined || before === null) merged.set(key, item);
    else if (isMap(item)) merged.set(key, isMap(before) ? mergeMaps(before, item, deep) : item);
    else if (isList(item)) merged.set(key, mergeLists(before, item));
    else if (typeof item === 'string') merged.set(key, `${String(before)}${item}`);
    else merged.set(key, item);
  }
  return mapOf(merged);
}

interface MergeContext {
  readonly above: Environment;
  readonly schemas: ReadonlyMap<string, ParameterSchema>;
  /** Strategies that earlier environments settled: two environments may not differ. */
  readonly chosen: Map<string, Strategy>;
}

function strategyFor(name: string, { above, chosen }: MergeContext): Strategy {
  const { mergeStrategies } = above;
  const strategy =
    mergeStrategies.get(name) ?? chosen.get(name) ?? mergeStrategies.get('default') ?? 'overwrite';
  const before = chosen.get(name);
  if (before !== undefined && before !== strategy) {
    throw new TemplateError(
      `the strategy "${strategy}" of parameter "${name}" conflicts with "${before}" of an earlier environment`,
      { path: [above.file], type: 'ConflictingMergeStrategyForParam' },
    );
  }
  chosen.set(name, strategy);
  return strategy;
}

function joined(
  schema: ParameterSchema,
  old: Value,
  value: Value,
  deep: boolean,
  file: string,
): Value {
  const refuse = (what: string): never => {
    throw new TemplateError(what, {
      path: [file, 'parameters', schema.name],
      type: 'InvalidMergeStrategyForParam',
    });
  };
  switch (schema.type) {
    case 'json': {
      const [below, above] = [old, value].map((item): Value => {
        if (typeof item !== 'string') return item;
        try {
          return JSON.parse(item) as Value;
        } catch {
          return refuse('is no JSON');
        }
      });
      if (isMap(below!) && isMap(above!)) return mergeMaps(below, above, deep);
      return refuse(`maps can be merged, not ${kindOf(above)}`);
    }
    case 'comma_delimited_list':
      return mergeLists(old, value);
    case 'string':
      return `${String(old)}${String(value)}`;
    case 'number':
      return Number(old) + Number(value);
    case 'boolean':
      return refuse('a boolean cannot be merged: use the strategy "overwrite"');
  }
}

/** Values of parameters from two environments as the strategies say. */
export function mergeParameters(old: ValueMap, values: ValueMap, context: MergeContext): ValueMap {
  const merged = new Map<string, Value>(Object.entries(old));
  for (const [name, value] of Object.entries(values)) {
    if (value === null) continue;
    const schema = context.schemas.get(name);
    const strategy = schema ? strategyFor(name, context) : 'overwrite';
    const before = merged.get(name);
    merged.set(
      name,
      schema && strategy !== 'overwrite' && before !== undefined
        ? joined(schema, before, value, strategy === 'deep_merge', context.above.file)
        : value,
    );
  }
  return mapOf(merged);
}
