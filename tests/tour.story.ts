import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fixture, TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';

/** The README's tour, step by step, with the unmodified client and real packets. */
describe('the tour', { timeout: 600_000 }, () => {
  let cloud: TestCloud;
  let untouched: Record<string, string[]>;
  let web = '';
  let floating = '';
  const openstack = (...args: string[]) => cloud.openstack(args);
  const show = <T = Record<string, any>>(...args: string[]) => cloud.openstackJson<T>(args);

  before(async () => {
    cloud = await TestCloud.start('tour');
    untouched = await cloud.traces();
  });
  after(async () => {
    await cloud.destroy();
  });

  test('a new cloud has an image, flavors and a way out', async () => {
    const images = await show<Record<string, string>[]>('image', 'list', '--long');
    assert.equal(images.length, 1);
    assert.equal(images[0]!['Name'], 'busybox');
    assert.equal(images[0]!['Status'], 'active');
    assert.equal(images[0]!['Container Format'], 'docker');
    const flavors = (await show<{ Name: string }[]>('flavor', 'list')).map(({ Name }) => Name);
    for (const name of ['m1.tiny', 'm1.small', 'm1.medium', 'm1.large'])
      assert.ok(flavors.includes(name), name);
    const networks = await show<{ Name: string }[]>('network', 'list', '--external');
    assert.deepEqual(
      networks.map(({ Name }) => Name),
      ['public'],
    );
  });

  test('network, subnet, router and rules are made', async () => {
    await openstack('network', 'create', 'private');
    await openstack(
      'subnet',
      'create',
      'private',
      '--network',
      'private',
      '--subnet-range',
      '10.0.1.0/24',
    );
    await openstack('router', 'create', 'r1');
    await openstack('router', 'set', '--external-gateway', 'public', 'r1');
    await openstack('router', 'add', 'subnet', 'r1', 'private');
    await openstack('security', 'group', 'create', 'web');
    await openstack('security', 'group', 'rule', 'create', '--protocol', 'icmp', 'web');
    await openstack(
      'security',
      'group',
      'rule',
      'create',
      '--protocol',
      'tcp',
      '--dst-port',
      '80',
      'web',
    );
    const key = await openstack('keypair', 'create', 'k1');
    assert.match(key.stdout, /BEGIN OPENSSH PRIVATE KEY/);
  });

  test('a server becomes ACTIVE and answers at its floating IP', async () => {
    const script = path.join(cloud.home, 'user-data.sh');
    writeFileSync(script, fixture('web-server.sh'));
    const server = await show(
      'server', 'create', '--image', 'busybox', '--flavor', 'm1.tiny', '--network', 'private',
      '--security-group', 'web', '--key-name', 'k1', '--user-data', script, '--wait', 'web1',
    ); // prettier-ignore
    assert.equal(server['status'], 'ACTIVE');
    web = server['id'];
    const address = await show('floating', 'ip', 'create', 'public');
    floating = address['floating_ip_address'];
    await openstack('server', 'add', 'floating', 'ip', 'web1', floating);
    await eventually('a ping of the floating IP', () => cloud.pings(floating));
    const page = await eventually('the page', () => cloud.curl(`http://${floating}/`));
    assert.match(page, /<h1>web1<\/h1>/);
    const shown = await show('server', 'show', 'web1');
    assert.ok(
      JSON.stringify(shown['addresses']).includes(floating),
      'the server shows its floating IP',
    );
  });

  test('the console log shows what the user data printed', async () => {
    const { stdout } = await openstack('console', 'log', 'show', 'web1');
    assert.match(stdout, /hello from web1/);
    assert.match(stdout, new RegExp(web));
  });

  test('the server finds itself in the metadata, OpenStack and EC2', async () => {
    const metadata = JSON.parse(
      (
        await cloud.inside(web, [
          'wget',
          '-q',
          '-O-',
          'http://169.254.169.254/openstack/latest/meta_data.json',
        ])
      ).stdout,
    );
    assert.equal(metadata.uuid, web);
    assert.equal(metadata.name, 'web1');
    assert.ok(metadata.public_keys.k1.startsWith('ssh-'));
    const ec2 = async (item: string) =>
      (
        await cloud.inside(web, [
          'wget',
          '-q',
          '-O-',
          `http://169.254.169.254/latest/meta-data/${item}`,
        ])
      ).stdout.trim();
    assert.match(await ec2('instance-id'), /^i-[0-9a-f]{8}$/);
    assert.equal(await ec2('public-ipv4'), floating);
    assert.match(await ec2('local-ipv4'), /^10\.0\.1\./);
    assert.match(await ec2('public-keys/0/openssh-key'), /^ssh-/);
    const userData = await cloud.inside(web, [
      'wget',
      '-q',
      '-O-',
      'http://169.254.169.254/latest/user-data',
    ]);
    assert.equal(userData.stdout, fixture('web-server.sh'));
    const key = await cloud.inside(web, ['cat', '/root/.ssh/authorized_keys']);
    assert.match(key.stdout, /^ssh-/);
  });

  test('servers on one network reach each other; on two only through a router', async () => {
    await openstack('network', 'create', 'other');
    await openstack(
      'subnet',
      'create',
      'other',
      '--network',
      'other',
      '--subnet-range',
      '10.0.2.0/24',
    );
    const near = await show(
      'server', 'create', '--image', 'busybox', '--flavor', 'm1.tiny', '--network', 'private',
      '--security-group', 'web', '--wait', 'near',
    ); // prettier-ignore
    const far = await show(
      'server', 'create', '--image', 'busybox', '--flavor', 'm1.tiny', '--network', 'other',
      '--security-group', 'web', '--wait', 'far',
    ); // prettier-ignore
    const addressOf = async (id: string) =>
      (await cloud.inside(id, ['ip', '-4', '-o', 'addr', 'show', 'eth0'])).stdout
        .split(/\s+/)[3]!
        .split('/')[0]!;
    const ping = async (from: string, to: string) =>
      (await cloud.inside(from, ['ping', '-c', '1', '-W', '1', to])).code === 0;
    const farAddress = await addressOf(far['id']);
    const nearAddress = await addressOf(near['id']);
    assert.match(nearAddress, /^10\.0\.1\./);
    await eventually('the neighbour', () => ping(web, nearAddress));
    assert.equal(await ping(web, farAddress), false, 'no router leads to the other network yet');
    await openstack('router', 'add', 'subnet', 'r1', 'other');
    await eventually('the other network through the router', () => ping(web, farAddress));
    await openstack('router', 'remove', 'subnet', 'r1', 'other');
    await eventually('the way to be gone', async () => !(await ping(web, farAddress)));
  });

  test('stop, start, pause, unpause, reboot: each does what it says', async () => {
    const status = async () => (await show('server', 'show', 'web1'))['status'];
    const becomes = (wanted: string) => eventually(wanted, async () => (await status()) === wanted);
    await openstack('server', 'stop', 'web1');
    await becomes('SHUTOFF');
    assert.equal(await cloud.pings(floating), false);
    await openstack('server', 'start', 'web1');
    await becomes('ACTIVE');
    await eventually('a ping after the start', () => cloud.pings(floating));
    await openstack('server', 'pause', 'web1');
    await becomes('PAUSED');
    await openstack('server', 'unpause', 'web1');
    await becomes('ACTIVE');
    await openstack('server', 'reboot', '--wait', 'web1');
    await eventually('a ping after the reboot', () => cloud.pings(floating));
    await openstack('server', 'reboot', '--hard', '--wait', 'web1');
    await eventually('a ping after the hard reboot', () => cloud.pings(floating));
    const { stdout } = await openstack('console', 'log', 'show', 'web1');
    assert.equal(stdout.split('hello from web1').length - 1, 1, 'user data runs once');
  });

  test('a process that ends by itself makes the server SHUTOFF', async () => {
    // The signal goes to the container's first process from outside: no order of ours is behind it.
    assert.equal((await cloud.docker(['kill', `nova-${web}`])).code, 0);
    await eventually(
      'SHUTOFF',
      async () => (await show('server', 'show', 'web1'))['status'] === 'SHUTOFF',
    );
    await openstack('server', 'start', 'web1');
    await eventually(
      'ACTIVE',
      async () => (await show('server', 'show', 'web1'))['status'] === 'ACTIVE',
    );
  });

  test('everything goes, and leaves nothing behind', async () => {
    await openstack('floating', 'ip', 'unset', '--port', floating);
    await eventually('the floating IP to be silent', async () => !(await cloud.pings(floating)));
    await openstack('server', 'delete', '--wait', 'web1', 'near', 'far');
    await openstack('floating', 'ip', 'delete', floating);
    await openstack('router', 'remove', 'subnet', 'r1', 'private');
    await openstack('router', 'unset', '--external-gateway', 'r1');
    await openstack('router', 'delete', 'r1');
    await openstack('network', 'delete', 'private', 'other');
    await openstack('security', 'group', 'delete', 'web');
    await openstack('keypair', 'delete', 'k1');
    await eventually('no trace', async () => {
      assert.deepEqual(withoutDefaults(await cloud.traces()), withoutDefaults(untouched));
      return true;
    });
    assert.deepEqual(await cloud.differences(), []);
  });
});

/** The default security group of a project stays once it was needed, as in Neutron. */
const withoutDefaults = (traces: Record<string, string[]>) => ({
  ...traces,
  northbound: traces['northbound']!.filter((line) => !/^(acl|port_group)/.test(line)),
});
