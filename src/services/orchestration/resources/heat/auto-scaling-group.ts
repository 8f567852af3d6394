import { badRequest } from '../../../../core/errors.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import type { Property } from '../property.ts';
import type { ResourceType, Step } from '../type.ts';
import {
  batchesOf,
  byMember,
  GROUP,
  groupTemplate,
  living,
  type Member,
  memberPath,
  membersOf,
  ofMember,
  referencesOf,
  rollingMembers,
  type PathOf,
  select,
  wholePath,
  withoutNulls,
} from './group-template.ts';
import { physicalName } from './names.ts';
import { mapAt } from './own.ts';
import { adjust, beginCooldown, membersNoted, newCapacity, resize } from './scaling.ts';
import { wordOf } from '../../language/value.ts';

const limitsOf = (properties: ValueMap): readonly [number, number] => [
  Number(properties['min_size']),
  Number(properties['max_size']),
];
const cooldownOf = (properties: ValueMap): number =>
  Math.max(0, Number(properties['cooldown'] ?? 0));

/** `desired_capacity` when it is given and not 0, as in Heat. */
const desiredOf = (properties: ValueMap): number | undefined =>
  Number(properties['desired_capacity'] ?? 0) || undefined;

const size = (description: string): Property => ({
  type: 'integer',
  description,
  required: true,
  updateAllowed: true,
  constraints: [{ kind: 'range', min: 0, description: undefined }],
});

/** The members in the order in which they were made. */
async function inService(step: Step): Promise<Member[]> {
  const all = living(await membersOf(step));
  return membersNoted(step).flatMap(({ name }) => all.find((one) => one.name === name) ?? []);
}

async function attributeAt(step: Step, path: PathOf): Promise<Value | undefined> {
  if (step.nestedStackId === null) return undefined;
  const [key, ...rest] = path;
  const members = await inService(step);
  if (key === 'current_size') return members.length;
  const one = memberPath(path);
  if (one !== undefined) {
    const member = members[Number(one.name)];
    if (member === undefined) {
      throw badRequest(`Member '${one.name}' not found in group resource '${step.name}'.`);
    }
    return ofMember(member, one.path);
  }
  if (key === 'refs' || key === 'refs_map') {
    const found = await referencesOf(members);
    if (found === undefined) return undefined;
    return select(key === 'refs_map' ? found : members.map(({ name }) => found[name]!), rest);
  }
  if ((key === 'outputs' || key === 'outputs_list') && rest.length > 0) {
    const found = await byMember(members, rest);
    if (found === undefined || key === 'outputs') return found;
    return members.map(({ name }) => found[name] ?? null);
  }
  throw badRequest(`The Referenced Attribute (${step.name} ${wordOf(key)}) is incorrect.`);
}

/** Members that are all alike, whose number scaling policies change. */
export const autoScalingGroup: ResourceType = {
  ...GROUP,
  name: 'OS::Heat::AutoScalingGroup',
  description: 'Resources of one kind, whose number scaling policies change.',
  support: { version: '2014.1' },
  properties: {
    resource: {
      type: 'map',
      description: 'What each member is, as in a template.',
      required: true,
      updateAllowed: true,
    },
    min_size: size('How many members there are at least.'),
    max_size: size('How many members there are at most.'),
    desired_capacity: {
      type: 'integer',
      description: 'How many there are at first, and after an update.',
      updateAllowed: true,
    },
    cooldown: {
      type: 'integer',
      description: 'Seconds after a change in which policies change nothing.',
      updateAllowed: true,
    },
    rolling_updates: {
      type: 'map',
      description: 'How an update of `resource` goes through the members.',
      updateAllowed: true,
      default: { min_in_service: 0, max_batch_size: 1, pause_time: 0 },
      members: rollingMembers,
    },
  },
  attributes: {
    outputs: {
      type: 'map',
      description: 'The attribute that follows, by name of the member.',
      support: { version: '2014.2' },
    },
    outputs_list: {
      type: 'list',
      description: 'The attribute that follows, of each member.',
      support: { version: '2014.2' },
    },
    current_size: {
      type: 'integer',
      description: 'How many members there are.',
      support: { version: '2015.1' },
    },
    refs: {
      type: 'list',
      description: 'The references of the members.',
      support: { version: '7.0.0' },
    },
    refs_map: {
      type: 'map',
      description: 'The references by name.',
      support: { version: '7.0.0' },
    },
  },
  validate(properties) {
    const { min_size: least, max_size: most, desired_capacity: desired } = properties;
    if (typeof least === 'number' && typeof most === 'number' && most < least) {
      throw badRequest('MinSize can not be greater than MaxSize');
    }
    if (
      typeof desired === 'number' &&
      ((typeof least === 'number' && desired < least) ||
        (typeof most === 'number' && desired > most))
    ) {
      throw badRequest('DesiredCapacity must be between MinSize and MaxSize');
    }
  },
  async create(step) {
    await resize(step, desiredOf(step.properties) ?? limitsOf(step.properties)[0]);
  },
  async isCreated(step) {
    await beginCooldown(step, cooldownOf(step.properties));
    return true;
  },
  async update(step) {
    const present = membersNoted(step).length;
    const wanted = desiredOf(step.properties) ?? present;
    await resize(
      step,
      newCapacity(
        present,
        { adjustment: wanted, type: 'exact_capacity' },
        limitsOf(step.properties),
      ),
    );
    await beginCooldown(step, cooldownOf(step.properties));
  },
  async signal(step, details) {
    const change = await adjust(
      step,
      details,
      limitsOf(step.properties),
      cooldownOf(step.properties),
    );
    if (change === undefined) return '';
    await resize(step, change.size);
    return change.reason;
  },
  async nested(step) {
    const definition = withoutNulls(mapAt(step.properties, 'resource'));
    const members = membersNoted(step);
    return {
      template: groupTemplate(members.map(({ name }) => [name, definition])),
      // A new group is made all at once, as Heat does.
      ...(step.nestedStackId === null
        ? {}
        : batchesOf(mapAt(step.properties, 'rolling_updates'), members.length)),
    };
  },
  attribute: wholePath(attributeAt),
  reference: physicalName,
};
