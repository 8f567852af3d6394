import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestCompute, type TestClient, type TestCompute } from '../../../compute/testing.ts';
import type { Cloud } from '../../cloud.ts';
import type { ValueMap } from '../../language/index.ts';
import { cloudOver, TestResource } from '../testing.ts';

let room: TestCompute;
let member: TestClient;
let cloud: Cloud;
let admin: Cloud;
let external: string;

const cloudOf = (client: TestClient): Cloud =>
  cloudOver(
    (service, method, path, body, version) =>
      client.ask(method, `/${service}${path}`, body, version),
    client.caller,
  );
const make = (type: string, properties: ValueMap = {}, whose = cloud): Promise<TestResource> =>
  new TestResource(whose, `OS::Neutron::${type}`, properties).create();
const shown = async (path: string): Promise<ValueMap> =>
  Object.values(
    (await cloud.request('network', 'GET', `/v2.0/${path}`)).body as ValueMap,
  )[0] as ValueMap;
const isGone = async (path: string): Promise<boolean> =>
  (await member.ask('GET', `/network/v2.0/${path}`)).status === 404;

before(async () => {
  room = await startTestCompute();
  member = room.member();
  cloud = cloudOf(member);
  admin = cloudOf(room.admin);
  const made = await make(
    'ProviderNet',
    {
      name: 'public',
      network_type: 'flat',
      physical_network: 'public',
      router_external: true,
      shared: false,
    },
    admin,
  );
  external = String(made.physicalId);
  await make('Subnet', { network: external, cidr: '172.24.4.0/24', enable_dhcp: false }, admin);
});
after(() => room.stop());

/** A network with a subnet. */
async function net(cidr = '10.1.0.0/24'): Promise<{ network: TestResource; subnet: TestResource }> {
  const network = await make('Net');
  return { network, subnet: await make('Subnet', { network: network.physicalId, cidr }) };
}

test('a network is made, changed and deleted', async () => {
  const network = await make('Net', { tags: ['b', 'a'], value_specs: { mtu: 1300 } });
  const document = await network.describe();
  assert.equal(document['name'], 'stack-thing-abcdefghijkl');
  assert.equal(document['mtu'], 1300);
  assert.deepEqual((document['tags'] as string[]).toSorted(), ['a', 'b']);
  assert.deepEqual(await network.get('subnets'), []);
  // Segments are for administrators.
  assert.equal(await network.get('segments'), null);
  await network.update({ name: 'other', admin_state_up: false, tags: ['c'] });
  const changed = await network.describe();
  assert.deepEqual(
    [changed['name'], changed['admin_state_up'], changed['tags'], changed['mtu']],
    ['other', false, ['c'], 1300],
  );
  await network.update({ name: null });
  assert.equal((await network.describe())['name'], 'stack-thing-abcdefghijkl');
  await network.check();
  await network.delete();
  assert.ok(await isGone(`networks/${network.physicalId}`));
  await assert.rejects(network.check(), /not there any more/);
  // What is not there is deleted.
  await network.delete();
});

test('value_specs cannot say what a property says', () => {
  assert.throws(
    () =>
      new TestResource(cloud, 'OS::Neutron::Net').type.validate?.({ value_specs: { name: 'x' } }),
    /value_specs cannot have name/,
  );
});

test('a subnet is made, changed and deleted', async () => {
  const { subnet } = await net();
  assert.equal(await subnet.get('gateway_ip'), '10.1.0.1');
  await subnet.update({
    gateway_ip: '',
    dns_nameservers: ['9.9.9.9'],
    host_routes: [{ destination: '10.9.0.0/24', nexthop: '10.1.0.9' }],
  });
  const document = await subnet.describe();
  assert.equal(document['gateway_ip'], null);
  assert.deepEqual(document['dns_nameservers'], ['9.9.9.9']);
  assert.deepEqual(document['host_routes'], [{ destination: '10.9.0.0/24', nexthop: '10.1.0.9' }]);
  await subnet.delete();
});

test('a subnet needs a cidr or a pool, and one of them', () => {
  const check = (properties: ValueMap) =>
    new TestResource(cloud, 'OS::Neutron::Subnet').type.validate?.(properties);
  assert.throws(() => check({}), /needs a cidr or a subnetpool/);
  assert.throws(() => check({ cidr: '10.0.0.0/24', subnetpool: 'p' }), /not both/);
  assert.throws(() => check({ cidr: '10.0.0.0/24', gateway_ip: 'x' }), /no IP address/);
  // What is not known yet is not judged.
  check({ cidr: null });
});

