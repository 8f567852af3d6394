import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { paths, readConfiguration } from '../src/core/configuration.ts';
import { TestCloud } from './support/cloud.ts';
import { command, eventually } from './support/command.ts';
import { Client } from './support/client.ts';
import { Wire } from './support/wire.ts';

const SERVICE = path.resolve(import.meta.dirname, '../src/services/network');
const VLAN_INTERFACE = path.join(SERVICE, 'northbound/testing-vlan-interface.py');
const CAPTURE = path.join(SERVICE, 'tap_mirrors/testing-capture.py');

/** An address of a port, as the client prints it. */
interface Fixed {
  readonly ip_address: string;
}

/**
 * What the network service promises, in one cloud: the unmodified client asks for it, containers send the packets.
 * Every promise has more cases in a test of its own beside the code, with namespaces for servers and no agent:
 *
 *     routers/packets.test.ts           floating IPs, port forwarding, several gateways, BFD, IPv6 routed
 *     ports/packets.test.ts             trunks, DHCP options, names, SLAAC, DHCPv6
 *     security_groups/packets.test.ts   address groups, remote groups, spoofing, address pairs, stateless groups
 *     qos/packets.test.ts               bandwidth within 15 %, DSCP
 *     logs/packets.test.ts              logs of packets, tap mirrors
 *     segments/packets.test.ts          VLAN networks
 *
 * (all in src/services/network). Isolation between projects: isolation.story.ts. The README's way: tour.story.ts.
 */
