import { badRequest } from '../../../../core/errors.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import type { Property } from '../property.ts';
import { ResourceFailure, type ResourceType, type Step } from '../type.ts';
import { askSelfMaybe, mapAt } from './own.ts';
import { removeConfig, storeConfig } from './software-config.ts';

const GROUP = 'AWS::AutoScaling::LaunchConfiguration';

const text = (description: string, more: Partial<Property> = {}): Property => ({
  type: 'string',
  description,
  ...more,
});

const list = (property: Value | undefined): readonly ValueMap[] =>
  (property ?? []) as readonly ValueMap[];

/** A server as these properties describe it, in the words of OS::Nova::Server. */
export function serverProperties(
  properties: ValueMap,
  { tags, subnet }: { tags: readonly ValueMap[]; subnet: Value | undefined },
): ValueMap {
  const hints = list(properties['NovaSchedulerHints']);
  const pairs = (entries: readonly ValueMap[]): ValueMap =>
    Object.fromEntries(entries.map((one) => [String(one['Key']), one['Value'] ?? '']));
  const all: ValueMap = {
    image: properties['ImageId'] ?? null,
    flavor: properties['InstanceType'] ?? null,
    key_name: properties['KeyName'] ?? null,
    security_groups: properties['SecurityGroups'] ?? null,
    user_data: properties['UserData'] ?? null,
    user_data_format: 'RAW',
    scheduler_hints: hints.length === 0 ? null : pairs(hints),
    metadata: pairs(tags),
    networks: subnet === undefined ? null : [{ subnet }],
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** The properties of a launch configuration, by its reference. */
export async function launchConfigurationAt(step: Step, reference: string): Promise<ValueMap> {
  const reply = await askSelfMaybe(
    step,
    'GET',
    `/software_configs/${encodeURIComponent(reference)}`,
  );
  const found = mapAt(reply ?? {}, 'software_config');
  if (found['group'] !== GROUP) {
    throw new ResourceFailure(
      `LaunchConfigurationName (${reference}) reference can not be found: use {"Ref": NAME} of a launch configuration`,
    );
  }
  return mapAt(found, 'config');
}

/** What the servers of CloudFormation's groups are like. It is stored as a configuration, whose id is its reference. */
export const launchConfiguration: ResourceType = {
  name: GROUP,
  description: "What the servers of CloudFormation's groups are like.",
  properties: {
    ImageId: text('The image.', { names: 'glance.image' }),
    InstanceType: text('The flavor.', { names: 'nova.flavor' }),
    InstanceId: text('A server to take the image, flavor and key from.', { names: 'nova.server' }),
    KeyName: text('The key pair.'),
    UserData: text('The user data.'),
    SecurityGroups: { type: 'list', description: 'Names or ids of security groups.' },
    KernelId: text('Not used.'),
    RamDiskId: text('Not used.'),
    BlockDeviceMappings: { type: 'list', description: 'Volumes; refused: there are none here.' },
    NovaSchedulerHints: {
      type: 'list',
      description: 'Hints for the scheduler.',
      items: {
        type: 'map',
        description: 'One hint.',
        members: {
          Key: text('Its name.', { required: true }),
          Value: text('Its value.', { required: true }),
        },
      },
    },
  },
  validate(properties) {
    if (list(properties['BlockDeviceMappings']).length > 0) {
      throw badRequest('BlockDeviceMappings: this cloud has no volumes');
    }
    const { InstanceId: server } = properties;
    for (const name of ['ImageId', 'InstanceType']) {
      if (server === undefined && properties[name] === undefined) {
        throw badRequest(`If without InstanceId, ImageId and InstanceType are required.`);
      }
    }
  },
  async create(step) {
    const config: Record<string, Value> = { ...step.properties };
    const id = config['InstanceId'];
    if (typeof id === 'string') {
      const { body } = await step.cloud.request('compute', 'GET', `/v2.1/servers/${id}`);
      const server = mapAt(body as ValueMap, 'server');
      config['ImageId'] ??= mapAt(server, 'image')['id'] ?? null;
      config['InstanceType'] ??= mapAt(server, 'flavor')['id'] ?? null;
      config['KeyName'] ??= server['key_name'] ?? null;
      delete config['InstanceId'];
    }
    await storeConfig(step, { group: GROUP, config });
  },
  delete: removeConfig,
};