test('a port has addresses and groups; its attributes tell of subnet and network', async () => {
  const { network, subnet } = await net();
  const group = await make('SecurityGroup', {
    rules: [{ protocol: 'tcp', port_range_min: 22, port_range_max: 22 }],
  });
  const port = await make('Port', {
    network: network.physicalId,
    fixed_ips: [{ subnet: subnet.physicalId, ip_address: '10.1.0.77' }],
    security_groups: [group.physicalId],
    allowed_address_pairs: [{ ip_address: '10.1.0.200' }],
    'binding:vnic_type': 'normal',
  });
  const fixed = (await port.get('fixed_ips')) as ValueMap[];
  assert.equal(fixed[0]?.['ip_address'], '10.1.0.77');
  assert.equal(((await port.get('subnets')) as ValueMap[])[0]?.['cidr'], '10.1.0.0/24');
  assert.equal(((await port.get('network')) as ValueMap)['id'], network.physicalId);
  assert.deepEqual(await port.get('security_groups'), [group.physicalId]);
  await port.update({
    security_groups: null,
    fixed_ips: [{ subnet: subnet.physicalId, ip_address: '10.1.0.78' }],
  });
  const [own] = (await port.get('security_groups')) as string[];
  assert.equal((await shown(`security-groups/${own}`))['name'], 'default');
  assert.equal(((await port.get('fixed_ips')) as ValueMap[])[0]?.['ip_address'], '10.1.0.78');
  // Before a successor with the same address is made, the port lets go of it, and takes it back.
  await port.type.makeWay?.(port.step());
  assert.deepEqual(await port.get('fixed_ips'), []);
  await port.type.takeBack?.(port.step());
  assert.equal(((await port.get('fixed_ips')) as ValueMap[])[0]?.['ip_address'], '10.1.0.78');
  await port.delete();
  assert.ok(await isGone(`ports/${port.physicalId}`));
});

