import assert from 'node:assert/strict';
import test from 'node:test';
import { autoScalingGroup } from './auto-scaling-group.ts';
import { softwareDeploymentGroup } from './deployment-group.ts';
import { awsAutoScalingGroup, durationSeconds } from './instance-group.ts';
import { launchConfiguration } from './launch-configuration.ts';
import { resourceChain } from './resource-chain.ts';
import { resourceGroup } from './resource-group.ts';
import { newCapacity, resized } from './scaling.ts';
import { scalingPolicy } from './scaling-policy.ts';
import { stack } from './stack.ts';
import { FakeResource, softwareApi } from './testing.ts';

const definition = {
  type: 'OS::Heat::TestResource',
  properties: { value: 'x-%index%', nothing: null },
};

test('a resource group numbers its members, and forgets no name that was taken out', async () => {
  const group = new FakeResource(resourceGroup, { count: 3, resource_def: definition });
  await group.create();
  assert.deepEqual(await group.nested(), {
    0: { type: 'OS::Heat::TestResource', properties: { value: 'x-0' } },
    1: { type: 'OS::Heat::TestResource', properties: { value: 'x-1' } },
    2: { type: 'OS::Heat::TestResource', properties: { value: 'x-2' } },
  });
  group.made(['0', '1', '2']);
  const base = { count: 3, resource_def: definition };
  await group.update({
    ...base,
    removal_policies: [{ resource_list: ['ref-1', 'nonsense'] }, { resource_list: [0] }],
  });
  assert.deepEqual(Object.keys(await group.nested()), ['2', '3', '4']);
  assert.deepEqual(await group.attribute('removed_rsrc_list'), ['0', '1']);
  group.made(['2', '3', '4']);
  await group.update({ ...base, removal_policies: [{ resource_list: ['3'] }] });
  assert.deepEqual(Object.keys(await group.nested()), ['2', '4', '5']);
  await group.update({ ...base, removal_policies: [], removal_policies_mode: 'update' });
  assert.deepEqual(Object.keys(await group.nested()), ['0', '1', '2']);
});

test("a resource group's attributes are those of its members", async () => {
  const group = new FakeResource(resourceGroup, { count: 2, resource_def: definition });
  assert.equal(await group.attribute('refs'), undefined);
  await group.create();
  group.made(['0', '1']);
  assert.deepEqual(await group.attribute('refs'), ['ref-0', 'ref-1']);
  assert.equal(await group.attribute('refs', 1), 'ref-1');
  assert.deepEqual(await group.attribute('refs_map'), { 0: 'ref-0', 1: 'ref-1' });
  assert.deepEqual(await group.attribute('output'), ['0:output', '1:output']);
  assert.deepEqual(await group.attribute('attributes', 'output'), {
    0: '0:output',
    1: '1:output',
  });
  assert.equal(await group.attribute('resource.1.networks', 'a', 0), '1:networks/a/0');
  assert.equal(await group.attribute('resource.1'), 'ref-1');
  await assert.rejects(async () => group.attribute('resource.7'), /Member '7' not found/);
});

test('batches of a group: by its policies, with enough members left in service', async () => {
  const group = new FakeResource(resourceGroup, { count: 4, resource_def: definition });
  group.updatePolicy = {
    batch_create: { max_batch_size: 2, pause_time: 1 },
    rolling_update: { max_batch_size: 3, min_in_service: 2, pause_time: 0 },
  };
  await group.create();
  const batches = async (): Promise<unknown> =>
    (await resourceGroup.nested!(group.step()))!.batches;
  assert.deepEqual(await batches(), { size: 2, pauseSeconds: 1 });
  group.made(['0', '1', '2', '3']);
  assert.deepEqual(await batches(), { size: 2, pauseSeconds: 0 });
});

test('a chain makes one after the other', async () => {
  const chain = new FakeResource(resourceChain, {
    resources: ['A', 'B', 'C'],
    resource_properties: { x: 1 },
  });
  await chain.create();
  assert.deepEqual(await chain.nested(), {
    0: { type: 'A', properties: { x: 1 } },
    1: { type: 'B', properties: { x: 1 }, depends_on: '0' },
    2: { type: 'C', properties: { x: 1 }, depends_on: '1' },
  });
  chain.made(['0', '1', '2']);
  assert.deepEqual(await chain.attribute('refs'), ['ref-0', 'ref-1', 'ref-2']);
});

