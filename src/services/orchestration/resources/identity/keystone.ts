import type { ValueMap } from '../../language/index.ts';
import {
  checkThing,
  find,
  idOf,
  isRemoved,
  isUpdate,
  make,
  pathOf,
  physicalName,
  remove,
  show,
  type Body,
} from '../requests.ts';
import type { ResourceType, Step, UpdateStep } from '../type.ts';

/** What tells one type of the identity service from another. */
export interface KeystoneNoun extends Pick<
  ResourceType,
  'name' | 'description' | 'support' | 'properties' | 'attributes' | 'validate'
> {
  /** Below `/v3`: `projects`. */
  readonly collection: string;
  /** `project`. */
  readonly member: string;
  /** Properties that have another name in the API. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Properties that are no part of the thing's own body. */
  readonly apart?: readonly string[];
  body?(body: Body, step: Step | UpdateStep): void;
  made?(step: Step, id: string): Promise<void>;
  changed?(step: UpdateStep): Promise<void>;
  /** What goes before the deletion. */
  leaving?(step: Step, id: string): Promise<void>;
  /** A property by which the template chooses the id. */
  readonly idProperty?: string;
}

function bodyOf(noun: KeystoneNoun, step: Step | UpdateStep): Body {
  const body: Body = {};
  for (const property of Object.keys(noun.properties)) {
    if (noun.apart?.includes(property)) continue;
    const value = step.properties[property] ?? null;
    // What is not given any more keeps its value, as in Heat: identity takes no null for most members.
    if (value === null || (isUpdate(step) && !step.changed.has(property))) continue;
    body[noun.renamed?.[property] ?? property] = value;
  }
  const named = !isUpdate(step) || step.changed.has('name');
  if ('name' in noun.properties && named) body['name'] ??= physicalName(step, 64);
  noun.body?.(body, step);
  return body;
}

/** A type of the identity service: what all of them have in common, and its peculiarities. */
export function keystoneType(noun: KeystoneNoun): ResourceType {
  const collection = `/v3/${noun.collection}`;
  const pathIn = (step: Step): string => pathOf(collection, idOf(step));
  const describe = (step: Step): Promise<ValueMap> =>
    show(step, 'identity', pathIn(step), noun.member);
  return {
    name: noun.name,
    description: noun.description,
    properties: noun.properties,
    ...(noun.support && { support: noun.support }),
    ...(noun.attributes && { attributes: noun.attributes }),
    ...(noun.validate && { validate: noun.validate }),
    async create(step) {
      const body = bodyOf(noun, step);
      const chosen = noun.idProperty === undefined ? undefined : body[noun.idProperty];
      const made = await make(step, 'identity', collection, {
        member: noun.member,
        body,
        ...(typeof chosen === 'string' && { path: pathOf(collection, chosen) }),
      });
      const id = String(made['id']);
      await step.save({ physicalId: id });
      await noun.made?.(step, id);
    },
    async update(step) {
      const body = bodyOf(noun, step);
      if (Object.keys(body).length > 0)
        await step.cloud.request('identity', 'PATCH', pathIn(step), {
          body: { [noun.member]: body },
        });
      await noun.changed?.(step);
    },
    async delete(step) {
      if (step.physicalId === null) return;
      await noun.leaving?.(step, step.physicalId);
      await remove(step, 'identity', pathIn(step));
    },
    async isDeleted(step) {
      return step.physicalId === null || (await isRemoved(step, 'identity', pathIn(step)));
    },
    check: (step) =>
      checkThing(step, noun.member, () => find(step, 'identity', pathIn(step), noun.member)),
    describe,
  };
}
