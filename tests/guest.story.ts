import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { paths, readConfiguration } from '../src/core/configuration.ts';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';
import { Scenario } from './support/scenario.ts';

const USER_DATA = `Content-Type: multipart/mixed; boundary="=="
MIME-Version: 1.0

--==
Content-Type: text/cloud-config

#cloud-config
fqdn: inner.example.org
write_files:
  - {path: /etc/greeting, content: "hello\\n", permissions: '0640'}
users:
  - {name: ann, ssh_authorized_keys: [ssh-ed25519 AAAA ann]}
runcmd:
  - [sh, -c, 'echo "address: $(wget -q -O- http://169.254.169.254/latest/meta-data/local-ipv4)"']
final_message: that was all
--==
Content-Type: text/x-shellscript; name="part.sh"

#!/bin/sh
echo "script in $(hostname)"
--==--
`;

/** What a server sees inside, with the unmodified client. */
describe('guest', { timeout: 300_000 }, () => {
  let cloud: TestCloud;
  let api: ApiClient;
  let scenario: Scenario;
  let id: string;
  let address: string;
  before(async () => {
    cloud = await TestCloud.start('guest');
    api = await cloud.api('admin');
    scenario = new Scenario(cloud, api);
    await scenario.network('n', '10.70.0.0/24');
  });
  after(() => cloud.destroy());
  afterEach((context) => {
    if ('passed' in context && context.passed === false) console.error(cloud.logs(30));
  });

  const show = (name: string) => cloud.openstackJson<Record<string, any>>(['server', 'show', name]);
  const log = async (): Promise<string> =>
    (await api.post(`/compute/v2.1/servers/${id}/action`, { 'os-getConsoleOutput': {} })).output;
  const read = async (file: string, container = `nova-${id}`) =>
    (await cloud.docker(['exec', container, 'cat', file])).stdout;

  test('cloud-config and a script of one user data, a config drive, a password', async () => {
    const file = path.join(cloud.home, 'user-data');
    writeFileSync(file, USER_DATA);
    const made = await cloud.openstackJson<Record<string, any>>(
      ['server', 'create', '--image', 'busybox', '--flavor', 'm1.tiny', '--network', 'n'].concat([
        '--user-data',
        file,
        '--config-drive',
        'True',
        '--password',
        'sesame',
        '--property',
        'ovenbird:env:COLOUR=green',
        '--wait',
        'g1',
      ]),
    );
    assert.deepEqual([made['config_drive'], made['adminPass']], ['True', 'sesame']);
    id = made['id'];
    const { server } = await api.get(`/compute/v2.1/servers/${id}`);
    address = server.addresses.n[0].addr;
    const text = await eventually('the end of its user data', async () => {
      const printed = await log();
      return printed.includes('that was all') ? printed : undefined;
    });
    assert.ok(text.includes(`address: ${address}`), text);
    assert.match(text, /script in inner\.example\.org/);
    assert.match(text, /part\.sh ended with exit status 0/);
    assert.equal(await read('/etc/greeting'), 'hello\n');
    assert.equal(await read('/home/ann/.ssh/authorized_keys'), 'ssh-ed25519 AAAA ann\n');
    assert.match(await read('/var/log/cloud-init-output.log'), /that was all/);
    const metadata = JSON.parse(await read('/config-drive/openstack/latest/meta_data.json'));
    assert.deepEqual([metadata.uuid, metadata.name], [id, 'g1']);
    assert.equal(await read('/config-drive/openstack/latest/user_data'), USER_DATA);
    const network = JSON.parse(await read('/config-drive/openstack/latest/network_data.json'));
    assert.equal(network.networks[0].ip_address, address);
    assert.match((await cloud.inside(id, ['env'])).stdout, /^COLOUR=green$/m);
    const first = await read('/etc/shadow');
    assert.match(first, /^root:\$6\$/m);
    await cloud.openstack(['server', 'set', '--password', 'open', 'g1']);
    const second = await read('/etc/shadow');
    assert.match(second, /^root:\$6\$/m);
    assert.notEqual(second, first);
  });

  test('a reboot repeats no user data, a rebuild does; with the same address', async () => {
    const times = async () => (await log()).split('that was all').length - 1;
    await cloud.openstack(['server', 'reboot', '--hard', '--wait', 'g1']);
    assert.equal(await read('/etc/greeting'), 'hello\n');
    assert.equal(await times(), 1);
    await cloud.openstack(['server', 'rebuild', '--wait', 'g1']);
    await eventually('its user data', async () => (await times()) === 1);
    assert.equal(await read('/etc/greeting'), 'hello\n');
  });

  test('its diagnostics are what it really used', async () => {
    // Until 2.47 flat, with the names of Nova's libvirt driver.
    const earlier = await api.get(`/compute/v2.1/servers/${id}/diagnostics`);
    await cloud.inside(id, ['sh', '-c', 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done']);
    await cloud.inside(id, ['wget', '-q', '-O-', 'http://169.254.169.254/latest/meta-data/']);
    const { stdout } = await cloud.openstack(
      ['--os-compute-api-version', '2.48', 'server', 'show', '--diagnostics', 'g1', '-f', 'json'],
    ); // prettier-ignore
    const later = JSON.parse(stdout) as Record<string, any>;
    const [cpu, nic] = [later['cpu_details'][0], later['nic_details'][0]];
    assert.equal(later['hypervisor'], 'docker');
    assert.ok(cpu.time - earlier['cpu0_time'] > 50_000_000, 'processor time');
    assert.ok(nic.rx_octets > earlier['eth0_rx'], 'received');
    assert.ok(nic.tx_octets > earlier['eth0_tx'], 'sent');
    assert.equal(later['memory_details'].maximum, 64 * 8);
    assert.equal(later['config_drive'], true);
  });

  test('is rescued, repaired, also through a death of the agent, and comes back', async () => {
    await cloud.inside(id, ['sh', '-c', 'echo broken >/etc/greeting']);
    await cloud.openstack(['server', 'rescue', '--password', 'help', 'g1']);
    const agent = (await cloud.status()).find(({ name }) => name === 'host-agent')?.pid;
    assert.ok(agent);
    process.kill(agent, 'SIGKILL');
    await scenario.becomes(id, 'RESCUE');
    const container = `nova-${id}-rescue`;
    assert.equal(await read('/mnt/etc/greeting', container), 'broken\n');
    await eventually('the password of the rescue', async () =>
      (await read('/etc/shadow', container)).includes('root:$6$'),
    );
    const addresses = await cloud.docker(['exec', container, 'ip', '-4', 'address']);
    assert.ok(addresses.stdout.includes(address), 'its ports are the same');
    await cloud.docker(['exec', container, 'sh', '-c', 'echo repaired >/mnt/etc/greeting']);
    await cloud.openstack(['server', 'unrescue', 'g1']);
    await scenario.becomes(id, 'ACTIVE');
    assert.equal(await read('/etc/greeting'), 'repaired\n');
    const names = await cloud.docker(['ps', '-a', '--format', '{{.Names}}']);
    assert.ok(!names.stdout.includes('rescue'), names.stdout);
  });

  test('starts again by itself where that is wished; else tells how it ended', async () => {
    const create = (name: string, ...more: string[]) =>
      cloud.openstack(
        ['server', 'create', '--image', 'busybox', '--flavor', 'm1.tiny', '--network', 'n'].concat([
          ...more.flatMap((property) => ['--property', property]),
          '--wait',
          name,
        ]),
      );
    await create(
      'restarts',
      'ovenbird:restart=on-failure',
      'ovenbird:command=if [ -e /ran ]; then echo again; sleep 1000; fi; touch /ran; exit 5',
    );
    const { servers } = await api.get('/compute/v2.1/servers?name=restarts');
    const restarting = servers[0].id as string;
    await eventually('its second run', async () =>
      (await cloud.docker(['logs', `nova-${restarting}`])).stdout.includes('again'),
    );
    assert.equal((await api.get(`/compute/v2.1/servers/${restarting}`)).server.status, 'ACTIVE');
    await create('ends', 'ovenbird:command=sleep 1; exit 7');
    await eventually(
      'its end',
      async () => {
        const { servers: named } = await api.get('/compute/v2.1/servers/detail?name=ends');
        return named[0].status === 'SHUTOFF';
      },
      30_000,
    );
    const ended = await show('ends');
    assert.match(JSON.stringify(ended['fault']), /ended by itself with exit code 7/);
    const events = await cloud.openstack(['server', 'event', 'list', '--long', 'ends']);
    assert.match(events.stdout, /exit code 7/);
  });

  test('nothing of all this gives a container more than the others have', async () => {
    const { host } = readConfiguration(cloud.home);
    const { stdout } = await cloud.docker(['inspect', `nova-${id}`]);
    const [{ HostConfig: has, Mounts: mounts }] = JSON.parse(stdout);
    const own = path.join(paths(cloud.home).host(host), 'servers', id);
    for (const mount of mounts) assert.ok(mount.Source.startsWith(`${own}/`) && !mount.RW);
    assert.equal(has.Privileged, false);
    assert.ok(!has.CapAdd.some((name: string) => /ADMIN|PTRACE|MODULE|RAWIO|MKNOD/.test(name)));
  });
});
