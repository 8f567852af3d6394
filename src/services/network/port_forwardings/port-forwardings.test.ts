import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
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

const call = (verb: string, caller: Caller, floating: string, body?: Document, id?: string) =>
  room.call(`${verb}_floatingip_port_forwarding`, {
    caller,
    params: {
      floatingip_id: floating,
      ...(id === undefined ? {} : { port_forwarding_id: id }),
    },
    ...(body === undefined ? {} : { body: { port_forwarding: body } }),
  });

const balancers = () =>
  [...room.northbound.mirror.table('Load_Balancer').rows()]
    .map(({ name, vips }) => [name, Object.entries(vips).toSorted()])
    .toSorted();

test('ports of a floating IP lead to ports inside: checks, rows, and what goes with what', async () => {
  const caller = room.member();
  const stranger = room.member();
  const { network: publicNetwork } = await room.outside();
  const { network, subnet } = await room.net(caller, '10.30.0.0/24');
  const lonely = await room.net(caller, '10.31.0.0/24');
  const floating = await room.create(caller, 'floatingip', {
    floating_network_id: publicNetwork['id'],
  });
  const id = floating['id'] as string;
  const address = floating['floating_ip_address'] as string;
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  const inside = port['fixed_ips'][0].ip_address as string;
  const far = await room.create(caller, 'port', { network_id: lonely.network['id'] });
  const wanted = {
    protocol: 'TCP',
    external_port: 8080,
    internal_port: 80,
    internal_port_id: port['id'],
    internal_ip_address: inside,
  };
  await refuses('BadRequest', /not reachable from subnet/, call('create', caller, id, wanted));
  const router = await room.create(caller, 'router', {
    external_gateway_info: { network_id: publicNetwork['id'] },
  });
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: subnet['id'] });

  const { port_forwarding: first } = await call('create', caller, id, wanted);
  assert.deepEqual(first, {
    id: first.id,
    description: '',
    protocol: 'tcp',
    external_port: 8080,
    external_port_range: '8080:8080',
    internal_port: 80,
    internal_port_range: '80:80',
    internal_ip_address: inside,
    internal_port_id: port['id'],
  });
  const { port_forwarding: range } = await call('create', caller, id, {
    protocol: 'udp',
    external_port_range: '7000:7002',
    internal_port_range: '5000:5002',
    internal_port_id: port['id'],
    description: 'three',
  });
  assert.equal(range.external_port, null);
  const shown = await room.show(caller, 'floatingip', id);
  assert.deepEqual(
    [shown['status'], shown['router_id'], shown['port_id'], shown['port_forwardings'].length],
    ['ACTIVE', router['id'], null, 2],
  );
  assert.equal(shown['port_forwardings'][0].internal_port_id, port['id']);
  const rows = [
    [`pf-floatingip-${id}-tcp`, [[`${address}:8080`, `${inside}:80`]]],
    [
      `pf-floatingip-${id}-udp`,
      [0, 1, 2].map((n) => [`${address}:${7000 + n}`, `${inside}:${5000 + n}`]),
    ],
  ];
  assert.deepEqual(balancers(), rows);
  const uuids = [...room.northbound.mirror.table('Load_Balancer').rows()].map(({ _uuid }) => _uuid);
  for (const [table, name] of [
    ['Logical_Router', `neutron-${router['id']}`],
    ['Logical_Switch', `neutron-${network['id']}`],
  ] as const) {
    const row = room.northbound.mirror.table(table).first('name', name)!;
    assert.deepEqual(row.load_balancer.toSorted(), uuids.toSorted(), table);
  }
  assert.equal(
    room.northbound.mirror.table('Logical_Switch').first('name', `neutron-${publicNetwork['id']}`)!
      .load_balancer.length,
    0,
  );

  // What cannot be.
  const bad = (change: Document, type: string, message: RegExp, who = caller) =>
    refuses(type, message, call('create', who, id, { ...wanted, external_port: 81, ...change }));
  await bad(
    { external_port: 8080, internal_port: 90 },
    'BadRequest',
    /collision with the external/,
  );
  await bad({}, 'BadRequest', /collision with the internal/);
  await bad({ external_port: 70_000 }, 'HTTPBadRequest', /range from 1 to 65535/);
  await bad(
    { external_port: null, external_port_range: '9:8' },
    'HTTPBadRequest',
    /above the last/,
  );
  await bad({ external_port: null }, 'BadRequest', /must be specified/);
  await bad(
    { internal_port: null, internal_port_range: '1:2' },
    'BadRequest',
    /must be N-N or 1-N/,
  );
  await bad(
    { external_port: null, external_port_range: '1:5000' },
    'BadRequest',
    /4096 can be forwarded/,
  );
  await bad({ protocol: 'icmp' }, 'HTTPBadRequest', /not one of tcp, udp/);
  await bad({ internal_ip_address: '10.30.0.200' }, 'BadRequest', /not suitable/);
  await bad(
    { internal_port_id: far['id'], internal_ip_address: null },
    'BadRequest',
    /not reachable/,
  );
  await bad({}, 'FloatingIPNotFound', /could not be found/, stranger);
  await bad({ internal_port_id: network['id'] }, 'PortNotFound', /could not be found/);
  await refuses(
    'PortForwardingNotFound',
    /could not be found/,
    call('get', caller, id, undefined, port['id']),
  );
  assert.deepEqual(balancers(), rows, 'nothing half applied');

  // A list with filters; a change of one.
  const list = await room.call('get_floatingip_port_forwardings', {
    caller,
    params: { floatingip_id: id },
    query: { external_port: ['8080'] },
  });
  assert.deepEqual(
    list['port_forwardings'].map((one: Document) => one['id']),
    [first.id],
  );
  const { port_forwarding: changed } = await call(
    'update',
    caller,
    id,
    { external_port: 8081, description: 'web' },
    first.id,
  );
  assert.deepEqual(
    [changed.external_port, changed.internal_port, changed.description],
    [8081, 80, 'web'],
  );
  assert.deepEqual(balancers()[0]![1], [[`${address}:8081`, `${inside}:80`]]);

  // Whole and by port exclude each other.
  const second = await room.create(caller, 'floatingip', {
    floating_network_id: publicNetwork['id'],
  });
  const other = await room.create(caller, 'port', { network_id: network['id'] });
  await refuses(
    'FipInUseByPortForwarding',
    /delete them first/,
    room.update(caller, 'floatingip', id, { port_id: other['id'] }),
  );
  await refuses('FipInUseByPortForwarding', /in use/, room.remove(caller, 'floatingip', id));
  await room.update(caller, 'floatingip', id, { port_id: null });
  assert.equal(balancers().length, 2, 'it still forwards');
  await room.update(caller, 'floatingip', second['id'], { port_id: other['id'] });
  await refuses(
    'PortHasBindingFloatingIP',
    /already has a binding floating IP/,
    call('create', caller, id, {
      ...wanted,
      internal_port_id: other['id'],
      internal_ip_address: null,
    }),
  );
  await refuses(
    'FloatingIPPortAlreadyAssociated',
    /already has a floating IP/,
    call('create', caller, second['id'], wanted),
  );
  await refuses(
    'RouterInterfaceInUseByFloatingIP',
    /floating IPs/,
    room.routerInterface(caller, 'remove', router['id'], { subnet_id: subnet['id'] }),
  );
  await refuses(
    'RouterExternalGatewayInUseByFloatingIp',
    /floating IPs/,
    room.update(caller, 'router', router['id'], { external_gateway_info: null }),
  );

  // Another network of the router sees it too; the port takes its forwardings with it.
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: lonely.subnet['id'] });
  const added = () =>
    room.northbound.mirror.table('Logical_Switch').first('name', `neutron-${lonely.network['id']}`)!
      .load_balancer.length;
  assert.equal(added(), 2);
  await room.routerInterface(caller, 'remove', router['id'], { subnet_id: lonely.subnet['id'] });
  assert.equal(added(), 0);
  await call('delete', caller, id, undefined, range.id);
  assert.equal(balancers().length, 1);
  await room.remove(caller, 'port', port['id']);
  assert.deepEqual(balancers(), []);
  const free = await room.show(caller, 'floatingip', id);
  assert.deepEqual(
    [free['status'], free['router_id'], free['port_forwardings']],
    ['DOWN', null, []],
  );
  assert.deepEqual(await room.service.projector.compare(), []);
});

test('of many who want one port of a floating IP one gets it', async () => {
  const caller = room.member();
  const { network: publicNetwork } = await room.outside();
  const { network, subnet } = await room.net(caller, '10.32.0.0/24');
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  const router = await room.create(caller, 'router', {
    external_gateway_info: { network_id: publicNetwork['id'] },
  });
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: subnet['id'] });
  const { id } = await room.create(caller, 'floatingip', {
    floating_network_id: publicNetwork['id'],
  });
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, n) =>
      call('create', caller, id, {
        protocol: 'tcp',
        external_port: 22,
        internal_port: 22 + n,
        internal_port_id: port['id'],
      }),
    ),
  );
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.deepEqual(
    balancers().map(([, vips]) => vips!.length),
    [1],
  );
});