test('a security group has the rules of its template', async () => {
  const group = await make('SecurityGroup', {
    description: 'web',
    rules: [
      { protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
      { remote_mode: 'remote_group_id', protocol: 'udp' },
    ],
  });
  const rules = async () =>
    ((await group.describe())['security_group_rules'] as ValueMap[])
      .map((rule) =>
        [
          rule['direction'],
          rule['protocol'],
          rule['port_range_min'],
          rule['remote_group_id'] === group.physicalId ? 'itself' : rule['remote_ip_prefix'],
        ]
          .map((value) => value ?? '-')
          .join(' '),
      )
      .toSorted();
  assert.deepEqual(await rules(), [
    'egress - - -',
    'egress - - -',
    'ingress tcp 80 -',
    'ingress udp - itself',
  ]);
  await group.update({ rules: [{ direction: 'egress', protocol: 'tcp' }] });
  assert.deepEqual(await rules(), ['egress tcp - -']);
  await group.update({ rules: [], description: null });
  assert.deepEqual(await rules(), ['egress - - -', 'egress - - -']);
  await group.create(true).catch(() => undefined);
  const rule = await make('SecurityGroupRule', {
    security_group: group.physicalId,
    protocol: 'icmp',
    remote_ip_prefix: '10.0.0.0/8',
  });
  assert.deepEqual(await rules(), ['egress - - -', 'egress - - -', 'ingress icmp - 10.0.0.0/8']);
  await rule.delete();
  await group.delete();
});

test('a floating IP stands for a port behind a router', async () => {
  const { network, subnet } = await net('10.2.0.0/24');
  const router = await make('Router', { external_gateway_info: { network: external } });
  assert.equal(((await router.get('external_gateway_info')) as ValueMap)['network_id'], external);
  const face = await make('RouterInterface', {
    router: router.physicalId,
    subnet: subnet.physicalId,
  });
  assert.equal(face.physicalId, `${router.physicalId}:subnet_id=${subnet.physicalId}`);
  await face.check();
  // Repeated after a crash it finds what it had made; without that somebody else did.
  await face.create(true);
  await assert.rejects(face.create(), /400/);
  const port = await make('Port', { network: network.physicalId });
  const floating = await make('FloatingIP', { floating_network: external });
  assert.equal(await floating.get('port_id'), null);
  const association = await make('FloatingIPAssociation', {
    floatingip_id: floating.physicalId,
    port_id: port.physicalId,
  });
  assert.equal(await floating.get('port_id'), port.physicalId);
  await association.check();
  // The subnet is held: deletion waits for the interface, as a stack's deletion does.
  await association.delete();
  assert.equal(await floating.get('port_id'), null);
  await floating.update({ port_id: port.physicalId });
  assert.equal(
    await floating.get('fixed_ip_address'),
    '10.2.0.' +
      String(await floating.get('fixed_ip_address'))
        .split('.')
        .at(-1),
  );
  await floating.delete();
  await port.delete();
  await subnet.type.delete?.(subnet.step());
  assert.equal(await subnet.type.isDeleted?.(subnet.step()), false);
  await face.delete();
  assert.equal(await subnet.type.isDeleted?.(subnet.step()), true);
  await router.update({ external_gateway_info: null });
  assert.equal(await router.get('external_gateway_info'), null);
  const gateway = await make('RouterGateway', { router_id: router.physicalId, network: external });
  await gateway.check();
  await gateway.delete();
  assert.equal(await router.get('external_gateway_info'), null);
  await router.delete();
  await network.delete();
});

test('routes are added beside others', async () => {
  const { subnet } = await net('10.3.0.0/24');
  const router = await make('Router');
  const face = await make('RouterInterface', {
    router: router.physicalId,
    subnet: subnet.physicalId,
  });
  const route = (n: number) => ({ destination: `10.${n}.0.0/16`, nexthop: '10.3.0.9' });
  const single = await make('ExtraRoute', { router_id: router.physicalId, ...route(40) });
  const set = await make('ExtraRouteSet', {
    router: router.physicalId,
    routes: [route(41), route(42)],
  });
  const present = async () =>
    ((await router.describe())['routes'] as ValueMap[]).map((one) => one['destination']).toSorted();
  assert.deepEqual(await present(), ['10.40.0.0/16', '10.41.0.0/16', '10.42.0.0/16']);
  await assert.rejects(
    make('ExtraRoute', { router_id: router.physicalId, ...route(41) }),
    /already/,
  );
  await set.update({ routes: [route(42), route(43)] });
  assert.deepEqual(await present(), ['10.40.0.0/16', '10.42.0.0/16', '10.43.0.0/16']);
  await set.check();
  await set.delete();
  await single.delete();
  assert.deepEqual(await present(), []);
  await assert.rejects(set.check(), /not there any more/);
  await face.delete();
});

test('scopes, pools, QoS, RBAC and quotas', async () => {
  const scope = await make('AddressScope', { name: 'scope' });
  const pool = await make('SubnetPool', {
    prefixes: ['10.60.0.0/16'],
    default_prefixlen: 26,
    address_scope: scope.physicalId,
    tags: ['x'],
  });
  assert.equal((await pool.describe())['address_scope_id'], scope.physicalId);
  await pool.update({ prefixes: ['10.60.0.0/16', '10.62.0.0/16'] });
  await assert.rejects(pool.update({ prefixes: ['10.62.0.0/16'] }), /may only grow/);
  const network = await make('Net');
  const subnet = await make('Subnet', { network: network.physicalId, subnetpool: pool.physicalId });
  assert.match(String(await subnet.get('cidr')), /^10\.6[02]\.\d+\.\d+\/26$/);
  const policy = await make('QoSPolicy', { name: 'gold', shared: false }, admin);
  const rule = await make(
    'QoSBandwidthLimitRule',
    { policy: policy.physicalId, max_kbps: 1000 },
    admin,
  );
  await rule.update({ max_kbps: 2000 });
  assert.equal((await rule.describe())['max_kbps'], 2000);
  const mark = await make('QoSDscpMarkingRule', { policy: policy.physicalId, dscp_mark: 8 }, admin);
  const minimum = await make(
    'QoSMinimumBandwidthRule',
    { policy: policy.physicalId, min_kbps: 10 },
    admin,
  );
  assert.equal(((await policy.get('rules')) as unknown[]).length, 3);
  const rbac = await make(
    'RBACPolicy',
    {
      object_type: 'qos_policy',
      object_id: 'gold',
      action: 'access_as_shared',
      target_tenant: cloud.projectId,
    },
    admin,
  );
  assert.equal((await shown(`qos/policies/${policy.physicalId}`))['name'], 'gold');
  for (const one of [rbac, mark, minimum, rule, policy]) await one.delete();
  const quota = await make('Quota', { project: cloud.projectId, network: 77, port: -1 }, admin);
  assert.equal((await quota.describe())['network'], 77);
  await quota.update({ network: 78 });
  assert.equal((await quota.describe())['network'], 78);
  await quota.delete();
  assert.notEqual((await quota.describe())['network'], 78);
  for (const one of [subnet, network, pool, scope]) await one.delete();
});

test('trunks, segments and taps', async () => {
  const { network } = await net('10.7.0.0/24');
  const ports = await Promise.all(
    [1, 2, 3].map(() => make('Port', { network: network.physicalId })),
  );
  const [parent, first, second] = ports.map(({ physicalId }) => physicalId);
  const sub = (port: unknown, id: number) => ({
    port: String(port),
    segmentation_type: 'vlan',
    segmentation_id: id,
  });
  const trunk = await make('Trunk', { port: parent!, sub_ports: [sub(first, 101)] });
  assert.equal(await trunk.get('port_id'), parent);
  await trunk.update({ sub_ports: [sub(second, 101), sub(first, 102)], name: 'trunk' });
  const vlans = ((await trunk.describe())['sub_ports'] as ValueMap[])
    .map((one) => `${one['segmentation_id']} ${one['port_id'] === first ? 'first' : 'second'}`)
    .toSorted();
  assert.deepEqual(vlans, ['101 second', '102 first']);
  await trunk.delete();
  const service = await make('TaaS::TapService', { port: first! });
  const flow = await make('TaaS::TapFlow', { port: second!, tap_service: service.physicalId });
  await flow.update({ name: 'flow' });
  assert.equal((await flow.describe())['name'], 'flow');
  for (const one of [flow, service, ...ports]) await one.delete();
});

test('service chaining is refused with a sentence', async () => {
  const chain = new TestResource(cloud, 'OS::Neutron::PortPair');
  assert.throws(() => chain.type.validate?.({}), /no service chaining here yet/);
});
