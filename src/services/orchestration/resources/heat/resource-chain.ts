import { badRequest } from '../../../../core/errors.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import type { ResourceType } from '../type.ts';
import {
  byMember,
  GROUP,
  groupTemplate,
  memberPath,
  membersOf,
  ofMember,
  referencesOf,
  select,
  wholePath,
  withoutNulls,
} from './group-template.ts';

const typesOf = (properties: ValueMap): string[] =>
  ((properties['resources'] ?? []) as readonly Value[]).map(String);

/** Resources of different types with the same properties, one after the other. */
export const resourceChain: ResourceType = {
  ...GROUP,
  name: 'OS::Heat::ResourceChain',
  description: 'Resources of several types with the same properties, one after the other.',
  support: { version: '6.0.0' },
  properties: {
    resources: {
      type: 'list',
      description: 'The types, in order.',
      required: true,
      updateAllowed: true,
    },
    concurrent: {
      type: 'boolean',
      description: 'All at the same time, rather than one after the other.',
      default: false,
    },
    resource_properties: { type: 'map', description: 'The properties that all are given.' },
  },
  attributes: {
    refs: { type: 'list', description: 'The references, in order.' },
    attributes: { type: 'map', description: 'The attribute that follows, by number.' },
  },
  async create() {},
  async update() {},
  async nested(step) {
    const properties = withoutNulls((step.properties['resource_properties'] ?? {}) as ValueMap);
    const inTurn = step.properties['concurrent'] !== true;
    return {
      template: groupTemplate(
        typesOf(step.properties).map((type, index) => [
          String(index),
          { type, properties, ...(inTurn && index > 0 ? { depends_on: String(index - 1) } : {}) },
        ]),
      ),
    };
  },
  attribute: wholePath(async (step, path) => {
    if (step.nestedStackId === null) return undefined;
    const [key, ...rest] = path;
    const wanted = typesOf(step.properties).map((_, index) => String(index));
    const all = await membersOf(step);
    const members = wanted.flatMap((name) => all.find((member) => member.name === name) ?? []);
    const one = memberPath(path);
    if (one !== undefined) {
      const member = members.find(({ name }) => name === one.name);
      if (member === undefined) {
        throw badRequest(`Member '${one.name}' not found in group resource '${step.name}'.`);
      }
      return ofMember(member, one.path);
    }
    if (key === 'refs') {
      const found = await referencesOf(members);
      return select(found && wanted.map((name) => found[name] ?? null), rest);
    }
    if (key === 'attributes') {
      if (rest.length === 0) {
        throw badRequest(`The Referenced Attribute (${step.name} attributes) is incorrect.`);
      }
      return byMember(members, rest);
    }
    const found = await byMember(members, path);
    return found && wanted.map((name) => found[name] ?? null);
  }),
};
