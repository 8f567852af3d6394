import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

test('rules: protocols by name and number, duplicates, several at once', async () => {
  const caller = room.member();
  const web = await room.create(caller, 'security_group', { name: 'web' });
  const rule = (values: Document) =>
    room.create(caller, 'security_group_rule', {
      security_group_id: web['id'],
      direction: 'ingress',
      ...values,
    });
  const v6 = { ethertype: 'IPv6' };
  for (const [protocol, extra, stored] of [
    ['vrrp', {}, 'vrrp'],
    [112, v6, '112'],
    ['IP', {}, 'ip'],
    ['icmp', v6, 'ipv6-icmp'],
    ['1', {}, '1'],
    ['any', {}, null],
  ] as const) {
    const made = await rule({ protocol, ...extra });
    assert.equal(made['protocol'], stored);
    await room.remove(caller, 'security_group_rule', made['id']);
  }
  const first = await rule({ protocol: 'icmpv6', ...v6 });
  const exists = new RegExp(first['id']);
  for (const protocol of ['icmp', '1', 58, 'ipv6-icmp', 'icmpv6']) {
    await refuses('SecurityGroupRuleExists', exists, rule({ protocol, ...v6 }));
  }
  const open = await rule({ protocol: 'udp' });
  for (const same of [
    { remote_ip_prefix: '0.0.0.0/0' },
    { port_range_min: 1, port_range_max: 65_535 },
    { description: 'another' },
  ]) {
    await refuses(
      'SecurityGroupRuleExists',
      new RegExp(open['id']),
      rule({ protocol: '17', ...same }),
    );
  }
  for (const [type, message, values] of [
    ['SecurityGroupEthertypeConflictWithProtocol', /IPv6 only/, { protocol: 'ipv6-encap' }],
    ['SecurityGroupEthertypeConflictWithProtocol', /IPv6 only/, { protocol: 60 }],
    ['SecurityGroupRuleInvalidProtocol', /256/, { protocol: 256 }],
    ['SecurityGroupRuleInvalidEtherType', /IPv5/, { ethertype: 'IPv5' }],
    ['SecurityGroupInvalidPortValue', /-1/, { protocol: 'tcp', port_range_min: -1 }],
    [
      'SecurityGroupInvalidPortValue',
      /port 0/,
      { protocol: 'tcp', port_range_min: 0, port_range_max: 1 },
    ],
    ['SecurityGroupInvalidProtocolForPort', /TCP, UDP, SCTP/, { protocol: 136, port_range_min: 9 }],
    ['InvalidCIDR', /10\.0\.0\.0\/33/, { remote_ip_prefix: '10.0.0.0/33' }],
    ['SecurityGroupRuleParameterConflict', /IPv4/, { remote_ip_prefix: '10.0.0.1', ...v6 }],
  ] as const) {
    await refuses(type, message, rule(values));
  }

  // All or none.
  const several = (rules: Document[]) =>
    room.call('create_security_group_rule', {
      caller,
      body: {
        security_group_rules: rules.map((values) => ({
          security_group_id: web['id'],
          direction: 'egress',
          protocol: 'tcp',
          ...values,
        })),
      },
    });
  const port = (number: number) => ({ port_range_min: number, port_range_max: number });
  const count = async () => (await room.list(caller, 'security_group_rules')).length;
  const present = await count();
  await refuses(
    'DuplicateSecurityGroupRuleInPost',
    /same/,
    several([port(1), { ...port(1), protocol: 6 }]),
  );
  const made = await several([port(1), port(2)]);
  assert.deepEqual(
    (made['security_group_rules'] as Document[]).map((one) => one['port_range_min']),
    [1, 2],
  );
  await refuses('SecurityGroupRuleExists', /already/, several([port(3), port(2)]));
  const other = await room.create(caller, 'security_group', { name: 'other' });
  await refuses(
    'SecurityGroupNotSingleGroupRules',
    /one security group/,
    several([port(4), { ...port(4), security_group_id: other['id'] }]),
  );
  await refuses('OverQuota', /security_group_rule/, several(range(100).map(port)));
  assert.equal(await count(), present + 2 + 2, 'nothing half done');
  assert.deepEqual(await room.service.projector.compare(), []);
});