describe('the network', { timeout: 300_000 }, () => {
  let cloud: TestCloud;
  let client: Client;
  let web: Wire;
  let db: Wire;
  let far: Wire;

  /** Runs the client; fails with what it printed. */
  async function openstack(line: string): Promise<string> {
    const { code, stdout, stderr } = await client.run(line);
    assert.equal(code, 0, `openstack ${line}\n${stdout}${stderr}`);
    return stdout;
  }
  const show = async (line: string): Promise<Record<string, any>> =>
    JSON.parse(await openstack(`${line} -f json`)) as Record<string, any>;

  before(async () => {
    cloud = await TestCloud.plan('net');
    const network = { enable_distributed_floating_ip: true, dns_domain: 'cloud.example' };
    writeFileSync(paths(cloud.home).options, JSON.stringify({ network }));
    await cloud.up();
    client = new Client(await cloud.credentials('admin'));
    // The machine is the way out for IPv6 too, once somebody gives its end of the wire an address.
    const end = ['dev', cloud.namespace];
    await command('ip', ['-6', 'address', 'add', '2001:db8:ee::1/64', ...end, 'nodad']);
    await openstack(
      'subnet create --network public --ip-version 6 --subnet-range 2001:db8:ee::/64 --gateway 2001:db8:ee::1 --no-dhcp outer6',
    );
    await openstack('router create --external-gateway public r1');
    for (const [name, number] of [
      ['front', '60'],
      ['back', '61'],
    ]) {
      await openstack(`network create ${name}`);
      await openstack(
        `subnet create --network ${name} --subnet-range 10.${number}.0.0/24 --dns-nameserver 192.0.2.53 ${name}4`,
      );
      await openstack(
        `subnet create --network ${name} --ip-version 6 --ipv6-ra-mode slaac --ipv6-address-mode slaac --subnet-range fd00:${number}::/64 ${name}6`,
      );
      await openstack(`router add subnet r1 ${name}4`);
      await openstack(`router add subnet r1 ${name}6`);
    }
    await openstack('security group create open');
    await openstack('security group rule create --protocol icmp open');
    await openstack('security group rule create --protocol icmpv6 --ethertype IPv6 open');
    await openstack('security group rule create --protocol tcp --dst-port 80 open');
    await openstack(
      'security group rule create --protocol tcp --dst-port 80 --ethertype IPv6 open',
    );
    const script = path.join(import.meta.dirname, 'fixtures/serve-name.sh');
    await openstack(
      'port create --network front --security-group open --dns-name web --extra-dhcp-option name=ntp-server,value=10.60.0.123 web',
    );
    await openstack('port create --network front --security-group open db');
    await openstack('port create --network back --security-group open far');
    const gateway = (await show('router show r1'))['external_gateway_info'].external_fixed_ips
      .map((fixed: Fixed) => fixed.ip_address)
      .find((ip: string) => ip.includes(':'));
    for (const number of ['60', '61'])
      await command('ip', ['-6', 'route', 'add', `fd00:${number}::/64`, 'via', gateway, ...end]);
    const server = async (name: string) => {
      const { id } = await show(
        `server create --image busybox --flavor m1.nano --port ${name} --user-data ${script} ${name}`,
      );
      await eventually(name, async () => (await show(`server show ${id}`))['status'] === 'ACTIVE');
      return Wire.of(cloud, id, await show(`port show ${name}`));
    };
    web = await server('web');
    db = await server('db');
    far = await server('far');
  });
  after(async () => {
    await client?.stop();
    await cloud?.destroy();
  });
  afterEach((context) => {
    if ('passed' in context && context.passed === false) console.error(cloud.logs(0));
  });

  test('IPv6: between servers, through a router, to the machine and back', async () => {
    await eventually('a neighbour', () => db.pings(web.ipv6));
    await eventually('the other network', () => db.pings(far.ipv6));
    await eventually('the way out', () => db.pings('2001:db8:ee::1'));
    await eventually('the way in', () => cloud.pings(db.ipv6));
  });

  test('SLAAC: a container makes its address from what the router advertises', async () => {
    const shown = async () =>
      (await db.inside('ip', '-6', 'address', 'show', 'dev', 'eth0')).stdout;
    assert.match(await shown(), new RegExp(`${db.ipv6}/64 scope global`));
    // Everything of IPv6 is forgotten; what comes back is the kernel's own.
    await db.outside('sysctl', '-q', '-w', 'net.ipv6.conf.eth0.disable_ipv6=1');
    assert.doesNotMatch(await shown(), /inet6/);
    await db.outside('sysctl', '-q', '-w', 'net.ipv6.conf.eth0.disable_ipv6=0');
    await eventually('the address', async () =>
      new RegExp(`${db.ipv6}/64 scope global dynamic`).test(await shown()),
    );
    await eventually('the other network', () => db.pings(far.ipv6));
  });

  test('names are answered inside', async () => {
    await eventually('a name', async () =>
      (await db.inside('nslookup', '-type=a', 'web.cloud.example')).stdout.includes(web.ipv4),
    );
    const { stdout } = await db.inside('nslookup', '-type=aaaa', 'web.cloud.example');
    assert.match(stdout, new RegExp(web.ipv6));
    assert.equal(await db.reads('http://web/'), 'web\n');
  });

  test('a DHCP client in a container gets what the port says', async () => {
    const lease = await web.lease();
    const { ip, subnet, router, dns, domain, ntpsrv } = lease;
    assert.deepEqual(
      { ip, subnet, router, dns, domain, ntpsrv },
      {
        ip: web.ipv4,
        subnet: '255.255.255.0',
        router: '10.60.0.1',
        dns: '192.0.2.53',
        domain: 'cloud.example',
        ntpsrv: '10.60.0.123',
      },
    );
    assert.match(lease['staticroutes']!, /169\.254\.169\.254\/32 10\.60\.0\./);
  });

  test('a floating IP is at home at its server: it answers with a hardware address of its own', async () => {
    const made = await show('floating ip create --port web public');
    const address = made['floating_ip_address'] as string;
    await eventually('the page', async () => (await cloud.curl(`http://${address}/`)) === 'web\n');
    const [own] = JSON.parse(
      await openstack(`port list --device-id ${made['id']} -c 'MAC Address' -f json`),
    ) as Record<string, string>[];
    const { stdout } = await command('ip', ['neighbour', 'show', address]);
    assert.match(stdout, new RegExp(`lladdr ${own!['MAC Address']}`));
  });

  test('a port of a floating IP leads to a server', async () => {
    const made = await show('floating ip create public');
    const address = made['floating_ip_address'] as string;
    const { id } = await show(
      `floating ip port forwarding create --internal-ip-address ${far.ipv4} --port far --internal-protocol-port 80 --external-protocol-port 8080 --protocol tcp ${address}`,
    );
    const page = () => cloud.curl(`http://${address}:8080/`);
    await eventually('the page', async () => (await page()) === 'far\n');
    assert.equal(await db.reads(`http://${address}:8080/`), 'far\n', 'from inside too');
    await openstack(`floating ip port forwarding delete ${address} ${id}`);
    await eventually('silence', async () => (await page()) === undefined);
  });

  test('a trunk: a second network through the same port', async () => {
    const child = await show('port create --network back --security-group open child');
    await openstack(
      'network trunk create --parent-port web --subport port=child,segmentation-type=vlan,segmentation-id=101 trunk',
    );
    const address = child['fixed_ips'][0].ip_address as string;
    const mac = child['mac_address'] as string;
    const stop = web.keep('python3', VLAN_INTERFACE, 'eth0', 'eth0.101', '101', mac);
    await eventually('the VLAN interface', async () => {
      const { code } = await web.outside('ip', 'addr', 'add', `${address}/32`, 'dev', 'eth0.101');
      return code === 0;
    });
    await web.outside('ip', 'route', 'add', `${far.ipv4}/32`, 'dev', 'eth0.101', 'src', address);
    const { stdout } = await web.inside('ip', 'route', 'get', far.ipv4);
    assert.match(stdout, /dev eth0\.101/);
    await eventually('the other network, with the tag', () => web.pings(far.ipv4));
    await eventually('and from there', () => far.pings(address));
    assert.equal((await show('port show child'))['status'], 'ACTIVE');
    await openstack('network trunk unset --subport child trunk');
    await eventually('silence', async () => !(await web.pings(far.ipv4)));
    await stop();
  });

  test('port security: a foreign source is dropped, unless it is a pair of the port', async () => {
    const posed = ['-I', '10.60.0.200', web.ipv4];
    await db.outside('ip', 'address', 'add', '10.60.0.200/24', 'dev', 'eth0');
    assert.ok(await db.pings(web.ipv4));
    assert.equal(await db.pings(...posed), false);
    await openstack('port set --allowed-address ip-address=10.60.0.200 db');
    await eventually('an answer', () => db.pings(...posed));
    await openstack('port set --no-allowed-address db');
    await eventually('silence', async () => !(await db.pings(...posed)));
    await openstack('port set --no-security-group --disable-port-security db');
    await eventually('an answer to whom nobody checks', () => db.pings(...posed));
    await openstack('port set --security-group open --enable-port-security db');
    await eventually('silence', async () => !(await db.pings(...posed)));
    await db.outside('ip', 'address', 'del', '10.60.0.200/24', 'dev', 'eth0');
  });

  test('an address group lets in whom it names, from the next packet on', async () => {
    await openstack('address group create friends');
    await openstack('security group create picky');
    await openstack(
      'security group rule create --protocol tcp --dst-port 81 --remote-address-group friends picky',
    );
    await openstack('port set --security-group picky far');
    const reads = async () => (await db.reads(`http://${far.ipv4}:81/`)) === 'far\n';
    assert.equal(await reads(), false);
    await openstack(`address group set --address ${db.ipv4}/32 friends`);
    await eventually('the page', reads);
    await openstack(`address group unset --address ${db.ipv4}/32 friends`);
    await eventually('silence', async () => !(await reads()));
  });

  test('a stateless group lets a reply in only by a rule of its own', async () => {
    await openstack('security group create --stateless bare');
    await openstack('port set --no-security-group --security-group bare far');
    await eventually('silence', async () => !(await far.pings(db.ipv4)));
    await openstack('security group rule create --protocol icmp --icmp-type 0 bare');
    await eventually('the reply', () => far.pings(db.ipv4));
  });

  test('dropped packets are told of', async () => {
    await openstack(
      'network log create --resource-type security_group --resource open --event DROP told',
    );
    await eventually('the line', async () => {
      await db.inside('nc', '-w', '1', web.ipv4, '82');
      const { stdout } = await cloud.ovenbird(['logs', '--acl']);
      return stdout
        .split('\n')
        .some((line) => /drop +in +tcp/.test(line) && line.includes(`> ${web.ipv4}:82`));
    });
  });

  test('a tap mirror sends what a server receives and sends to a machine outside', async () => {
    // The host sends mirrored packets from its own address, which here is one of the external network.
    const own = (await show('port create --network public host'))['fixed_ips'] as Fixed[];
    const host = own.find(({ ip_address: ip }) => ip.includes('.'))!.ip_address;
    const address = ['address', 'add', `${host}/24`, 'dev', 'br-ex'];
    assert.equal((await command('ip', ['-n', cloud.namespace, ...address])).code, 0);
    const { external } = readConfiguration(cloud.home);
    const capture = spawn('python3', [CAPTURE, cloud.namespace], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let seen = '';
    capture.stdout.setEncoding('utf8').on('data', (text: string) => (seen += text));
    const api = await cloud.api('admin');
    const port = await show('port show web');
    await api.post('/network/v2.0/taas/tap_mirrors', {
      tap_mirror: {
        name: 'mirror',
        port_id: port['id'],
        mirror_type: 'gre',
        remote_ip: external.machineAddress,
        directions: { IN: 101, OUT: 102 },
      },
    });
    await eventually('both directions', async () => {
      await db.pings(web.ipv4);
      return (
        seen.includes(`101 ${db.ipv4} ${web.ipv4} 1\n`) &&
        seen.includes(`102 ${web.ipv4} ${db.ipv4} 1\n`)
      );
    });
    capture.kill('SIGKILL');
  });

  test('nothing differs from what it should be', async () => {
    assert.deepEqual(await cloud.differences(), []);
  });
});