test('capacities: changes, sizes and percentages, within the limits', () => {
  const by = (type: string, adjustment: number, least?: number): number =>
    newCapacity(4, { adjustment, type, ...(least === undefined ? {} : { least }) }, [1, 10]);
  assert.equal(by('change_in_capacity', 2), 6);
  assert.equal(by('change_in_capacity', 20), 10);
  assert.equal(by('change_in_capacity', -20), 1);
  assert.equal(by('exact_capacity', 3), 3);
  assert.equal(by('percent_change_in_capacity', 10), 5, '0.4 members are one');
  assert.equal(by('percent_change_in_capacity', -10), 3);
  assert.equal(by('percent_change_in_capacity', 40), 5, '1.6 members are one');
  assert.equal(by('percent_change_in_capacity', -45), 3);
  assert.equal(by('PercentChangeInCapacity', 50, 3), 7);
});

test('a group that shrinks loses what failed, then the oldest; new names were never used', () => {
  const names = (members: readonly { name: string }[]): string[] => members.map(({ name }) => name);
  const start = resized([], 3, { uuid: 'u', made: 0, failed: new Set() });
  const again = resized([], 3, { uuid: 'u', made: 0, failed: new Set() });
  assert.deepEqual(start, again);
  const [a, b, c] = names(start.members) as [string, string, string];
  const failed = new Set([b]);
  assert.deepEqual(names(resized(start.members, 2, { uuid: 'u', made: 3, failed }).members), [
    a,
    c,
  ]);
  assert.deepEqual(names(resized(start.members, 1, { uuid: 'u', made: 3, failed }).members), [c]);
  const grown = resized(start.members.slice(1), 3, { uuid: 'u', made: 3, failed: new Set() });
  assert.ok(!names(grown.members).includes(a));
  assert.deepEqual(resized(start.members, 0, { uuid: 'u', made: 3, failed }).members, []);
});

test('a scaling group follows the signals of its policy, but for its cooldown', async () => {
  const group = new FakeResource(
    autoScalingGroup,
    { resource: definition, min_size: 1, max_size: 3, desired_capacity: 2, cooldown: 60 },
    'group',
  );
  await group.create();
  const names = Object.keys(await group.nested());
  assert.equal(names.length, 2);
  group.made(names);
  const signal = { adjustment: 1, adjustment_type: 'change_in_capacity', cooldown: 60 };
  const send = async (details = signal): Promise<string> =>
    autoScalingGroup.signal!(group.step(), details);
  assert.equal(await send(), 'change_in_capacity : 1');
  const grown = Object.keys(await group.nested());
  assert.deepEqual(grown.slice(0, 2), names);
  assert.equal(grown.length, 3);
  group.made(grown);
  assert.equal(await send({ ...signal, adjustment: -1 }), '', 'it is too early');
  group.data = { ...group.data, cooldown_until: '0' };
  group.made(grown, 'UPDATE_IN_PROGRESS');
  assert.equal(await send({ ...signal, adjustment: -1 }), '', 'it is being changed');
  group.made(grown);
  assert.notEqual(await send({ ...signal, adjustment: -1 }), '');
  assert.deepEqual(Object.keys(await group.nested()), grown.slice(1), 'the oldest goes');
  await assert.rejects(
    async () => autoScalingGroup.signal!(group.step(), null),
    /scaling policies/,
  );
  assert.deepEqual(await group.attribute('outputs_list', 'output'), [
    `${grown[1]}:output`,
    `${grown[2]}:output`,
  ]);
  assert.equal(await group.attribute('current_size'), 2);
  assert.equal(await group.attribute('resource.0.output'), `${grown[1]}:output`);
  assert.throws(
    () => autoScalingGroup.validate!({ min_size: 3, max_size: 2 }),
    /MinSize can not be greater/,
  );
});