const range = (count: number) => Array.from({ length: count }, (_, index) => 1000 + index);

test('a port has groups of one kind, and a group with ports stays of its kind', async () => {
  const caller = room.member();
  const { network } = await room.net(caller, '10.40.0.0/24');
  const stateful = await room.create(caller, 'security_group', { name: 'a' });
  const stateless = await room.create(caller, 'security_group', { name: 'b', stateful: false });
  const create = (groups: string[]) =>
    room.create(caller, 'port', { network_id: network['id'], security_groups: groups });
  const mixed = /both stateful and stateless/;
  await refuses('SecurityGroupConflict', mixed, create([stateful['id'], stateless['id']]));
  const port = await create([stateless['id']]);
  await refuses(
    'SecurityGroupConflict',
    mixed,
    room.update(caller, 'port', port['id'], { security_groups: [stateless['id'], stateful['id']] }),
  );
  const change = (group: Document, values: Document) =>
    room.update(caller, 'security_group', group['id'], values);
  await refuses('SecurityGroupInUse', /uses it/, change(stateless, { stateful: true }));
  const actions = (group: Document) =>
    room.northbound.mirror
      .table('ACL')
      .filter(({ match }) => match.includes(group['id'].replaceAll('-', '_')))
      .map(({ action }) => action);
  assert.deepEqual(actions(stateless), ['allow-stateless', 'allow-stateless']);
  await change(stateful, { stateful: false });
  assert.deepEqual(actions(stateful), ['allow-stateless', 'allow-stateless']);
  // Names.
  const [standard] = await room.list(caller, 'security_groups', { name: ['default'] });
  await refuses('SecurityGroupCannotUpdateDefault', /same/, change(standard!, { name: 'x' }));
  await refuses('SecurityGroupDefaultAlreadyExists', /own/, change(stateful, { name: 'Default' }));
});

test('administrators choose what new groups begin with', async () => {
  const caller = room.member();
  const { admin } = room;
  const templates = await room.list(caller, 'default_security_group_rules');
  assert.deepEqual(
    templates
      .map((one) => [one['direction'], one['ethertype'], one['remote_group_id']].join(' '))
      .toSorted(),
    ['egress IPv4 ', 'egress IPv6 ', 'ingress IPv4 PARENT', 'ingress IPv6 PARENT'],
  );
  const template = (values: Document) =>
    room.create(admin, 'default_security_group_rule', { direction: 'ingress', ...values });
  const ping = await template({ protocol: 'icmp', used_in_default_sg: true });
  const own = await template({ protocol: 'tcp', remote_group_id: 'PARENT' });
  assert.equal(own['used_in_default_sg'], false);
  await refuses(
    'DefaultSecurityGroupRuleExists',
    new RegExp(ping['id']),
    template({ protocol: '1' }),
  );
  await refuses(
    'SecurityGroupProtocolRequiredWithPorts',
    /protocol/,
    template({ port_range_min: 1 }),
  );
  await refuses(
    'SecurityGroupNotFound',
    /does not exist/,
    template({ remote_group_id: '77777777-7777-4777-8777-777777777777' }),
  );
  const group = await room.create(caller, 'security_group', { name: 'new' });
  const shape = (rules: Document[]) =>
    rules
      .map((rule) => [rule['protocol'], rule['remote_group_id'] === group['id']].join(' '))
      .toSorted();
  assert.deepEqual(shape(group['security_group_rules']), [
    ' false',
    ' false',
    'icmp false',
    'tcp true',
  ]);
  const [standard] = await room.list(caller, 'security_groups', { name: ['default'] });
  assert.equal((standard!['security_group_rules'] as Document[]).length, 5);
  assert.ok((standard!['security_group_rules'] as Document[])[0]!['belongs_to_default_sg']);
  for (const { id } of [ping, own]) await room.remove(admin, 'default_security_group_rule', id);
  const later = await room.create(caller, 'security_group', { name: 'later' });
  assert.equal(later['security_group_rules'].length, 2);
  await refuses(
    'DefaultSecurityGroupRuleNotFound',
    /not be found/,
    room.show(caller, 'default_security_group_rule', ping['id']),
  );
});
