import { badRequest } from '../../../../core/errors.ts';
import { isMap, same, type Value, type ValueMap } from '../../language/index.ts';
import type { Properties, Property } from '../property.ts';
import type { ResourceType, Step, UpdateStep } from '../type.ts';
import { batchesOf, byMember, groupTemplate, living, membersOf } from './group-template.ts';
import { launchConfigurationAt, serverProperties } from './launch-configuration.ts';
import { physicalName } from './names.ts';
import { mapAt } from './own.ts';
import {
  adjust,
  beginCooldown,
  membersNoted,
  newCapacity,
  resize,
  type Scaled,
} from './scaling.ts';

const text = (description: string): Property => ({ type: 'string', description });

const tags: Property = {
  type: 'list',
  description: 'Metadata of the servers.',
  items: {
    type: 'map',
    description: 'One entry.',
    members: {
      Key: { type: 'string', description: 'Its key.', required: true },
      Value: { type: 'string', description: 'Its value.', required: true },
    },
  },
};

const shared: Properties = {
  AvailabilityZones: {
    type: 'list',
    description: 'Not used, but asked for.',
    required: true,
  },
  LoadBalancerNames: { type: 'list', description: 'Load balancers; refused: there are none here.' },
  Tags: tags,
};

const policy = (name: string): Properties => ({
  [name]: {
    type: 'map',
    description:
      'How a new launch configuration goes through the servers; without it, only new servers have it.',
    members: {
      MinInstancesInService: {
        type: 'integer',
        description: 'How many stay as they are meanwhile.',
        default: 0,
      },
      MaxBatchSize: { type: 'integer', description: 'How many at once, at most.', default: 1 },
      PauseTime: {
        type: 'string',
        description: 'The time between two batches, as in ISO 8601: `PT1M`.',
        default: 'PT0S',
      },
    },
  },
});

/** Seconds of an ISO 8601 duration of hours, minutes and seconds, the only ones in use here. */
export function durationSeconds(duration: string): number {
  const found = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(duration);
  if (found === null || duration === 'PT') {
    throw badRequest(`PauseTime "${duration}" is no duration such as PT1M30S`);
  }
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0));
  return hours * 3600 + minutes * 60 + seconds;
}

/** What a new server of the group is. */
async function definitionOf(step: Step): Promise<ValueMap> {
  const own = (step.properties['Tags'] ?? []) as readonly ValueMap[];
  const metered = own.some((one) => String(one['Key']).startsWith('metering.'));
  const reference = physicalName(step);
  const all = [
    ...own,
    ...(metered ? [] : [{ Key: 'metering.groupname', Value: reference }]),
    ...('MinSize' in step.properties
      ? [{ Key: 'metering.AutoScalingGroupName', Value: reference }]
      : []),
  ];
  const name = step.properties['LaunchConfigurationName'];
  const launch =
    typeof name === 'string' ? await launchConfigurationAt(step, name) : await ofServer(step);
  const [subnet] = (step.properties['VPCZoneIdentifier'] ?? []) as readonly Value[];
  return {
    type: 'OS::Nova::Server',
    properties: serverProperties(launch, { tags: all, subnet }),
  };
}

async function ofServer(step: Step): Promise<ValueMap> {
  const path = `/v2.1/servers/${encodeURIComponent(String(step.properties['InstanceId']))}`;
  const { body } = await step.cloud.request('compute', 'GET', path);
  const server = mapAt(body as ValueMap, 'server');
  const groups = (server['security_groups'] ?? []) as readonly ValueMap[];
  return {
    ImageId: mapAt(server, 'image')['id'] ?? null,
    InstanceType: mapAt(server, 'flavor')['id'] ?? null,
    KeyName: server['key_name'] ?? null,
    SecurityGroups: groups.map((one) => one['name'] ?? null),
  };
}

const rolling = (step: Step): ValueMap | undefined => {
  const found = step.updatePolicy['AutoScalingRollingUpdate'] ?? step.updatePolicy['RollingUpdate'];
  return isMap(found) ? found : undefined;
};

/** So many servers; those that are there keep what they were made of, unless a policy says how they change. */
async function setSize(step: Step, size: number, renew: boolean): Promise<void> {
  const definition = await definitionOf(step);
  if (renew) {
    const members = membersNoted(step).map((one): Scaled =>
      same(one.definition ?? null, definition) ? one : { name: one.name },
    );
    await step.save({ data: { members: JSON.stringify(members) } });
    await resize(
      { ...step, data: { ...step.data, members: JSON.stringify(members) } },
      size,
      () => definition,
    );
    return;
  }
  await resize(step, size, () => definition);
}

function refuse(properties: ValueMap): void {
  if (((properties['LoadBalancerNames'] ?? []) as readonly Value[]).length > 0) {
    throw badRequest('LoadBalancerNames: this cloud has no load balancers of CloudFormation');
  }
}

