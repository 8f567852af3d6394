import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  refuses,
  type Document,
  startTestNetworkService,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

test('security groups: the default one, rules, what is refused', async () => {
  const caller = room.member();
  const [group, ...others] = await room.list(caller, 'security_groups');
  assert.equal(others.length, 0);
  assert.equal(group!['name'], 'default');
  const rules = group!['security_group_rules'] as Document[];
  assert.equal(rules.length, 4);
  assert.equal(
    rules.filter(
      (rule) => rule['remote_group_id'] === group!['id'] && rule['direction'] === 'ingress',
    ).length,
    2,
  );
  await refuses(
    'SecurityGroupCannotRemoveDefault',
    /default/,
    room.remove(caller, 'security_group', group!['id']),
  );
  await refuses(
    'SecurityGroupDefaultAlreadyExists',
    /already exists/,
    room.create(caller, 'security_group', { name: 'default' }),
  );
  const web = await room.create(caller, 'security_group', { name: 'web' });
  assert.equal(web['security_group_rules'].length, 2);
  const rule = (values: Document) =>
    room.create(caller, 'security_group_rule', {
      security_group_id: web['id'],
      direction: 'ingress',
      ...values,
    });
  const http = await rule({
    protocol: 'tcp',
    port_range_min: 80,
    port_range_max: 80,
    remote_ip_prefix: '10.0.0.9/8',
  });
  assert.equal(http['remote_ip_prefix'], '10.0.0.9/8');
  assert.equal(http['normalized_cidr'], '10.0.0.0/8');
  assert.equal(http['belongs_to_default_sg'], false);
  const [acl] = room.northbound.mirror
    .table('ACL')
    .filter((row) => row.external_ids['neutron:security_group_rule_id'] === http['id']);
  const pg = `pg_${web['id'].replaceAll('-', '_')}`;
  assert.deepEqual(
    [acl!.match, acl!.priority, acl!.action, acl!.direction],
    [
      `outport == @${pg} && ip4 && ip4.src == 10.0.0.0/8 && tcp && tcp.dst == 80`,
      1002,
      'allow-related',
      'to-lport',
    ],
  );
  await refuses(
    'SecurityGroupRuleExists',
    /already exists/,
    rule({ protocol: '6', port_range_min: 80, port_range_max: 80, remote_ip_prefix: '10.0.0.0/8' }),
  );
  await refuses(
    'SecurityGroupRuleInvalidProtocol',
    /quux' not supported/,
    rule({ protocol: 'quux' }),
  );
  await refuses(
    'SecurityGroupProtocolRequiredWithPorts',
    /protocol/,
    rule({ port_range_min: 1, port_range_max: 2 }),
  );
  await refuses(
    'SecurityGroupInvalidPortRange',
    /must be <=/,
    rule({ protocol: 'tcp', port_range_min: 9, port_range_max: 2 }),
  );
  await refuses(
    'SecurityGroupInvalidPortRange',
    /both/,
    rule({ protocol: 'tcp', port_range_min: 9 }),
  );
  await refuses(
    'SecurityGroupInvalidIcmpValue',
    /0 to 255/,
    rule({ protocol: 'icmp', port_range_min: 256 }),
  );
  await refuses(
    'SecurityGroupMissingIcmpType',
    /type/,
    rule({ protocol: 'icmp', port_range_max: 3 }),
  );
  await refuses(
    'SecurityGroupMultipleRemoteEntites',
    /Only one/,
    rule({ remote_ip_prefix: '10.0.0.0/8', remote_group_id: web['id'] }),
  );
  await refuses(
    'SecurityGroupRuleParameterConflict',
    /IPv6/,
    rule({ remote_ip_prefix: 'fd00::/8' }),
  );
  await refuses(
    'SecurityGroupEthertypeConflictWithProtocol',
    /IPv6 only/,
    rule({ protocol: 'ipv6-icmp' }),
  );
  await refuses(
    'SecurityGroupNotFound',
    /does not exist/,
    rule({
      remote_group_id: caller.projectId!.replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    }),
  );
  const { network } = await room.net(caller, '10.30.0.0/24');
  const port = await room.create(caller, 'port', {
    network_id: network['id'],
    security_groups: [web['id']],
  });
  await refuses('SecurityGroupInUse', /uses it/, room.remove(caller, 'security_group', web['id']));
  // Of another project there is nothing to see.
  const stranger = room.member();
  await refuses(
    'SecurityGroupNotFound',
    /could not be found|does not exist/,
    room.show(stranger, 'security_group', web['id']),
  );
  const { network: foreign } = await room.net(stranger, '10.31.0.0/24');
  await refuses(
    'SecurityGroupNotFound',
    /does not exist/,
    room.create(stranger, 'port', { network_id: foreign['id'], security_groups: [web['id']] }),
  );
  await refuses(
    'PortSecurityPortHasSecurityGroup',
    /until security group is removed/,
    room.update(caller, 'port', port['id'], { port_security_enabled: false }),
  );
  await room.update(caller, 'port', port['id'], {
    port_security_enabled: false,
    security_groups: [],
  });
  const open = room.northbound.mirror.table('Logical_Switch_Port').first('name', port['id'])!;
  assert.deepEqual(open.port_security, []);
  assert.deepEqual(room.northbound.mirror.table('Port_Group').find('ports', open._uuid), []);
  await room.remove(caller, 'security_group', web['id']);
  assert.deepEqual(
    room.northbound.mirror.table('ACL').filter((row) => row.match.includes(pg)),
    [],
  );
  assert.deepEqual(await room.service.projector.compare(), []);
});
