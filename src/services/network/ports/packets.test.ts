import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { canonicalIp } from '../addresses/ip.ts';
import { labMissing, startLab, type Lab } from '../northbound/testing-lab.ts';
import { networkOptions } from '../options.ts';
import {
  eventually,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';

const skip = labMissing() ?? false;
const VLAN_INTERFACE = path.join(import.meta.dirname, '../northbound/testing-vlan-interface.py');
const DHCPV6_CLIENT = path.join(import.meta.dirname, '../northbound/testing-dhcpv6-client.ts');

let room: TestNetworkService;
let lab: Lab;
let folder: string;
before(async () => {
  if (skip) return;
  folder = mkdtempSync(path.join(tmpdir(), 'ovb-ports-'));
  room = await startTestNetworkService({
    options: networkOptions({ dns_domain: 'cloud.example' }),
  });
  lab = await startLab(room.ovsdb.remote, 'test-host');
});
after(async () => {
  await lab?.stop();
  await room?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true });
});

/** A port of this caller's with a namespace behind it. */
async function machine(caller: ReturnType<TestNetworkService['member']>, values: Document) {
  const port = await room.create(caller, 'port', { device_id: 'machine', ...values });
  await room.update(room.admin, 'port', port['id'], { 'binding:host_id': 'test-host' });
  const [description] = await room.service.describePorts(room.database, [port['id']]);
  const namespace = await lab.plug(description!);
  const run = (program: string, ...parameters: string[]) =>
    lab.ask(namespace, program, ...parameters);
  return { port, namespace, run, ip: port['fixed_ips'][0].ip_address as string };
}

/** What a DHCP client was given, by the names of udhcpc. */
async function lease({ run, port }: Awaited<ReturnType<typeof machine>>) {
  const file = path.join(folder, port['id']);
  const script = `${file}.sh`;
  writeFileSync(script, `#!/bin/sh\n[ "$1" = bound ] && env > ${file}\nexit 0\n`, { mode: 0o755 });
  const wanted = ['mtu', 'domain', 'ntpsrv', 'staticroutes', 'bootfile'].flatMap((o) => ['-O', o]);
  const answered = await run(
    'busybox',
    'udhcpc',
    '-i',
    'eth0',
    '-nqf',
    '-t',
    '2',
    '-T',
    '1',
    ...wanted,
    '-s',
    script,
  );
  if (answered === undefined) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s))) as Record<string, string>;
}

test('a trunk: two networks through one port of a machine', { skip }, async () => {
  const caller = room.member();
  const outer = await room.net(caller, '10.1.0.0/24');
  const inner = await room.net(caller, '10.2.0.0/24');
  const parent = await machine(caller, { network_id: outer.network['id'] });
  const target = await machine(caller, { network_id: inner.network['id'] });
  const child = await room.create(caller, 'port', { network_id: inner.network['id'] });
  const trunk = await room.create(caller, 'trunk', {
    port_id: parent.port['id'],
    sub_ports: [{ port_id: child['id'], segmentation_type: 'vlan', segmentation_id: 101 }],
  });
  const mac = child['mac_address'] as string;
  lab.start(parent.namespace, 'python3', VLAN_INTERFACE, 'eth0', 'eth0.101', '101', mac);
  const address = child['fixed_ips'][0].ip_address as string;
  const configured = async () =>
    (await parent.run('ip', 'address', 'add', `${address}/24`, 'dev', 'eth0.101')) !== undefined;
  assert.ok(await eventually(configured), 'a VLAN interface');
  assert.ok(await eventually(() => lab.pings(parent.namespace, target.ip)), 'with the tag');
  assert.ok(await lab.pings(target.namespace, address), 'and from the other side');
  // OVN binds subports where the parent is, and says so.
  const status = async () => (await room.show(caller, 'port', child['id']))['status'] === 'ACTIVE';
  assert.ok(await eventually(status));
  assert.equal((await room.show(caller, 'trunk', trunk['id']))['status'], 'ACTIVE');
  await room.call('remove_subports', {
    caller,
    params: { trunk_id: trunk['id'] },
    body: { sub_ports: [{ port_id: child['id'] }] },
  });
  assert.ok(await eventually(async () => !(await lab.pings(parent.namespace, target.ip))), 'out');
});

