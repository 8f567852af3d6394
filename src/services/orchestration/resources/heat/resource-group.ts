import { badRequest } from '../../../../core/errors.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import type { NestedStack, ResourceType, Step } from '../type.ts';
import {
  batchesOf,
  byMember,
  GROUP,
  groupPolicy,
  groupTemplate,
  memberPath,
  membersOf,
  ofMember,
  referencesOf,
  replaced,
  select,
  wholePath,
  withoutNulls,
} from './group-template.ts';
import { mapAt } from './own.ts';

/** Names that removal policies have taken out: they are never used again, unless the mode is `update`. */
const removedOf = (step: Step): string[] =>
  (step.data['removed'] ?? '').split(',').filter((name) => name !== '');

/** What the removal policies name: members by name, or by what `get_resource` gives for them. */
async function removedNow(step: Step): Promise<string[]> {
  const policies = (step.properties['removal_policies'] ?? []) as readonly ValueMap[];
  const wanted = policies.flatMap((policy) =>
    ((policy['resource_list'] ?? []) as readonly Value[]).map(String),
  );
  if (wanted.length === 0) return [];
  const known = new Set(removedOf(step));
  const members = await membersOf(step);
  const references = await Promise.all(members.map((member) => member.reference()));
  return wanted.flatMap((one) => {
    if (step.nestedStackId === null || known.has(one)) return [one];
    const found = members.find(({ name }, index) => name === one || references[index] === one);
    return found === undefined ? [] : [found.name];
  });
}

/** Takes the removal policies into account, once for each time that the properties change. */
async function noteRemoved(step: Step): Promise<void> {
  const former = step.properties['removal_policies_mode'] === 'update' ? [] : removedOf(step);
  const removed = [...new Set([...former, ...(await removedNow(step))])].toSorted();
  await step.save({ data: { removed: removed.join(',') } });
}

/** The names of the members: numbers from 0, those taken out left out. */
function namesOf(count: number, removed: ReadonlySet<string>): string[] {
  const names: string[] = [];
  for (let index = 0; names.length < count; index += 1) {
    if (!removed.has(String(index))) names.push(String(index));
  }
  return names;
}

function definitionOf(properties: ValueMap, name: string): ValueMap {
  const definition = mapAt(properties, 'resource_def');
  const variable = String(properties['index_var'] ?? '%index%');
  const own = withoutNulls(mapAt(definition, 'properties'));
  return withoutNulls({
    type: definition['type'] ?? null,
    properties: replaced(own, variable, name),
    metadata: definition['metadata'] ?? null,
  });
}

const memberNames = (step: Step): string[] =>
  namesOf(Number(step.properties['count'] ?? 1), new Set(removedOf(step)));

/** Members that are all alike but for their number. */
export const resourceGroup: ResourceType = {
  ...GROUP,
  name: 'OS::Heat::ResourceGroup',
  description: 'So many resources of one kind, alike but for their number.',
  support: { version: '2014.1' },
  properties: {
    count: {
      type: 'integer',
      description: 'How many there are.',
      default: 1,
      updateAllowed: true,
      constraints: [{ kind: 'range', min: 0, description: undefined }],
    },
    index_var: {
      type: 'string',
      description: "The text that a member's number takes the place of.",
      default: '%index%',
      constraints: [{ kind: 'length', min: 3, description: undefined }],
      support: { version: '2014.2' },
    },
    resource_def: {
      type: 'map',
      description: 'What each of them is, as in a template.',
      required: true,
      updateAllowed: true,
      members: {
        type: { type: 'string', description: 'The type.', required: true },
        properties: { type: 'map', description: 'The properties.' },
        metadata: { type: 'map', description: 'The metadata.', support: { version: '5.0.0' } },
      },
    },
    removal_policies: {
      type: 'list',
      description: 'Which members go first, whether their number shrinks or not.',
      default: [],
      updateAllowed: true,
      support: { version: '2015.1' },
      items: {
        type: 'map',
        description: 'One choice.',
        members: {
          resource_list: {
            type: 'list',
            description: 'Names or references of members. Their names are not used again.',
            default: [],
          },
        },
      },
    },
    removal_policies_mode: {
      type: 'string',
      description: '`append`: to those taken out before; `update`: instead of them.',
      default: 'append',
      updateAllowed: true,
      constraints: [
        { kind: 'allowed_values', values: ['append', 'update'], description: undefined },
      ],
      support: { version: '10.0.0' },
    },
  },
  attributes: {
    refs: { type: 'list', description: 'The references of the members.' },
    refs_map: {
      type: 'map',
      description: 'The references by name.',
      support: { version: '7.0.0' },
    },
    attributes: {
      type: 'map',
      description: 'The attribute that follows, by name of the member.',
      support: { version: '2014.2' },
    },
    removed_rsrc_list: {
      type: 'list',
      description: 'Names that removal policies have taken out.',
      support: { version: '7.0.0' },
    },
  },
  updatePolicy: groupPolicy(true),
  create: noteRemoved,
  update: noteRemoved,
  async nested(step): Promise<NestedStack> {
    const names = memberNames(step);
    const made = step.nestedStackId !== null;
    const policy = step.updatePolicy[made ? 'rolling_update' : 'batch_create'];
    return {
      template: groupTemplate(names.map((name) => [name, definitionOf(step.properties, name)])),
      ...batchesOf((policy ?? undefined) as ValueMap | undefined, names.length),
    };
  },
  attribute: wholePath(async (step, path) => {
    const [key, ...rest] = path;
    if (key === 'removed_rsrc_list') return removedOf(step);
    if (step.nestedStackId === null) return undefined;
    const wanted = memberNames(step);
    const all = await membersOf(step);
    const members = wanted.flatMap((name) => all.find((member) => member.name === name) ?? []);
    const one = memberPath(path);
    if (one !== undefined) {
      const member = all.find(({ name }) => name === one.name);
      if (member === undefined) {
        throw badRequest(`Member '${one.name}' not found in group resource '${step.name}'.`);
      }
      return ofMember(member, one.path);
    }
    if (key === 'refs' || key === 'refs_map') {
      const found = await referencesOf(members);
      if (found === undefined) return undefined;
      return select(key === 'refs_map' ? found : wanted.map((name) => found[name] ?? null), rest);
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
