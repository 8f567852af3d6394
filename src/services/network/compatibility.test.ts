import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newHexId } from '../../core/ids.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from './testing.ts';

// Ways of Neutron that no document of its API tells, and that clients rely on. Tempest found them missing.

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService();
});
after(() => room.stop());

/** A network with an IPv6 subnet whose ports make their own addresses. */
const automatic = (caller: TestNetworkService['admin'], mode: string) =>
  room.net(caller, `fd${newHexId().slice(0, 2)}:1::/64`, {
    ip_version: 6,
    ipv6_ra_mode: mode,
    ipv6_address_mode: mode,
  });

test('a subnet of self-made addresses may go before its ports; a router keeps it', async () => {
  const caller = room.member();
  const { network, subnet } = await automatic(caller, 'slaac');
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  assert.equal(port['fixed_ips'].length, 1);
  const router = await room.create(caller, 'router', {});
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: subnet['id'] });
  await refuses('SubnetInUse', /router/, room.remove(caller, 'subnet', subnet['id']));
  await room.routerInterface(caller, 'remove', router['id'], { subnet_id: subnet['id'] });
  await room.remove(caller, 'subnet', subnet['id']);
  assert.deepEqual((await room.show(caller, 'port', port['id']))['fixed_ips'], []);
  await refuses('NetworkInUse', /one or more ports/, room.remove(caller, 'network', network['id']));
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('subnets are shared as their network is; those of external networks are not shown', async () => {
  const [caller, { subnet: outside }] = [room.member(), await room.outside()];
  const { subnet: own } = await room.net(caller, '10.60.0.0/24');
  const common = await room.create(room.admin, 'network', { shared: true });
  const shared = await room.create(room.admin, 'subnet', {
    network_id: common['id'],
    ip_version: 4,
    cidr: '10.61.0.0/24',
  });
  const ids = async (value: string) =>
    (await room.list(caller, 'subnets', { shared: [value] })).map(({ id }) => id as string);
  assert.deepEqual(await ids('True'), [shared['id']]);
  assert.deepEqual(await ids('false'), [own['id']]);
  await refuses('SubnetNotFound', /could not be found/, room.show(caller, 'subnet', outside['id']));
  assert.equal((await room.show(room.admin, 'subnet', outside['id']))['shared'], undefined);
});

test('availability counts every address of an IPv6 subnet', async () => {
  const { network } = await automatic(room.admin, 'dhcpv6-stateful');
  const body = await room.call('get_network_ip_availability', {
    params: { network_id: network['id'] },
  });
  // 2^64 less the subnet-router anycast address, which is the gateway's; a number of JavaScript would round it.
  assert.match(JSON.stringify(body), /"total_ips":18446744073709551615,"used_ips"/);
});

test('what a project may not choose for a port in a network of others', async () => {
  const caller = room.member();
  const common = await room.create(room.admin, 'network', { shared: true });
  const port = await room.create(caller, 'port', { network_id: common['id'] });
  const pairs = [{ ip_address: '10.9.9.9' }];
  await refuses(
    'PolicyNotAuthorized',
    /allowed_address_pairs/,
    room.update(caller, 'port', port['id'], { allowed_address_pairs: pairs }),
  );
  await room.update(caller, 'port', port['id'], { allowed_address_pairs: [] });
  await room.update(room.admin, 'port', port['id'], { allowed_address_pairs: pairs });
});

