import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestCompute, type TestClient, type TestCompute } from '../../../compute/testing.ts';
import type { Cloud } from '../../cloud.ts';
import type { ValueMap } from '../../language/index.ts';
import { cloudOver, TestResource } from '../testing.ts';

let room: TestCompute;
let member: TestClient;
let cloud: Cloud;
let [flavor, other, image] = ['', '', ''];

const cloudOf = (client: TestClient): Cloud =>
  cloudOver(
    (service, method, path, body, version) =>
      client.ask(method, `/${service}${path}`, body, version),
    client.caller,
  );
const make = (type: string, properties: ValueMap = {}, whose = cloud): Promise<TestResource> =>
  new TestResource(whose, type, properties, { name: type.split('::').at(-1)! }).create();

before(async () => {
  room = await startTestCompute({ resize_confirm_window: 100_000 });
  await room.host('h1', { vcpus: 64, disk_gb: 1000 });
  member = room.member();
  cloud = cloudOf(member);
  const admin = cloudOf(room.admin);
  const external = await make(
    'OS::Neutron::ProviderNet',
    { network_type: 'flat', physical_network: 'public', router_external: true, shared: false },
    admin,
  );
  await make('OS::Neutron::Subnet', { network: external.physicalId, cidr: '172.24.4.0/24' }, admin);
  [flavor, other] = [await room.flavor({ ram: 64 }), await room.flavor({ ram: 96 })];
  image = room.image();
});
after(() => room.stop());

test("a server in Amazon's words, with its network, group and address", async () => {
  const vpc = await make('AWS::EC2::VPC', { CidrBlock: '10.8.0.0/16' });
  const subnet = await make('AWS::EC2::Subnet', {
    VpcId: vpc.physicalId,
    CidrBlock: '10.8.1.0/24',
    AvailabilityZone: 'nova',
  });
  assert.equal(await subnet.get('AvailabilityZone'), 'nova');
  const table = await make('AWS::EC2::RouteTable', { VpcId: vpc.physicalId });
  const association = await make('AWS::EC2::SubnetRouteTableAssociation', {
    RouteTableId: table.physicalId,
    SubnetId: subnet.physicalId,
  });
  const gateway = await make('AWS::EC2::InternetGateway');
  const attachment = await make('AWS::EC2::VPCGatewayAttachment', {
    VpcId: vpc.physicalId,
    InternetGatewayId: gateway.physicalId,
  });
  assert.notEqual((await table.describe())['external_gateway_info'], null);
  const group = await make('AWS::EC2::SecurityGroup', {
    GroupDescription: 'web',
    SecurityGroupIngress: [
      { IpProtocol: 'tcp', FromPort: '80', ToPort: '80', CidrIp: '0.0.0.0/0' },
      { IpProtocol: 'icmp', FromPort: '-1', ToPort: '-1', CidrIp: '0.0.0.0/0' },
    ],
  });
  const rules = ((await group.describe())['security_group_rules'] as ValueMap[])
    .map((one) => `${one['direction']} ${one['protocol'] ?? '-'} ${one['port_range_min'] ?? '-'}`)
    .toSorted();
  assert.deepEqual(rules, ['egress - -', 'egress - -', 'ingress icmp -', 'ingress tcp 80']);
  const port = await make('AWS::EC2::NetworkInterface', {
    SubnetId: subnet.physicalId,
    GroupSet: [group.physicalId],
    PrivateIpAddress: '10.8.1.33',
  });
  assert.equal(await port.get('PrivateIpAddress'), '10.8.1.33');
  const server = await make('AWS::EC2::Instance', {
    ImageId: image,
    InstanceType: flavor,
    NetworkInterfaces: [port.physicalId],
    SecurityGroups: ['default'],
    Tags: [{ Key: 'role', Value: 'web' }],
    UserData: '#!/bin/sh',
  });
  assert.equal(await server.get('PrivateIp'), '10.8.1.33');
  assert.deepEqual((await server.describe())['metadata'], { role: 'web' });
  await server.update({ InstanceType: other });
  const { server: shown } = await member.get(`/compute/v2.1/servers/${server.physicalId}`);
  assert.equal(shown.flavor.id, other);
  const address = await make('AWS::EC2::EIP', { Domain: 'vpc' });
  assert.equal(await address.get('AllocationId'), address.physicalId);
  assert.match(String(address.type.reference?.(address.step())), /^172\.24\.4\.\d+$/);
  const bound = await make('AWS::EC2::EIPAssociation', {
    AllocationId: address.physicalId,
    NetworkInterfaceId: port.physicalId,
  });
  assert.equal((await address.describe())['port_id'], port.physicalId);
  await bound.delete();
  assert.equal((await address.describe())['port_id'], null);
  await address.update({ InstanceId: server.physicalId });
  assert.equal((await address.describe())['port_id'], port.physicalId);
  for (const one of [
    bound,
    address,
    server,
    port,
    group,
    attachment,
    association,
    table,
    subnet,
    vpc,
  ])
    await one.delete();
  const { routers } = await member.get('/network/v2.0/routers');
  const { ports } = await member.get('/network/v2.0/ports');
  assert.deepEqual([routers, ports], [[], []]);
});
