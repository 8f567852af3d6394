import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestCompute, type TestClient, type TestCompute } from '../../../compute/testing.ts';
import type { Cloud } from '../../cloud.ts';
import type { Value, ValueMap } from '../../language/index.ts';
import { lookUp } from '../constraints.ts';
import { Names } from '../names.ts';
import { cloudOver, TestResource } from '../testing.ts';

let room: TestCompute;
let member: TestClient;
let cloud: Cloud;
let admin: Cloud;
let [small, large] = ['', ''];
let images: string[] = [];

const cloudOf = (client: TestClient): Cloud =>
  cloudOver(
    (service, method, path, body, version) =>
      // Not here: what is configured is asked of Heat itself.
      service === 'orchestration'
        ? Promise.resolve(
            path.endsWith('/7f6f4a16-5a4e-4a3f-9d5c-111111111111')
              ? { status: 200, body: { software_config: { config: '#!/bin/sh\necho config' } } }
              : { status: 404, body: {} },
          )
        : client.ask(method, `/${service}${path}`, body, version),
    client.caller,
  );
const make = (type: string, properties: ValueMap = {}, whose = cloud): Promise<TestResource> =>
  new TestResource(whose, type, properties).create();
const server = (properties: ValueMap = {}, metadata: ValueMap = {}): Promise<TestResource> =>
  new TestResource(
    cloud,
    'OS::Nova::Server',
    { image: images[0]!, flavor: small, networks: [{ allocate_network: 'none' }], ...properties },
    { name: 'web', metadata },
  ).create();
const userData = async (id: string | null): Promise<string> => {
  const { server: shown } = await room.admin.get(`/compute/v2.1/servers/${id}`, '2.3');
  return Buffer.from(String(shown['OS-EXT-SRV-ATTR:user_data'] ?? ''), 'base64').toString();
};

before(async () => {
  room = await startTestCompute({ resize_confirm_window: 100_000 });
  await room.host('h1', { vcpus: 64, disk_gb: 1000 });
  member = room.member();
  cloud = cloudOf(member);
  admin = cloudOf(room.admin);
  small = await room.flavor({ ram: 64, vcpus: 1, disk: 1 });
  large = await room.flavor({ ram: 128, vcpus: 2, disk: 2 });
  images = [room.image(), room.image()];
});
after(() => room.stop());

test('a server is made with what its template says', async () => {
  const key = await make('OS::Nova::KeyPair', { name: 'key', save_private_key: true });
  assert.match(String(await key.get('private_key')), /PRIVATE KEY/);
  assert.match(String(await key.get('public_key')), /^ssh-/);
  const made = await server({
    key_name: 'key',
    metadata: { role: 'web', list: [1, 2] },
    tags: ['blue'],
    user_data: '#!/bin/sh\necho hello',
  });
  const document = await made.describe();
  assert.equal(document['name'], 'stack-web-abcdefghijkl');
  assert.equal(document['key_name'], 'key');
  assert.deepEqual(document['metadata'], { role: 'web', list: '[1,2]' });
  assert.deepEqual(await made.get('tags'), ['blue']);
  assert.equal(await made.get('name'), 'stack-web-abcdefghijkl');
  assert.deepEqual(await made.get('networks'), {});
  assert.deepEqual(await made.get('addresses'), {});
  assert.deepEqual(Object.keys((await made.get('console_urls')) as ValueMap), [
    'novnc',
    'xvpvnc',
    'spice-html5',
    'rdp-html5',
    'serial',
    'webmks',
  ]);
  assert.equal(await userData(made.physicalId), '#!/bin/sh\necho hello');
  await made.check();
  await made.update({ name: 'new', metadata: { role: 'db' }, tags: [] });
  const changed = await made.describe();
  assert.deepEqual([changed['name'], changed['metadata']], ['new', { role: 'db' }]);
  assert.deepEqual(await made.get('tags'), []);
  await made.delete();
  assert.equal((await member.ask('GET', `/compute/v2.1/servers/${made.physicalId}`)).status, 404);
  await assert.rejects(made.check(), /not there any more/);
  assert.equal(await made.get('networks'), '');
  await key.delete();
  await assert.rejects(key.check(), /not there any more/);
});