test('floating IPs: an empty update dissociates, foreign ports are refused, unused ones go with the network', async () => {
  const caller = room.member();
  const network = await room.create(room.admin, 'network', { 'router:external': true });
  await room.create(room.admin, 'subnet', {
    network_id: network['id'],
    ip_version: 4,
    cidr: '198.51.100.0/24',
  });
  const { network: inside, subnet } = await room.net(caller, '10.64.0.0/24');
  const router = await room.create(caller, 'router', {
    external_gateway_info: { network_id: network['id'] },
  });
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: subnet['id'] });
  const make = (values: Document = {}) =>
    room.create(caller, 'floatingip', { floating_network_id: network['id'], ...values });
  const port = await room.create(caller, 'port', { network_id: inside['id'] });
  const floating = await make({ port_id: port['id'] });
  const described = await room.update(caller, 'floatingip', floating['id'], { description: 'd' });
  assert.equal(described['port_id'], port['id']);
  const freed = await room.update(caller, 'floatingip', floating['id'], {});
  assert.deepEqual([freed['port_id'], freed['status']], [null, 'DOWN']);
  const foreign = await room.create(room.admin, 'port', {
    network_id: inside['id'],
    project_id: newHexId(),
  });
  await refuses(
    'BadRequest',
    /different project/,
    room.update(caller, 'floatingip', floating['id'], { port_id: foreign['id'] }),
  );
  await room.update(caller, 'floatingip', floating['id'], { port_id: port['id'] });
  await refuses('NetworkInUse', /still in use/, room.remove(room.admin, 'network', network['id']));
  await room.show(caller, 'floatingip', floating['id']);
  await room.update(caller, 'floatingip', floating['id'], { port_id: null });
  await room.update(caller, 'router', router['id'], { external_gateway_info: null });
  await room.remove(room.admin, 'network', network['id']);
  await refuses(
    'FloatingIPNotFound',
    /not be found/,
    room.show(caller, 'floatingip', floating['id']),
  );
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('security groups: what clients compare with', async () => {
  const caller = room.member();
  const group = await room.create(caller, 'security_group', { name: 'g' });
  const rule = (values: Document) =>
    room.create(caller, 'security_group_rule', {
      security_group_id: group['id'],
      direction: 'ingress',
      ...values,
    });
  const ports = (port_range_min: number | null, port_range_max: number | null) =>
    rule({ protocol: 'tcp', port_range_min, port_range_max });
  await refuses('SecurityGroupInvalidPortValue', /value for port -16/, ports(-16, 80));
  await refuses('SecurityGroupInvalidPortValue', /value for port 65536/, ports(80, 65_536));
  await refuses('SecurityGroupInvalidPortRange', /port_range_min must be <= /, ports(80, 79));
  await refuses('SecurityGroupInvalidPortRange', /port_range_min must be <= /, ports(null, 6));
  await refuses('SecurityGroupNotFound', /bad does not/, rule({ remote_group_id: 'bad' }));
  await refuses(
    'SecurityGroupEthertypeConflictWithProtocol',
    /IPv6 only/,
    rule({ protocol: 'ipv6-encap' }),
  );
  await refuses(
    'SecurityGroupDefaultAlreadyExists',
    /one of its own/,
    room.update(caller, 'security_group', group['id'], { name: 'default' }),
  );
  const { security_groups: both } = await room.call('create_security_group', {
    caller,
    body: { security_groups: [{ security_group: { name: 'a' } }, { name: 'b' }] },
  });
  assert.deepEqual(
    (both as Document[]).map(({ name }) => name),
    ['a', 'b'],
  );
  // An administrator's look makes a project's default group as its own would, so that counts agree.
  const projectId = newHexId();
  const seen = await room.list(room.admin, 'security_groups', { project_id: [projectId] });
  assert.deepEqual(
    seen.map(({ name }) => name),
    ['default'],
  );
  await room.call('update_quota', {
    params: { project_id: caller.projectId! },
    body: { quota: { security_group_rule: 0 } },
  });
  await refuses(
    'OverQuota',
    /security_group_rule/,
    room.create(caller, 'security_group', { name: 'c' }),
  );
});

test('a pool in a scope of another project changes by an administrator only', async () => {
  const caller = room.member();
  const pool = await room.create(caller, 'subnetpool', { prefixes: ['10.70.0.0/24'] });
  const scope = await room.create(room.admin, 'address_scope', { shared: true, ip_version: 4 });
  await room.update(room.admin, 'subnetpool', pool['id'], { address_scope_id: scope['id'] });
  const grow = { prefixes: ['10.70.0.0/23'] };
  await refuses(
    'IllegalSubnetPoolUpdate',
    /shared address scope/,
    room.update(caller, 'subnetpool', pool['id'], grow),
  );
  await room.update(room.admin, 'subnetpool', pool['id'], grow);
});

test('a revision that never was is no match', async () => {
  const network = await room.create(room.admin, 'network', {});
  const update = (revision: number) =>
    room.call('update_network', {
      params: { network_id: network['id'] },
      headers: { 'if-match': `revision_number=${revision}` },
      body: { network: { name: 'n' } },
    });
  await refuses('RevisionNumberConstraintFailed', /-1/, update(-1));
  await update(network['revision_number']);
});

test('a full page leads onwards, an empty one back', async () => {
  const caller = room.member();
  for (const name of ['a', 'b']) await room.create(caller, 'network', { name });
  const page = async (query: Record<string, string[]>) => {
    const body = await room.call('get_networks', {
      caller,
      query: { project_id: [caller.projectId!], limit: ['2'], ...query },
    });
    const links = (body['networks_links'] ?? []) as { rel: string; href: string }[];
    return {
      count: (body['networks'] as Document[]).length,
      rels: links.map(({ rel }) => rel),
      marker: new URL(links[0]!.href).searchParams.get('marker'),
    };
  };
  const first = await page({});
  assert.deepEqual([first.count, first.rels], [2, ['next', 'previous']]);
  const beyond = await page({ marker: [first.marker!] });
  assert.deepEqual(beyond, { count: 0, rels: ['previous'], marker: null });
});

test('service providers can be listed', async () => {
  const list = async (query: Record<string, string[]>) =>
    (await room.call('get_service_providers', { query }))['service_providers'];
  const [router] = (await list({})) as Document[];
  assert.deepEqual(router, { service_type: 'L3_ROUTER_NAT', name: 'ovn', default: true });
  assert.deepEqual(await list({ default: ['False'] }), []);
  assert.deepEqual(await list({ fields: ['name'] }), [{ name: 'ovn' }]);
});