test('a policy finds its group by reference, and tells it', async () => {
  const policy = new FakeResource(scalingPolicy, {
    auto_scaling_group_id: 'web-my-group-abcdefghijkl',
    adjustment_type: 'change_in_capacity',
    scaling_adjustment: 1,
  });
  await policy.create();
  policy.answer = (method) =>
    method === 'GET'
      ? {
          resources: [
            { resource_name: 'my', resource_type: 'X', physical_resource_id: 'a' },
            {
              resource_name: 'my-group',
              resource_type: 'OS::Heat::AutoScalingGroup',
              physical_resource_id: 'b',
            },
          ],
        }
      : undefined;
  assert.equal(await scalingPolicy.signal!(policy.step(), null), 'adjusting group my-group by 1');
  assert.equal(
    policy.asked.at(-1),
    'orchestration POST /v1/project/stacks/web/stack-id/resources/my-group/signal',
  );
  assert.match(String(await policy.attribute('alarm_url')), /Signature/);
});

test("CloudFormation's group makes servers of its launch configuration, and leaves old ones alone", async () => {
  const { answer } = softwareApi();
  const launch = new FakeResource(launchConfiguration, {
    ImageId: 'image',
    InstanceType: 'small',
    UserData: 'hello',
    NovaSchedulerHints: [{ Key: 'k', Value: 'v' }],
  });
  launch.answer = answer;
  await launch.create();
  const group = new FakeResource(awsAutoScalingGroup, {
    AvailabilityZones: [],
    LaunchConfigurationName: launch.physicalId,
    MinSize: 1,
    MaxSize: 3,
    VPCZoneIdentifier: ['subnet'],
  });
  group.answer = answer;
  await group.create();
  const [first] = Object.values(await group.nested());
  assert.deepEqual(first, {
    type: 'OS::Nova::Server',
    properties: {
      image: 'image',
      flavor: 'small',
      user_data: 'hello',
      user_data_format: 'RAW',
      scheduler_hints: { k: 'v' },
      metadata: {
        'metering.groupname': 'web-thing-abcdefghijkl',
        'metering.AutoScalingGroupName': 'web-thing-abcdefghijkl',
      },
      networks: [{ subnet: 'subnet' }],
    },
  });
  const other = new FakeResource(launchConfiguration, { ImageId: 'newer', InstanceType: 'small' });
  other.answer = answer;
  await other.create();
  const wanted = { ...group.properties, LaunchConfigurationName: other.physicalId };
  await group.update({ ...wanted, DesiredCapacity: 2 });
  const images = async (): Promise<unknown[]> =>
    Object.values(await group.nested()).map(
      (one) => (one['properties'] as { image: string }).image,
    );
  assert.deepEqual(await images(), ['image', 'newer']);
  group.updatePolicy = { AutoScalingRollingUpdate: { MaxBatchSize: 1, PauseTime: 'PT1M' } };
  group.properties = { ...group.properties, LaunchConfigurationName: launch.physicalId };
  await group.update(wanted);
  assert.deepEqual(await images(), ['newer', 'newer']);
  assert.equal(durationSeconds('PT1H2M3S'), 3723);
  assert.throws(() => durationSeconds('5 minutes'), /no duration/);
});

test('a group of deployments has one for each server', async () => {
  const group = new FakeResource(softwareDeploymentGroup, {
    config: 'config',
    servers: { a: 'server-a', b: 'server-b' },
  });
  await group.create();
  const nested = await group.nested();
  assert.deepEqual(Object.keys(nested), ['a', 'b']);
  assert.equal((nested['b']!['properties'] as { server: string }).server, 'server-b');
  group.made(['a', 'b']);
  assert.deepEqual(await group.attribute('deploy_stdouts'), {
    a: 'a:deploy_stdout',
    b: 'b:deploy_stdout',
  });
});

test('a stack in a stack: its template is refused before anything is made', async () => {
  assert.throws(() => stack.validate!({ template: 'nonsense: 1' }), /template:/);
  const resource = new FakeResource(stack, {
    template: 'heat_template_version: 2021-04-16',
    parameters: { a: 1 },
    timeout: 5,
  });
  await resource.create();
  assert.deepEqual(await stack.nested!(resource.step()), {
    template: 'heat_template_version: 2021-04-16',
    parameters: { a: 1 },
    timeoutMinutes: 5,
  });
  resource.nestedStackId = 'nested';
  resource.outputs = { address: { v4: '10.0.0.1' } };
  assert.equal(await resource.attribute('outputs', 'address', 'v4'), '10.0.0.1');
  assert.equal(await resource.attribute('stack_name'), 'web-thing-abcdefghijkl');
});