test('DHCP and names, as a client in a machine gets them', { skip }, async () => {
  const caller = room.member();
  const { network, subnet } = await room.net(caller, '10.3.0.0/24', {
    dns_nameservers: ['9.9.9.9'],
    host_routes: [{ destination: '10.99.0.0/16', nexthop: '10.3.0.77' }],
  });
  const router = await room.create(caller, 'router', {});
  await room.routerInterface(caller, 'add', router['id'], { subnet_id: subnet['id'] });
  const plain = await machine(caller, { network_id: network['id'], dns_name: 'web' });
  const own = await machine(caller, {
    network_id: network['id'],
    extra_dhcp_opts: [
      { opt_name: 'mtu', opt_value: '1300' },
      { opt_name: 'ntp-server', opt_value: '10.3.0.123' },
      { opt_name: 'bootfile-name', opt_value: 'http://10.3.0.9/boot?x=1' },
      { opt_name: 'classless-static-route', opt_value: '10.98.0.0/16,10.3.0.78' },
    ],
  });
  let given: Record<string, string> | undefined;
  assert.ok(await eventually(async () => (given = await lease(plain)) !== undefined), 'answered');
  const { ip, subnet: mask, router: gateway, dns, mtu, domain } = given!;
  assert.deepEqual(
    { ip, mask, gateway, dns, mtu, domain },
    {
      ip: plain.ip,
      mask: '255.255.255.0',
      gateway: '10.3.0.1',
      dns: '9.9.9.9',
      mtu: String(network['mtu']),
      domain: 'cloud.example',
    },
  );
  assert.match(given!['staticroutes']!, /10\.99\.0\.0\/16 10\.3\.0\.77/);
  assert.match(given!['staticroutes']!, /169\.254\.169\.254\/32 10\.3\.0\./);
  assert.match(given!['staticroutes']!, /0\.0\.0\.0\/0 10\.3\.0\.1/);
  assert.ok(await eventually(async () => (given = await lease(own)) !== undefined), 'own options');
  assert.equal(given!['mtu'], '1300');
  assert.equal(given!['ntpsrv'], '10.3.0.123');
  assert.equal(given!['boot_file'] ?? given!['bootfile'], 'http://10.3.0.9/boot?x=1');
  assert.match(given!['staticroutes']!, /10\.98\.0\.0\/16 10\.3\.0\.78/);
  assert.match(given!['staticroutes']!, /10\.99\.0\.0\/16 10\.3\.0\.77/);
  await room.update(caller, 'port', own.port['id'], {
    extra_dhcp_opts: [{ opt_name: 'dhcp_disabled', opt_value: 'true' }],
  });
  assert.ok(await eventually(async () => (await lease(own)) === undefined), 'no more');

  // Nobody has the name server's address: OVN answers what is asked through the switch.
  const look = async (...what: string[]) =>
    (await own.run('busybox', 'nslookup', ...what, '9.9.9.9')) ?? '';
  const answer = new RegExp(`Address.*: ${plain.ip}\\b`);
  assert.ok(
    await eventually(async () => answer.test(await look('-type=a', 'web.cloud.example'))),
    'name',
  );
  assert.match(await look(plain.ip), /web\.cloud\.example/, 'the way back');
  await room.update(caller, 'network', network['id'], { dns_domain: 'net.example.' });
  assert.ok(
    await eventually(async () => answer.test(await look('-type=a', 'web.net.example'))),
    'domain',
  );
  await room.update(caller, 'port', plain.port['id'], { dns_name: 'db' });
  assert.ok(
    await eventually(async () => answer.test(await look('-type=a', 'db.cloud.example'))),
    'renamed',
  );
  assert.doesNotMatch(await look('-type=a', 'web.cloud.example'), answer);
});

test('IPv6: an address of one’s own, one by DHCPv6, and only options', { skip }, async () => {
  const caller = room.member();
  const router = await room.create(caller, 'router', {});
  const net = async (prefix: string, mode: string) => {
    const made = await room.net(caller, `${prefix}::/64`, {
      ip_version: 6,
      ipv6_ra_mode: mode,
      ipv6_address_mode: mode,
      dns_nameservers: [`${prefix}::53`],
    });
    await room.routerInterface(caller, 'add', router['id'], { subnet_id: made.subnet['id'] });
    return made.network['id'] as string;
  };
  const slaac = await machine(caller, { network_id: await net('fd00:1', 'slaac') });
  const stateful = await machine(caller, { network_id: await net('fd00:2', 'dhcpv6-stateful') });
  const stateless = await machine(caller, { network_id: await net('fd00:3', 'dhcpv6-stateless') });
  // Forget what the lab has set; what comes next is from advertisements.
  for (const { run } of [slaac, stateless]) {
    await run('ip', '-6', 'address', 'flush', 'dev', 'eth0', 'scope', 'global');
    await run('ip', '-6', 'route', 'flush', 'default');
    await run('ip', 'link', 'set', 'eth0', 'down');
    await run('ip', 'link', 'set', 'eth0', 'up');
  }
  for (const { run, ip } of [slaac, stateless]) {
    const has = async () =>
      ((await run('ip', '-6', 'address', 'show', 'dev', 'eth0')) ?? '').includes(`${ip}/64`);
    assert.ok(await eventually(has), `makes ${ip} from the advertised prefix`);
  }
  assert.ok(await eventually(() => lab.pings(slaac.namespace, stateless.ip)), 'and a route');
  const ask = async ({ run }: typeof slaac, mode: string) => {
    const answer = await run(process.execPath, DHCPV6_CLIENT, mode, 'eth0');
    return answer === undefined
      ? undefined
      : (JSON.parse(answer) as { address?: string; dns: string[] });
  };
  let given: Awaited<ReturnType<typeof ask>>;
  assert.ok(await eventually(async () => (given = await ask(stateful, 'stateful')) !== undefined));
  assert.equal(canonicalIp(given!.address!), stateful.ip);
  assert.deepEqual(given!.dns.map(canonicalIp), ['fd00:2::53']);
  assert.ok(
    await eventually(async () => (given = await ask(stateless, 'stateless')) !== undefined),
  );
  assert.equal(given!.address, undefined);
  assert.deepEqual(given!.dns.map(canonicalIp), ['fd00:3::53']);
});
