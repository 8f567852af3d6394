import { isMap, type Value, type ValueMap } from '../../language/index.ts';
import { findServer } from '../compute/server-changes.ts';
import { server } from '../compute/server.ts';
import { invalid, listIn, mapIn, mapsIn, textIn, textsIn } from '../requests.ts';
import { format, gives, list, map, named, REQUIRED, text, UPDATABLE, yesNo } from '../shapes.ts';
import type { ResourceType, Step } from '../type.ts';
import { given, withProperties, withUpdate } from './wrap.ts';

const pairs = {
  Key: text('The name.', REQUIRED),
  Value: text('The value.', REQUIRED),
};
const textOf = (map: ValueMap, key: string): string => textIn(map, key) ?? '';

/** Hints; one that is given several times is a list. */
function hintsOf(properties: ValueMap): ValueMap {
  const hints: Record<string, Value> = {};
  for (const one of mapsIn(properties, 'NovaSchedulerHints')) {
    const [key, value] = [textOf(one, 'Key'), textOf(one, 'Value')];
    const known = hints[key];
    hints[key] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
  }
  return hints;
}

/** Interfaces in their order: ids, or ids with the number of the device. */
function networksOf(properties: ValueMap): readonly ValueMap[] {
  const interfaces = listIn(properties, 'NetworkInterfaces').map((one, index) =>
    isMap(one)
      ? { port: textOf(one, 'NetworkInterfaceId'), index: Number(one['DeviceIndex'] ?? index) }
      : { port: String(one), index },
  );
  if (interfaces.length > 0)
    return interfaces.toSorted((a, b) => a.index - b.index).map(({ port }) => ({ port }));
  const subnet = textIn(properties, 'SubnetId');
  return subnet === undefined ? [] : [{ subnet }];
}

/** The same server in OpenStack's words. */
function translated(properties: ValueMap): ValueMap {
  const networks = networksOf(properties);
  const groups = [
    ...textsIn(properties, 'SecurityGroups'),
    ...textsIn(properties, 'SecurityGroupIds'),
  ];
  return given({
    image: properties['ImageId'],
    flavor: properties['InstanceType'],
    key_name: properties['KeyName'],
    availability_zone: properties['AvailabilityZone'],
    networks,
    // Ports that are given have their own groups.
    security_groups: networks.some((one) => 'port' in one) ? [] : groups,
    metadata: Object.fromEntries(
      mapsIn(properties, 'Tags').map((one) => [textOf(one, 'Key'), textOf(one, 'Value')]),
    ),
    scheduler_hints: hintsOf(properties),
    user_data: properties['UserData'],
    user_data_format: 'HEAT_CFNTOOLS',
    flavor_update_policy: 'RESIZE',
    image_update_policy: 'REPLACE',
    user_data_update_policy: 'REPLACE',
  });
}

const of = (step: Step): Step => withProperties(step, translated(step.properties));

export const instance: ResourceType = {
  name: 'AWS::EC2::Instance',
  description: 'A server, in the words of Amazon.',
  properties: {
    ImageId: named('glance.image', 'The image that it starts from.', REQUIRED),
    InstanceType: named('nova.flavor', 'Its flavor.', { ...REQUIRED, ...UPDATABLE }),
    KeyName: named('nova.keypair', 'The key pair that may log in.'),
    AvailabilityZone: text('The availability zone that it shall be in.'),
    SecurityGroups: list('Names or ids of security groups.'),
    SecurityGroupIds: list('Ids of security groups.'),
    NetworkInterfaces: list('Ports, as ids or with DeviceIndex.', UPDATABLE),
    SubnetId: text('The subnet that gives its address.', UPDATABLE),
    Tags: list('Metadata.', {
      ...UPDATABLE,
      items: map('A name and a value.', { members: pairs }),
    }),
    NovaSchedulerHints: list('Hints for the choice of a host.', {
      items: map('A name and a value.', { members: pairs }),
    }),
    UserData: text('What the guest runs when it starts first.'),
    Volumes: list('Volumes; there is no volume service here.', {
      default: [],
      items: map('A volume.', {
        members: {
          Device: text('The name of the device.', REQUIRED),
          VolumeId: text('The volume.', { ...REQUIRED, ...format('cinder.volume') }),
        },
      }),
    }),
    BlockDeviceMappings: list('Volumes to start from; there is no volume service here.', {
      items: map('A volume.', {
        members: {
          DeviceName: text('The name of the device.', REQUIRED),
          Ebs: map('The volume.', {
            members: {
              DeleteOnTermination: yesNo('Whether it goes with the server.', { default: true }),
              SnapshotId: text('The snapshot that makes it.', format('cinder.snapshot')),
              VolumeSize: text('Its size, in GiB.'),
            },
          }),
        },
      }),
    }),
  },
  attributes: {
    AvailabilityZone: gives.text('The availability zone that it is in.'),
    PrivateDnsName: gives.text('Its first address.'),
    PublicDnsName: gives.text('Its first address.'),
    PrivateIp: gives.text('Its first address.'),
    PublicIp: gives.text('Its first address.'),
  },
  validate(properties) {
    for (const name of ['Volumes', 'BlockDeviceMappings']) {
      if (listIn(properties, name).length > 0)
        throw invalid(`There is no volume service here: leave out ${name}.`);
    }
  },
  create: (step) => server.create(of(step)),
  isCreated: (step) => server.isCreated!(of(step)),
  update: (step) => server.update!(withUpdate(step, translated)),
  isUpdated: (step) => server.isUpdated!(withUpdate(step, translated)),
  delete: (step) => server.delete!(of(step)),
  isDeleted: (step) => server.isDeleted!(of(step)),
  check: (step) => server.check!(of(step)),
  suspend: (step) => server.suspend!(of(step)),
  isSuspended: (step) => server.isSuspended!(of(step)),
  resume: (step) => server.resume!(of(step)),
  isResumed: (step) => server.isResumed!(of(step)),
  makeWay: (step) => server.makeWay!(of(step)),
  takeBack: (step) => server.takeBack!(of(step)),
  describe: (step) => server.describe!(of(step)),
  async attribute(step, name) {
    if (step.physicalId === null) return undefined;
    const found = await findServer(step);
    if (name === 'AvailabilityZone') return found?.['OS-EXT-AZ:availability_zone'] ?? null;
    const addresses = mapIn(found ?? {}, 'addresses');
    const [network = ''] = Object.keys(addresses).toSorted().toReversed();
    return mapsIn(addresses, network)[0]?.['addr'] ?? '0.0.0.0';
  },
};
