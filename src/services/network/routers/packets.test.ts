import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import { labMissing, startLab, type Lab } from '../northbound/testing-lab.ts';
import {
  eventually,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

const skip = labMissing() ?? false;

let room: TestNetworkService;
let lab: Lab;
before(async () => {
  if (skip) return;
  room = await startTestNetworkService();
  lab = await startLab(room.ovsdb.remote, 'test-host');
});
after(async () => {
  await lab?.stop();
  await room?.stop();
});

/** A server that anybody may reach: a port, bound to the lab's host, with a namespace behind it. */
async function machine(caller: Caller, network: Document) {
  const port = await room.create(caller, 'port', { network_id: network['id'] });
  await room.update(caller, 'port', port['id'], {
    security_groups: [],
    port_security_enabled: false,
  });
  await room.update(room.admin, 'port', port['id'], { 'binding:host_id': 'test-host' });
  const [description] = await room.service.describePorts(room.database, [port['id']]);
  const namespace = await lab.plug(description!);
  return { port, ip: port['fixed_ips'][0].ip_address as string, namespace };
}

/** Answers each connection to the TCP port with the word, for as long as the lab lives. */
const serve = (namespace: string, port: number, word: string) =>
  lab.start(
    namespace,
    process.execPath,
    '-e',
    `require('node:net').createServer((s) => s.end('${word}')).listen(${port})`,
  );

/** What a TCP server says; the code of the error when it says nothing. */
const hear = async (namespace: string, address: string, port: number) =>
  (
    await lab.ask(
      namespace,
      process.execPath,
      '-e',
      `const s = require('node:net').connect({ host: '${address}', port: ${port}, timeout: 1000 });
      s.on('data', (d) => process.stdout.write(d)).on('error', (e) => process.stdout.write(e.code))
        .on('timeout', () => { process.stdout.write('silence'); s.destroy(); });`,
    )
  )?.trim();

test(
  'routers: north and south, floating IPs at home, forwarded ports, several gateways',
  { skip },
  async () => {
    const caller = room.member();
    const stranger = room.member();
    const { network: publicNetwork } = await room.outside();
    const a = await room.net(caller, '10.50.0.0/24');
    const b = await room.net(caller, '10.51.0.0/24');
    const foreign = await room.net(stranger, '10.52.0.0/24');
    const one = await machine(caller, a.network);
    const two = await machine(caller, b.network);
    const other = await machine(stranger, foreign.network);
    const onPublic = { external_gateway_info: { network_id: publicNetwork['id'] } };
    const router = await room.create(caller, 'router', onPublic);
    const foreignRouter = await room.create(stranger, 'router', onPublic);
    const id = router['id'] as string;
    await room.routerInterface(caller, 'add', id, { subnet_id: a.subnet['id'] });
    await room.routerInterface(caller, 'add', id, { subnet_id: b.subnet['id'] });
    await room.routerInterface(stranger, 'add', foreignRouter['id'], {
      subnet_id: foreign.subnet['id'],
    });
    assert.ok(await eventually(() => lab.pings(one.namespace, two.ip)), 'between its subnets');
    assert.ok(await eventually(() => lab.pings(one.namespace, '172.24.4.1')), 'outside');
    assert.ok(await eventually(() => lab.pings(other.namespace, '172.24.4.1')), 'the other router');
    assert.equal(await lab.pings(one.namespace, other.ip), false, "another project's router");

    // A floating IP is answered by the gateway's hardware address, a distributed one by its own.
    const floating = await room.create(caller, 'floatingip', {
      floating_network_id: publicNetwork['id'],
      port_id: one.port['id'],
    });
    const address = floating['floating_ip_address'] as string;
    assert.ok(await eventually(() => lab.pings(lab.outside, address)), 'by the floating IP');
    const [own] = await room.list(room.admin, 'ports', { device_id: [floating['id']] });
    const answeredBy = async (document: Document) => {
      await lab.ask(lab.outside, 'ip', 'neighbour', 'flush', 'to', address);
      if (!(await lab.pings(lab.outside, address))) return false;
      const neighbour = await lab.ask(lab.outside, 'ip', 'neighbour', 'show', address);
      return neighbour?.includes(`lladdr ${document['mac_address']}`) ?? false;
    };
    const [leg] = await room.list(room.admin, 'ports', {
      device_id: [id],
      device_owner: ['network:router_gateway'],
    });
    assert.ok(await answeredBy(leg!), 'by the gateway');
    await room.update(room.admin, 'router', id, { distributed: true });
    assert.ok(await eventually(() => answeredBy(own!)), 'by the server');
    assert.ok(await eventually(() => lab.pings(one.namespace, '172.24.4.1')), 'and out again');
    assert.ok(await eventually(() => lab.pings(other.namespace, address)), 'also for strangers');
    await room.update(caller, 'floatingip', floating['id'], { port_id: null });
    assert.ok(await eventually(async () => !(await lab.pings(lab.outside, address))), 'let go');

    // The same address forwards single ports.
    serve(two.namespace, 8000, 'inside');
    const { port_forwarding: forwarding } = await room.call('create_floatingip_port_forwarding', {
      caller,
      params: { floatingip_id: floating['id'] },
      body: {
        port_forwarding: {
          protocol: 'tcp',
          external_port: 80,
          internal_port: 8000,
          internal_port_id: two.port['id'],
        },
      },
    });
    // ML2/OVN announces no address of a load balancer: who still has the server's own one would try that for a while.
    await lab.ask(lab.outside, 'ip', 'neighbour', 'flush', 'to', address);
    const heard = async () => (await hear(lab.outside, address, 80)) === 'inside';
    assert.ok(await eventually(heard), 'from outside');
    assert.ok(
      await eventually(async () => (await hear(one.namespace, address, 80)) === 'inside'),
      'from inside',
    );
    assert.notEqual(await hear(lab.outside, address, 8000), 'inside', 'only that port');
    await room.call('delete_floatingip_port_forwarding', {
      caller,
      params: { floatingip_id: floating['id'], port_forwarding_id: forwarding.id },
    });
    assert.ok(await eventually(async () => !(await heard())), 'no more');

    // Without translation the server's own address is seen, and reached by a route.
    const gateway = (document: Document) =>
      document['external_gateway_info'].external_fixed_ips[0].ip_address as string;
    await lab.ask(lab.outside, 'ip', 'route', 'add', '10.50.0.0/24', 'via', gateway(router));
    await room.update(room.admin, 'router', id, {
      external_gateway_info: { network_id: publicNetwork['id'], enable_snat: false },
    });
    assert.ok(await eventually(() => lab.pings(lab.outside, one.ip)), 'straight to the server');

    // A second gateway, to another external network on the same wire.
    const wire = ['add-port', 'br-ex', 'wire100', 'tag=100', '--', 'set', 'interface', 'wire100'];
    await lab.ask(lab.outside, 'ovs-vsctl', '--timeout=10', ...wire, 'type=internal');
    await lab.ask(lab.outside, 'ip', 'address', 'add', '172.30.0.1/24', 'dev', 'wire100');
    await lab.ask(lab.outside, 'ip', 'link', 'set', 'wire100', 'up');
    const second = await room.create(room.admin, 'network', {
      'router:external': true,
      'provider:network_type': 'vlan',
      'provider:physical_network': 'public',
      'provider:segmentation_id': 100,
    });
    await room.create(room.admin, 'subnet', {
      network_id: second['id'],
      ip_version: 4,
      cidr: '172.30.0.0/24',
    });
    await room.call('add_external_gateways', {
      caller,
      params: { router_id: id },
      body: { router: { external_gateways: [{ network_id: second['id'] }] } },
    });
    await room.update(room.admin, 'router', id, {
      enable_default_route_ecmp: true,
      external_gateway_info: { network_id: publicNetwork['id'], enable_snat: true },
    });
    assert.ok(await eventually(() => lab.pings(one.namespace, '172.30.0.1')), 'the second network');
    assert.ok(
      await eventually(() => lab.pings(one.namespace, '172.24.4.1')),
      'and still the first',
    );
    const far = await room.create(caller, 'floatingip', {
      floating_network_id: second['id'],
      port_id: two.port['id'],
    });
    assert.ok(
      await eventually(() => lab.pings(lab.outside, far['floating_ip_address'])),
      'a floating IP of the second network',
    );

    // A next hop that does not answer BFD is no way, however near it is.
    await lab.ask(lab.outside, 'ip', 'address', 'add', '198.51.100.1/32', 'dev', 'lo');
    const away = () => lab.pings(one.namespace, '198.51.100.1');
    assert.ok(await eventually(away), 'by the default route');
    await room.update(room.admin, 'router', id, { enable_default_route_bfd: true });
    assert.ok(await eventually(async () => !(await away())), 'nobody answers BFD');
    const sessions = [...room.northbound.mirror.table('BFD').rows()];
    assert.deepEqual(
      sessions.map(({ status }) => status),
      [['down'], ['down']],
    );
    await room.update(room.admin, 'router', id, { enable_default_route_bfd: false });
    assert.ok(await eventually(away), 'nobody is asked any more');

    await room.update(caller, 'router', id, { admin_state_up: false });
    assert.ok(
      await eventually(async () => !(await lab.pings(one.namespace, two.ip))),
      'a router that is down',
    );
    await room.update(caller, 'router', id, { admin_state_up: true });
    assert.ok(await eventually(() => lab.pings(one.namespace, two.ip)), 'and up again');

    // IPv6 is routed, not translated.
    await lab.ask(lab.outside, 'sysctl', '-w', 'net.ipv6.conf.br-ex.disable_ipv6=0');
    await lab.ask(
      lab.outside,
      'ip',
      'address',
      'add',
      '2001:db8:ee::1/64',
      'dev',
      'br-ex',
      'nodad',
    );
    await room.create(room.admin, 'subnet', {
      network_id: publicNetwork['id'],
      ip_version: 6,
      cidr: '2001:db8:ee::/64',
      gateway_ip: '2001:db8:ee::1',
      enable_dhcp: false,
    });
    const six = await room.net(caller, '2001:db8:50::/64', {
      ip_version: 6,
      gateway_ip: '2001:db8:50::1',
    });
    const v6 = await machine(caller, six.network);
    await lab.ask(v6.namespace, 'ip', '-6', 'route', 'add', 'default', 'via', '2001:db8:50::1');
    const v6Router = await room.create(caller, 'router', onPublic);
    await room.routerInterface(caller, 'add', v6Router['id'], { subnet_id: six.subnet['id'] });
    const outer = v6Router['external_gateway_info'].external_fixed_ips
      .map((fixed: Document) => fixed['ip_address'])
      .find((ip: string) => ip.includes(':'));
    await lab.ask(lab.outside, 'ip', '-6', 'route', 'add', '2001:db8:50::/64', 'via', outer);
    assert.ok(await eventually(() => lab.pings(v6.namespace, '2001:db8:ee::1')), 'IPv6 north');
    assert.ok(await eventually(() => lab.pings(lab.outside, v6.ip)), 'IPv6 south');
    assert.deepEqual(await room.service.projector.compare(), []);
  },
);
