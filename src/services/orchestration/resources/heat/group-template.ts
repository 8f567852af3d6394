import type { Value, ValueMap } from '../../language/index.ts';
import type { Property, Properties } from '../property.ts';
import type { NestedStack, ResourceType, Step } from '../type.ts';
import { follow } from './follow.ts';
import { wordOf } from '../../language/value.ts';

/** The version that templates of groups are written in: the functions are done already, whatever comes is a value. */
const VERSION = '2015-04-30';

/** The template of a group: each member by its name. */
export const groupTemplate = (members: Iterable<readonly [string, ValueMap]>): ValueMap => ({
  heat_template_version: VERSION,
  resources: Object.fromEntries(members),
});

/** A definition without members that are null, such as a condition's part that is gone. */
export function withoutNulls(definition: ValueMap): ValueMap {
  return Object.fromEntries(Object.entries(definition).filter(([, value]) => value !== null));
}

/** Puts a text in the place of another everywhere in a value, keys apart. */
export function replaced(value: Value, what: string, by: string): Value {
  if (typeof value === 'string') return value.replaceAll(what, by);
  if (Array.isArray(value)) return value.map((one: Value) => replaced(one, what, by));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, replaced(one as Value, what, by)]),
    );
  }
  return value;
}

const range = (min: number): NonNullable<Property['constraints']> => [
  { kind: 'range', min, description: undefined },
];

const pauseTime: Property = {
  type: 'number',
  description: 'Seconds between two batches.',
  default: 0,
  constraints: range(0),
};

export const rollingMembers: Properties = {
  min_in_service: {
    type: 'integer',
    description: 'How many members stay as they are meanwhile.',
    default: 0,
    constraints: range(0),
  },
  max_batch_size: {
    type: 'integer',
    description: 'How many members are changed at once, at most.',
    default: 1,
    constraints: range(1),
  },
  pause_time: pauseTime,
};

/** `update_policy` of groups: in batches when they are made, and when they change. */
export const groupPolicy = (withLeast: boolean): Properties => ({
  rolling_update: {
    type: 'map',
    description: 'How an update goes through the members; all at once without it.',
    members: withLeast
      ? rollingMembers
      : { max_batch_size: rollingMembers['max_batch_size']!, pause_time: pauseTime },
    support: { version: '5.0.0' },
  },
  batch_create: {
    type: 'map',
    description: 'How many members are made at once; all without it.',
    members: {
      max_batch_size: {
        type: 'integer',
        description: 'How many members are made at once.',
        default: 1,
        constraints: range(1),
      },
      pause_time: pauseTime,
    },
    support: { version: '5.0.0' },
  },
});

/** How a rolling update of so many members goes: never so many at once that fewer than asked for stay in service. */
export function batchesOf(
  policy: ValueMap | undefined,
  size: number,
): Pick<NestedStack, 'batches'> {
  if (policy === undefined) return {};
  const most = Number(policy['max_batch_size'] ?? 1);
  const spare = size - Number(policy['min_in_service'] ?? 0);
  return {
    batches: {
      size: Math.max(1, Math.min(most, spare)),
      pauseSeconds: Number(policy['pause_time'] ?? 0),
    },
  };
}

export type PathOf = readonly Value[];

/** A member of a group, as its owner sees it. */
export interface Member {
  readonly name: string;
  /** `CREATE_COMPLETE`: action and status. */
  readonly state: string;
  readonly healthy: boolean;
  /** What `get_resource` gives for it; undefined before it is made. */
  reference(): Promise<Value | undefined>;
  /** What `get_attr` with this path gives for it; undefined when it is not known. */
  attribute(path: PathOf): Promise<Value | undefined>;
}

/** The members that there are, the oldest first; none without a nested stack. */
export async function membersOf({ nested }: Pick<Step, 'nested'>): Promise<Member[]> {
  if (nested === null) return [];
  return (await nested.resources()).map(({ name, action, status, healthy }) => ({
    name,
    state: `${action}_${status}`,
    healthy,
    reference: () => nested.attribute(name),
    async attribute([attribute, ...path]) {
      const found = await nested.attribute(name, wordOf(attribute), path);
      return found === undefined ? undefined : follow(found, path);
    },
  }));
}

/**
 * `attribute` of a type whose attributes depend on the whole path. The language selects from what it is given, so that comes
 * wrapped in the path.
 */
export const wholePath =
  (attributeAt: (step: Step, path: PathOf) => Promise<Value | undefined>) =>
  async (step: Step, name: string, path: PathOf = []): Promise<Value | undefined> => {
    const found = await attributeAt(step, [name, ...path]);
    return found === undefined || found === null ? found : wrapped(path, found);
  };

const wrapped = (path: PathOf, value: Value): Value =>
  path.reduceRight<Value>((inner, key) => ({ [wordOf(key)]: inner }), value);

/** What all groups have in common. */
export const GROUP: Pick<ResourceType, 'hasFurtherAttributes'> = { hasFurtherAttributes: true };

/** One attribute of every member by name; undefined while one of them is not known. */
export async function byMember(
  members: readonly Member[],
  path: PathOf,
): Promise<Record<string, Value> | undefined> {
  const found: Record<string, Value> = {};
  for (const member of members) {
    const value = await member.attribute(path);
    if (value === undefined) return undefined;
    found[member.name] = value;
  }
  return found;
}

/** The references of all members by name; undefined while one is not made. */
export async function referencesOf(
  members: readonly Member[],
): Promise<Record<string, Value> | undefined> {
  const found: Record<string, Value> = {};
  for (const member of members) {
    const reference = await member.reference();
    if (reference === undefined) return undefined;
    found[member.name] = reference;
  }
  return found;
}

/** `resource.NAME.ATTRIBUTE` with what follows it: the member's name and its own path. */
export function memberPath([key, ...path]: PathOf): { name: string; path: PathOf } | undefined {
  const text = wordOf(key);
  if (!text.startsWith('resource.')) return undefined;
  const [, name = '', ...rest] = text.split('.');
  return { name, path: rest.length === 0 ? path : [rest.join('.'), ...path] };
}

/** What a member's own path gives: its reference when the path is empty. */
export async function ofMember(member: Member, path: PathOf): Promise<Value | undefined> {
  return path.length === 0 ? member.reference() : member.attribute(path);
}

/** Members that count: those that failed are still shown by the nested stack, and not by the group. */
export const living = (members: readonly Member[]): Member[] =>
  members.filter(({ state, healthy }) => healthy && !state.startsWith('DELETE_'));

export const select = (value: Value | undefined, path: PathOf): Value | undefined =>
  value === undefined ? undefined : follow(value, path);
