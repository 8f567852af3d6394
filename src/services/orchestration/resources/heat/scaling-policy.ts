import { badRequest } from '../../../../core/errors.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import type { Properties } from '../property.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';
import { askSelf, siblingPath, siblings } from './own.ts';
import { CHANGE, EXACT, PERCENT } from './scaling.ts';

const GROUPS = [
  'OS::Heat::AutoScalingGroup',
  'AWS::AutoScaling::AutoScalingGroup',
  'OS::Heat::InstanceGroup',
];

/** The name of the group in this stack: its reference is its physical name, `stack-group-shortid`. */
async function groupName(step: Step, reference: string): Promise<string> {
  const candidates = (await siblings(step))
    .filter(({ name, physicalId }) => {
      const prefix = `${step.stack.name}-${name}-`;
      return (
        physicalId === reference ||
        name === reference ||
        (reference.startsWith(prefix) && !reference.slice(prefix.length).includes('-'))
      );
    })
    .toSorted(
      (one, other) =>
        Number(GROUPS.includes(other.type)) - Number(GROUPS.includes(one.type)) ||
        other.name.length - one.name.length,
    );
  if (candidates[0] === undefined) {
    throw new ResourceFailure(
      `Alarm ${step.name} could not find scaling group named "${reference}"`,
    );
  }
  return candidates[0].name;
}

interface Words {
  readonly group: string;
  readonly adjustment: string;
  readonly type: string;
  readonly least: string;
  readonly cooldown: string;
}

/** Tells the group; what it makes of it is the group's event. */
async function tell(step: Step, words: Words): Promise<string> {
  const read = (name: string): Value => step.properties[name] ?? null;
  const group = await groupName(step, String(read(words.group)));
  await askSelf(step, 'POST', `${siblingPath(step, group)}/signal`, {
    body: {
      adjustment: read(words.adjustment),
      adjustment_type: read(words.type),
      min_adjustment_step: read(words.least),
      cooldown: read(words.cooldown),
    },
  });
  return `adjusting group ${group} by ${String(read(words.adjustment))}`;
}

function policyOf(
  head: Pick<ResourceType, 'name' | 'description' | 'attributes'>,
  words: Words,
  { adjustmentTypes, number }: { adjustmentTypes: readonly string[]; number: 'number' | 'integer' },
): ResourceType {
  const properties: Properties = {
    [words.group]: {
      type: 'string',
      description: 'A reference to the group.',
      required: true,
    },
    [words.adjustment]: {
      type: number,
      description: 'By how much, or to how much, the group is changed.',
      required: true,
      updateAllowed: true,
    },
    [words.type]: {
      type: 'string',
      description: 'What the number means: a change, a size, or a change in percent.',
      required: true,
      updateAllowed: true,
      constraints: [{ kind: 'allowed_values', values: adjustmentTypes, description: undefined }],
    },
    [words.cooldown]: {
      type: number,
      description: 'Seconds after a change in which this policy changes nothing.',
      updateAllowed: true,
    },
    [words.least]: {
      type: 'integer',
      description: 'How many members a change in percent moves at least.',
      updateAllowed: true,
      constraints: [{ kind: 'range', min: 0, description: undefined }],
    },
  };
  return {
    ...head,
    properties,
    validate(given: ValueMap) {
      const type = given[words.type];
      if (given[words.least] !== undefined && typeof type === 'string' && !PERCENT.includes(type)) {
        throw badRequest(
          `${words.least} property should only be specified for ${words.type} with value ${adjustmentTypes.find((one) => PERCENT.includes(one))!}.`,
        );
      }
    },
    create: async (step) => step.save({ physicalId: step.intendedId }),
    async update() {},
    signal: (step) => tell(step, words),
    async attribute(step, name) {
      if (step.physicalId === null) return undefined;
      return name === 'signal_url' ? step.signals.apiUrl() : step.signals.signedUrl('signal');
    },
  };
}

const alarmUrl = {
  type: 'string',
  description: 'A signed address: whoever knows it may carry the policy out.',
} as const;

/** Changes the size of a group whenever it is signalled. */
export const scalingPolicy = policyOf(
  {
    name: 'OS::Heat::ScalingPolicy',
    description: 'Changes the size of a group whenever it is signalled.',
    attributes: {
      alarm_url: alarmUrl,
      signal_url: {
        type: 'string',
        description: 'The address for signals with a token.',
        support: { version: '5.0.0' },
      },
    },
  },
  {
    group: 'auto_scaling_group_id',
    adjustment: 'scaling_adjustment',
    type: 'adjustment_type',
    least: 'min_adjustment_step',
    cooldown: 'cooldown',
  },
  { adjustmentTypes: [CHANGE[0]!, EXACT[0]!, PERCENT[0]!], number: 'number' },
);

export const awsScalingPolicy = policyOf(
  {
    name: 'AWS::AutoScaling::ScalingPolicy',
    description: "Changes the size of CloudFormation's group whenever it is signalled.",
    attributes: { AlarmUrl: alarmUrl },
  },
  {
    group: 'AutoScalingGroupName',
    adjustment: 'ScalingAdjustment',
    type: 'AdjustmentType',
    least: 'MinAdjustmentStep',
    cooldown: 'Cooldown',
  },
  { adjustmentTypes: [CHANGE[1]!, EXACT[1]!, PERCENT[1]!], number: 'integer' },
);