test('user data may be a software config; metadata goes with it', async () => {
  const raw = await server({
    user_data_format: 'RAW',
    user_data: '7f6f4a16-5a4e-4a3f-9d5c-111111111111',
  });
  assert.equal(await userData(raw.physicalId), '#!/bin/sh\necho config');
  const tools = await server({ user_data: '#!/bin/sh\necho' }, { mine: 'yes' });
  const message = await userData(tools.physicalId);
  assert.match(message, /^Content-Type: multipart\/mixed/);
  assert.match(message, /text\/x-shellscript[\s\S]*#!\/bin\/sh\necho/);
  assert.match(message, /filename="cfn-init-data"\n\n\{"mine": "yes"\}/);
  const configured = await server({ user_data_format: 'SOFTWARE_CONFIG' });
  assert.deepEqual(await configured.get('os_collect_config'), { collectors: ['ec2', 'local'] });
  assert.deepEqual(configured.metadata['deployments'], []);
  await Promise.all([raw, tools, configured].map((one) => one.delete()));
});

test('a server gets another flavor, another image, another password', async () => {
  const made = await server();
  await made.update({ flavor: large });
  const { server: shown } = await member.get(`/compute/v2.1/servers/${made.physicalId}`);
  assert.equal(shown.flavor.id, large);
  assert.equal(shown.status, 'ACTIVE');
  await made.update({ image: images[1]!, flavor: small });
  const { server: rebuilt } = await member.get(`/compute/v2.1/servers/${made.physicalId}`);
  assert.deepEqual([rebuilt.flavor.id, rebuilt.image.id], [small, images[1]]);
  assert.deepEqual(made.data, {});
  const replaces = (changes: ValueMap): boolean =>
    made.type.mustReplace?.(made.updateStep(changes)) ?? false;
  assert.equal(replaces({ flavor: large }), false);
  assert.equal(replaces({ flavor: large, flavor_update_policy: 'REPLACE' }), true);
  assert.equal(replaces({ image: images[0]!, image_update_policy: 'REPLACE' }), true);
  assert.equal(replaces({ user_data: 'x' }), true);
  assert.equal(replaces({ user_data: 'x', user_data_update_policy: 'IGNORE' }), false);
  await made.delete();
});

test('a server is on networks by ports, networks and subnets', async () => {
  const net = await make('OS::Neutron::Net', { name: 'inner' });
  const subnet = await make('OS::Neutron::Subnet', {
    network: net.physicalId,
    cidr: '10.5.0.0/24',
  });
  const port = await make('OS::Neutron::Port', { network: net.physicalId });
  const onSubnet: ValueMap = { subnet: subnet.physicalId, fixed_ip: '10.5.0.50' };
  const made = await server({
    networks: [
      { port: port.physicalId },
      onSubnet,
      { network: net.physicalId, fixed_ip: '10.5.0.60' },
    ],
  });
  const addresses = async (): Promise<string[]> =>
    (((await made.get('networks')) as ValueMap)['inner'] as string[]).toSorted();
  const [own] = (await port.get('fixed_ips')) as ValueMap[];
  const first = String(own?.['ip_address']);
  assert.deepEqual(await addresses(), [first, '10.5.0.50', '10.5.0.60'].toSorted());
  const networks = (await made.get('networks')) as ValueMap;
  assert.deepEqual(networks['inner'], networks[String(net.physicalId)]);
  const detailed = ((await made.get('addresses')) as ValueMap)['inner'] as ValueMap[];
  assert.equal(detailed.length, 3);
  assert.deepEqual(
    detailed.map((one) => [(one['network'] as ValueMap)['name'], one['OS-EXT-IPS:type']]),
    [1, 2, 3].map(() => ['inner', 'fixed']),
  );
  // The second goes, the others stay, one comes.
  await made.update({
    networks: [
      { port: port.physicalId },
      { network: net.physicalId, fixed_ip: '10.5.0.60' },
      { subnet: subnet.physicalId, fixed_ip: '10.5.0.70' },
    ],
  });
  assert.deepEqual(await addresses(), [first, '10.5.0.60', '10.5.0.70'].toSorted());
  // A successor can have the port while this one is still there; and gives it back.
  await made.type.makeWay?.(made.step());
  assert.equal(await port.get('device_id'), '');
  await made.type.takeBack?.(made.step());
  assert.equal(await port.get('device_id'), made.physicalId);
  await made.delete();
  const { ports } = await member.get(`/network/v2.0/ports?network_id=${net.physicalId}`);
  assert.deepEqual(
    ports
      .filter((one: ValueMap) => !String(one['device_owner']).startsWith('network:'))
      .map((one: ValueMap) => one['id']),
    [port.physicalId],
  );
  for (const one of [port, subnet, net]) await one.delete();
});

test('a server that cannot be placed is a failure with the reason', async () => {
  const huge = await room.flavor({ ram: 64, vcpus: 1, disk: 100_000 });
  await assert.rejects(server({ flavor: huge }), /No valid host|status ERROR/);
});

test('what a server cannot have is refused', () => {
  const check = (properties: ValueMap) =>
    new TestResource(cloud, 'OS::Nova::Server').type.validate?.({
      image: 'i',
      flavor: 'f',
      ...properties,
    });
  check({ image: null });
  assert.throws(
    () => new TestResource(cloud, 'OS::Nova::Server').type.validate?.({ flavor: 'f' }),
    /needs an image/,
  );
  assert.throws(
    () => check({ block_device_mapping_v2: [{ volume_id: 'v' }] }),
    /no volume service/,
  );
  const networks: readonly [ValueMap[], RegExp][] = [
    [[{}], /needs a network/],
    [[{ fixed_ip: '10.0.0.1', port: 'p' }], /either fixed_ip or port/],
    [[{ network: 'n', floating_ip: 'f' }], /needs a port or a subnet/],
    [[{ allocate_network: 'none' }, { network: 'n' }], /stands alone/],
  ];
  for (const [value, message] of networks)
    assert.throws(() => check({ networks: value as Value }), message);
  assert.throws(
    () => check({ security_groups: ['g'], networks: [{ port: 'p' }] }),
    /give them to the port/,
  );
});

test('flavors, server groups, aggregates and quotas', async () => {
  const flavor = await make(
    'OS::Nova::Flavor',
    { ram: 96, vcpus: 1, is_public: false, extra_specs: { 'hw:cpu_policy': 'shared' } },
    admin,
  );
  assert.equal(flavor.physicalId, flavor.uuid);
  assert.equal(await flavor.get('is_public'), false);
  assert.deepEqual(await flavor.get('extra_specs'), { 'hw:cpu_policy': 'shared' });
  assert.equal((await member.ask('GET', `/compute/v2.1/flavors/${flavor.physicalId}`)).status, 404);
  await flavor.update({ extra_specs: null, tenants: [cloud.projectId] });
  assert.deepEqual(await flavor.get('extra_specs'), {});
  assert.equal((await member.ask('GET', `/compute/v2.1/flavors/${flavor.physicalId}`)).status, 200);
  // Repeated after a crash it is the same one; another's is not taken.
  await flavor.create(true);
  await assert.rejects(flavor.create(), /409/);
  await flavor.delete();

  const group = await make('OS::Nova::ServerGroup', { policies: ['soft-affinity'] });
  assert.equal((await group.describe())['policy'], 'soft-affinity');
  await group.check();
  await group.delete();
  await group.delete();

  const aggregate = await make(
    'OS::Nova::HostAggregate',
    { name: 'racks', hosts: ['h1'], metadata: { ssd: 'true' } },
    admin,
  );
  const aggregated = await aggregate.describe();
  assert.deepEqual([aggregated['hosts'], aggregated['metadata']], [['h1'], { ssd: 'true' }]);
  await aggregate.update({ name: 'shelves', metadata: { disk: 'slow' }, hosts: [] });
  const moved = await aggregate.describe();
  assert.deepEqual(
    [moved['name'], moved['hosts'], moved['metadata']],
    ['shelves', [], { disk: 'slow' }],
  );
  await aggregate.delete();

  const quota = await make('OS::Nova::Quota', { project: cloud.projectId, cores: 5 }, admin);
  assert.equal((await quota.describe())['cores'], 5);
  await quota.update({ cores: -1 });
  assert.equal((await quota.describe())['cores'], -1);
  await quota.delete();
});

test('things are found by name or id, and constraints say what is wrong', async () => {
  const net = await make('OS::Neutron::Net', { name: 'mine' });
  assert.equal(await lookUp(cloud, 'neutron.network', 'mine'), net.physicalId);
  assert.equal(await lookUp(cloud, 'neutron.network', String(net.physicalId)), net.physicalId);
  const twin = await make('OS::Neutron::Net', { name: 'mine' });
  await assert.rejects(lookUp(cloud, 'neutron.network', 'mine'), /2 networks named "mine"/);
  await twin.delete();
  const { flavor } = await room.admin.get(`/compute/v2.1/flavors/${small}`);
  assert.equal(await lookUp(cloud, 'nova.flavor', flavor.name), small);
  assert.equal(await lookUp(admin, 'nova.host', 'h1'), 'h1');
  const group = String(await lookUp(cloud, 'neutron.security_group', 'default'));
  const { security_group: found } = await member.get(`/network/v2.0/security-groups/${group}`);
  assert.equal(found.project_id, cloud.projectId);
  const lookups = new Names(cloud);
  const faults: readonly [string, string, RegExp | undefined][] = [
    ['nova.flavor', small, undefined],
    ['nova.flavor', 'm1.nothing', /flavor \(m1.nothing\) could not be found/],
    ['nova.keypair', 'nobody', /key pair \(nobody\) could not be found/],
    ['neutron.subnet', 'nowhere', /subnet \(nowhere\) could not be found/],
    ['neutron.port', '7f6f4a16-5a4e-4a3f-9d5c-111111111111', /could not be found/],
    ['cinder.volume', 'v', /no service for volumes/],
    ['neutron.flow_classifier', 'f', /no service for service chaining/],
    ['neutron.network', 'mini', /network \(mini\) could not be found. Did you mean "mine"/],
    ['neutron.networks', 'n', /Did you mean "neutron.network"/],
  ];
  for (const [name, value, fault] of faults) {
    const told = await lookups.check(name, value);
    if (fault) assert.match(String(told), fault);
    else assert.equal(told, undefined);
  }
  await net.delete();
});

test('a repeated key pair is made anew: its private key was lost', async () => {
  const key = await make('OS::Nova::KeyPair', { name: 'again', save_private_key: true });
  const before = await key.get('private_key');
  await key.create(true);
  assert.notEqual(await key.get('private_key'), before);
  await assert.rejects(key.create(), /409/);
  await key.type.makeWay?.(key.step());
  await key.create();
  await key.delete();
});