async function nested(step: Step): ReturnType<NonNullable<ResourceType['nested']>> {
  const members = membersNoted(step);
  const update = rolling(step);
  return {
    template: groupTemplate(members.map(({ name, definition }) => [name, definition!])),
    ...(update === undefined || step.nestedStackId === null
      ? {}
      : batchesOf(
          {
            min_in_service: update['MinInstancesInService'] ?? 0,
            max_batch_size: update['MaxBatchSize'] ?? 1,
            pause_time: durationSeconds(String(update['PauseTime'] ?? 'PT0S')),
          },
          members.length,
        )),
  };
}

async function instanceList(step: Step): Promise<Value | undefined> {
  if (step.nestedStackId === null) return undefined;
  const addresses = await byMember(living(await membersOf(step)), ['first_address']);
  return addresses && (Object.values(addresses).join(',') || null);
}

const renews = (step: UpdateStep): boolean =>
  rolling(step) !== undefined && step.changed.has('LaunchConfigurationName');

const common = {
  attributes: {
    InstanceList: { type: 'string', description: "The servers' addresses, separated by commas." },
  },
  nested,
  attribute: instanceList,
  reference: physicalName,
} as const;

/** Servers that are alike, as CloudFormation describes them. */
export const instanceGroup: ResourceType = {
  ...common,
  name: 'OS::Heat::InstanceGroup',
  description: "So many servers that are alike, in CloudFormation's words.",
  properties: {
    ...shared,
    LaunchConfigurationName: {
      type: 'string',
      description: 'A reference to what the servers are like.',
      required: true,
      updateAllowed: true,
    },
    Size: { type: 'integer', description: 'How many.', required: true, updateAllowed: true },
  },
  updatePolicy: policy('RollingUpdate'),
  validate: refuse,
  create: (step) => setSize(step, Number(step.properties['Size']), false),
  update: (step) => setSize(step, Number(step.properties['Size']), renews(step)),
};

const integer = (description: string, required = false): Property => ({
  type: 'integer',
  description,
  updateAllowed: true,
  ...(required ? { required } : {}),
});

const limitsOf = (properties: ValueMap): readonly [number, number] => [
  Number(properties['MinSize']),
  Number(properties['MaxSize']),
];
const cooldownOf = (properties: ValueMap): number => Number(properties['Cooldown'] ?? 0);

/** The same with policies that change their number. */
export const awsAutoScalingGroup: ResourceType = {
  ...common,
  name: 'AWS::AutoScaling::AutoScalingGroup',
  description: "Servers whose number policies change, in CloudFormation's words.",
  support: { version: '2014.1' },
  properties: {
    ...shared,
    LaunchConfigurationName: {
      ...text('A reference to what the servers are like.'),
      updateAllowed: true,
    },
    InstanceId: { ...text('A server that they are like.'), names: 'nova.server' },
    MinSize: integer('How many there are at least.', true),
    MaxSize: integer('How many there are at most.', true),
    DesiredCapacity: integer('How many there are at first.'),
    Cooldown: integer('Seconds after a change in which policies change nothing.'),
    HealthCheckGracePeriod: { type: 'integer', description: 'Not used.' },
    HealthCheckType: {
      ...text('Not used.'),
      constraints: [{ kind: 'allowed_values', values: ['EC2', 'ELB'], description: undefined }],
    },
    VPCZoneIdentifier: {
      type: 'list',
      description: 'The subnet that the servers are in; only one.',
      items: text('A subnet.'),
    },
  },
  updatePolicy: policy('AutoScalingRollingUpdate'),
  validate(properties) {
    refuse(properties);
    const [least, most] = limitsOf(properties);
    const desired = properties['DesiredCapacity'];
    if (most < least) throw badRequest('MinSize can not be greater than MaxSize');
    if (least < 0) throw badRequest('The size of AutoScalingGroup can not be less than zero');
    if (typeof desired === 'number' && (desired < least || desired > most)) {
      throw badRequest('DesiredCapacity must be between MinSize and MaxSize');
    }
    const zones = properties['VPCZoneIdentifier'];
    if (Array.isArray(zones) && zones.length > 1) {
      throw badRequest('Anything other than one VPCZoneIdentifier is not supported.');
    }
    if (
      (properties['InstanceId'] === undefined) ===
      (properties['LaunchConfigurationName'] === undefined)
    ) {
      throw badRequest("Either 'InstanceId' or 'LaunchConfigurationName' must be provided.");
    }
  },
  create: (step) =>
    setSize(
      step,
      Number(step.properties['DesiredCapacity'] ?? 0) || limitsOf(step.properties)[0],
      false,
    ),
  async isCreated(step) {
    await beginCooldown(step, cooldownOf(step.properties));
    return true;
  },
  async update(step) {
    const present = membersNoted(step).length;
    const wanted = Number(step.properties['DesiredCapacity'] ?? 0) || present;
    const limits = limitsOf(step.properties);
    const size = newCapacity(present, { adjustment: wanted, type: 'ExactCapacity' }, limits);
    await setSize(step, size, renews(step));
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
    await setSize(step, change.size, false);
    return change.reason;
  },
};
