import { PORT_EXTRAS } from '../network/port-properties.ts';
import type { Attributes, Properties } from '../property.ts';
import {
  between,
  deprecated,
  format,
  gives,
  hidden,
  integer,
  list,
  map,
  named,
  oneOf,
  REQUIRED,
  since,
  sized,
  text,
  UPDATABLE,
  yesNo,
} from '../shapes.ts';

const VOLUMES = 'There is no volume service here.';

/** Of volumes, for templates from elsewhere: understood, and refused when they are used. */
const volumes: Properties = {
  block_device_mapping: list(`Volumes to start from. ${VOLUMES}`, {
    items: map('A volume.', {
      members: {
        device_name: text('The name of the device.', REQUIRED),
        volume_id: text('The volume.', format('cinder.volume')),
        snapshot_id: text('The snapshot that makes the volume.', format('cinder.snapshot')),
        volume_size: integer('Its size, in GiB.'),
        delete_on_termination: yesNo('Whether it goes with the server.'),
      },
    }),
  }),
  block_device_mapping_v2: list(`Volumes to start from. ${VOLUMES}`, {
    ...since('2015.1'),
    items: map('A volume or disk.', {
      members: {
        device_name: text('The name of the device.'),
        volume_id: text('The volume.', format('cinder.volume')),
        image: named('glance.image', 'The image that makes the volume.', {
          formerly: ['image_id'],
          ...since('7.0.0'),
        }),
        snapshot_id: text('The snapshot that makes the volume.', format('cinder.snapshot')),
        swap_size: integer('The size of a swap disk, in MiB.'),
        ephemeral_size: integer('The size of a disk that goes with the server, in GiB.', {
          ...between(1),
          ...since('8.0.0'),
        }),
        ephemeral_format: text('The file system of that disk.', {
          ...oneOf('ext2', 'ext3', 'ext4', 'xfs', 'ntfs'),
          ...since('8.0.0'),
        }),
        device_type: text('The kind of device.', oneOf('cdrom', 'disk')),
        disk_bus: text('The bus that it is on.', oneOf('ide', 'lame_bus', 'scsi', 'usb', 'virtio')),
        boot_index: integer('Its turn when the server looks for a system.'),
        volume_size: integer('Its size, in GiB.'),
        delete_on_termination: yesNo('Whether it goes with the server.'),
      },
    }),
  }),
};

const networks = list('The networks that the server is on, each by one interface.', {
  ...UPDATABLE,
  items: map('One interface.', {
    members: {
      network: named('neutron.network', 'The network.', { formerly: ['uuid'] }),
      allocate_network: text('Instead of networks: none at all, or one that is made for it.', {
        ...UPDATABLE,
        ...oneOf('none', 'auto'),
        ...since('9.0.0'),
      }),
      fixed_ip: text('The address.', format('ip_addr')),
      port: named('neutron.port', 'The port.'),
      port_extra_properties: map('Properties of the port that is made on the subnet.', {
        members: PORT_EXTRAS,
        ...since('6.0.0'),
      }),
      subnet: named('neutron.subnet', 'The subnet that gives the address.', since('5.0.0')),
      floating_ip: named(
        'neutron.floating_ip',
        'The floating IP that shall stand for it.',
        since('6.0.0'),
      ),
      tag: text('A tag that the guest finds in its metadata.', since('9.0.0')),
    },
  }),
});

export const serverProperties: Properties = {
  name: text('What the server is called.', UPDATABLE),
  image: named('glance.image', 'The image that it starts from.', UPDATABLE),
  ...volumes,
  flavor: named('nova.flavor', 'Its flavor.', { ...REQUIRED, ...UPDATABLE }),
  flavor_update_policy: text('What a new flavor does: resize the server, or make another one.', {
    default: 'RESIZE',
    ...UPDATABLE,
    ...oneOf('RESIZE', 'REPLACE'),
  }),
  image_update_policy: text('What a new image does: rebuild the server, or make another one.', {
    default: 'REBUILD',
    ...UPDATABLE,
    ...oneOf('REBUILD', 'REPLACE', 'REBUILD_PRESERVE_EPHEMERAL'),
  }),
  key_name: named('nova.keypair', 'The key pair that may log in.'),
  admin_user: text('The user that may log in.', hidden('5.0.0', "It is the image's affair.")),
  availability_zone: text('The availability zone that it shall be in.'),
  security_groups: list('Security groups of the ports that the server makes.', { default: [] }),
  networks,
  scheduler_hints: map('Hints for the choice of a host.'),
  metadata: map('Metadata that the guest and the API show.', { default: {}, ...UPDATABLE }),
  user_data_format: text(
    "What is made of user_data: nothing (RAW); the resource's metadata goes with it for Heat's tools in the guest.",
    { default: 'HEAT_CFNTOOLS', ...oneOf('HEAT_CFNTOOLS', 'RAW', 'SOFTWARE_CONFIG') },
  ),
  software_config_transport: text('How tools in the guest learn of software deployments.', {
    default: 'POLL_SERVER_CFN',
    ...UPDATABLE,
    ...oneOf('POLL_SERVER_CFN', 'POLL_SERVER_HEAT', 'POLL_TEMP_URL', 'ZAQAR_MESSAGE'),
  }),
  user_data_update_policy: text(
    'What new user_data does: make another server, nothing, or rebuild the server.',
    {
      default: 'REPLACE',
      ...UPDATABLE,
      ...oneOf('REPLACE', 'IGNORE', 'REBUILD'),
      ...since('6.0.0'),
    },
  ),
  user_data: text(
    'What the guest runs when it starts first: a text, or the id of a software config.',
    {
      default: '',
      ...UPDATABLE,
    },
  ),
  reservation_id: text('A reservation of several servers.'),
  config_drive: yesNo('Whether the metadata is also on a drive.'),
  diskConfig: text('Whether partitions are made by the service.', oneOf('AUTO', 'MANUAL')),
  personality: map('Files that are put into the guest.', {
    default: {},
    ...deprecated('12.0.0', 'Use user_data.'),
  }),
  admin_pass: text("The administrator's password.", UPDATABLE),
  tags: list('Tags, replaced as a whole.', {
    items: text('A tag.'),
    ...UPDATABLE,
    ...since('8.0.0'),
  }),
  deployment_swift_data: map('Where deployments are put, with POLL_TEMP_URL.', {
    default: {},
    ...UPDATABLE,
    ...since('9.0.0'),
    members: {
      container: text('The container.', sized(1)),
      object: text('The object.', sized(1)),
    },
  }),
};

export const serverAttributes: Attributes = {
  name: gives.text('The name.'),
  addresses: gives.map(
    'Its addresses with ports, subnets and networks, by name and id of the network.',
    since('11.0.0'),
  ),
  networks: gives.map('Its addresses by name and id of the network.'),
  first_address: gives.any('Its first address.', hidden('2015.1', 'Use networks.')),
  instance_name: gives.text('What the hypervisor calls it.'),
  accessIPv4: gives.text('The address to reach it by.', deprecated('14.0.0')),
  accessIPv6: gives.text('The IPv6 address to reach it by.', deprecated('14.0.0')),
  console_urls: gives.map('Addresses of its consoles, by kind.', since('2015.1')),
  tags: gives.list('Its tags.', since('8.0.0')),
  os_collect_config: gives.map('What tools in the guest are told.', since('9.0.0')),
};
