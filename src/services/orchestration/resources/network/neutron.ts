import { isMap, same, type Value, type ValueMap } from '../../language/index.ts';
import {
  checkThing,
  find,
  idOf,
  invalid,
  isRemoved,
  isUpdate,
  make,
  pathOf,
  physicalName,
  remove,
  show,
  textsIn,
  withoutNulls,
  type Body,
} from '../requests.ts';
import type { ResourceType, Step, UpdateStep } from '../type.ts';

/** What tells one type of the network service from another. */
export interface NeutronNoun extends Pick<
  ResourceType,
  | 'name'
  | 'aliases'
  | 'description'
  | 'support'
  | 'properties'
  | 'attributes'
  | 'validate'
  | 'needs'
  | 'mustReplace'
  | 'isCreated'
  | 'isUpdated'
  | 'makeWay'
  | 'takeBack'
> {
  /** Below `/v2.0`: `networks`, `qos/policies`; a function where things stand below others. */
  readonly collection: string | ((step: Step) => string);
  /** The member of requests and answers: `network`. */
  readonly member: string;
  /** Properties that have another name in the API. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Properties that are no part of the thing's own body. */
  readonly apart?: readonly string[];
  /** What is peculiar about the body of a request: changes it. */
  body?(body: Body, step: Step | UpdateStep): void | Promise<void>;
  /** What follows the creation; bears being repeated. */
  made?(step: Step, id: string): Promise<void>;
  /** Changes that are no part of the body; bear being repeated. */
  changed?(step: UpdateStep): Promise<void>;
  /** Attributes that are no members of the thing's document. */
  readonly computed?: Readonly<
    Record<string, (step: Step, document: ValueMap) => Promise<Value> | Value>
  >;
}

const ROOT = '/v2.0/';
/** Texts that the service takes away by an empty one, not by null. */
const EMPTIED = new Set(['description', 'dns_name', 'dns_domain']);

/** Tags have an address of their own. */
async function putTags(step: Step, collection: string, id: string): Promise<void> {
  await step.cloud.request('network', 'PUT', `${pathOf(collection, id)}/tags`, {
    body: { tags: [...new Set(textsIn(step.properties, 'tags'))] },
  });
}

/** The body of creation, or of an update: only what differs, null for what is not given any more. */
async function bodyOf(noun: NeutronNoun, step: Step | UpdateStep): Promise<Body> {
  const apart = new Set(['tags', 'value_specs', ...(noun.apart ?? [])]);
  const body: Body = {};
  for (const property of Object.keys(noun.properties)) {
    if (apart.has(property)) continue;
    const value = step.properties[property] ?? null;
    if (isUpdate(step) ? !step.changed.has(property) : value === null) continue;
    if (value === null && EMPTIED.has(property)) {
      body[noun.renamed?.[property] ?? property] = '';
      continue;
    }
    // What is true or false stays so: the service knows no "neither".
    if (value === null && noun.properties[property]?.type === 'boolean') continue;
    body[noun.renamed?.[property] ?? property] = withoutNulls(value);
  }
  if ('name' in noun.properties && (body['name'] ?? null) === null) {
    if (!isUpdate(step) || 'name' in body) body['name'] = physicalName(step);
  }
  const specs = step.properties['value_specs'];
  const former = isUpdate(step) ? step.former['value_specs'] : undefined;
  for (const [key, value] of isMap(specs) ? Object.entries(specs) : []) {
    if (!isMap(former) || !same(former[key] ?? null, value)) body[key] = value;
  }
  await noun.body?.(body, step);
  return body;
}

/** A type of the network service: what all of them have in common, and its peculiarities. */
export function neutronType(noun: NeutronNoun): ResourceType {
  const collectionOf = (step: Step): string =>
    ROOT + (typeof noun.collection === 'string' ? noun.collection : noun.collection(step));
  const pathIn = (step: Step): string => pathOf(collectionOf(step), idOf(step));
  const describe = (step: Step): Promise<ValueMap> =>
    show(step, 'network', pathIn(step), noun.member);
  const hasTags = 'tags' in noun.properties;
  const isUpdatable = Object.values(noun.properties).some(({ updateAllowed }) => updateAllowed);
  const { computed } = noun;
  return {
    name: noun.name,
    description: noun.description,
    properties: noun.properties,
    ...(noun.aliases && { aliases: noun.aliases }),
    ...(noun.support && { support: noun.support }),
    ...(noun.attributes && { attributes: noun.attributes }),
    ...(noun.needs && { needs: noun.needs }),
    ...(noun.mustReplace && { mustReplace: noun.mustReplace }),
    ...(noun.isCreated && { isCreated: noun.isCreated }),
    ...(noun.isUpdated && { isUpdated: noun.isUpdated }),
    ...(noun.makeWay && { makeWay: noun.makeWay }),
    ...(noun.takeBack && { takeBack: noun.takeBack }),
    validate(properties) {
      checkValueSpecs(properties, Object.keys(noun.properties));
      noun.validate?.(properties);
    },
    async create(step) {
      const body = await bodyOf(noun, step);
      const document = await make(step, 'network', collectionOf(step), {
        member: noun.member,
        body,
      });
      const id = String(document['id']);
      const tagged = hasTags && textsIn(step.properties, 'tags').length > 0;
      await step.save({ physicalId: id, later: !tagged && noun.made === undefined });
      if (tagged) {
        await putTags(step, collectionOf(step), id);
      }
      await noun.made?.(step, id);
    },
    ...(isUpdatable && {
      async update(step: UpdateStep) {
        const body = await bodyOf(noun, step);
        if (hasTags && step.changed.has('tags'))
          await putTags(step, collectionOf(step), idOf(step));
        if (Object.keys(body).length > 0) {
          await step.cloud.request('network', 'PUT', pathIn(step), {
            body: { [noun.member]: body },
          });
        }
        await noun.changed?.(step);
      },
    }),
    async delete(step) {
      if (step.physicalId !== null) await remove(step, 'network', pathIn(step));
    },
    async isDeleted(step) {
      return step.physicalId === null || (await isRemoved(step, 'network', pathIn(step)));
    },
    check: (step) =>
      checkThing(step, noun.member.replaceAll('_', ' '), () =>
        find(step, 'network', pathIn(step), noun.member),
      ),
    describe,
    ...(computed && {
      async attribute(step: Step, name: string) {
        if (step.physicalId === null) return undefined;
        const document = await describe(step);
        const compute = Object.hasOwn(computed, name) ? computed[name] : undefined;
        return compute ? compute(step, document) : document[name];
      },
    }),
  };
}

/** `value_specs` may say nothing that a property says, nor whose the thing is. */
function checkValueSpecs(properties: ValueMap, names: readonly string[]): void {
  const specs = properties['value_specs'];
  if (!isMap(specs)) return;
  const known = new Set(['shared', 'tenant_id', ...names]);
  const twice = Object.keys(specs).filter((key) => known.has(key));
  if (twice.length > 0) {
    throw invalid(`value_specs cannot have ${twice.join(', ')}: use the property of that name.`);
  }
}
