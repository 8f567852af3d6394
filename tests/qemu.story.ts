import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { paths, qemuHost, readConfiguration } from '../src/core/configuration.ts';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';
import { BrowserConsole } from './support/console.ts';
import { machineImage } from './support/machine-image.ts';
import { Scenario, type Server } from './support/scenario.ts';
import { targetOf } from './tempest/configuration.ts';
import { runTempest } from './tempest/run.ts';

/** A translated guest on a busy machine boots in half a minute. */
const BOOT = 120_000;

/** Virtual machines beside containers, on one network, through everything that ends and comes back. */
describe('qemu', { timeout: 480_000 }, () => {
  let cloud: TestCloud;
  let api: ApiClient;
  let scenario: Scenario;
  let network: { id: string };
  let container: Server;
  /** Id and address of the virtual machine. */
  let machine: { id: string; address: string };

  before(async () => {
    const file = await machineImage();
    cloud = await TestCloud.start('qemu', ['--qemu']);
    api = await cloud.api('admin');
    scenario = new Scenario(cloud, api);
    network = await scenario.network('mixed', '10.60.0.0/24');
    await cloud.openstack(
      ['image', 'create', '--disk-format', 'qcow2', '--container-format', 'bare'].concat([
        '--property',
        'hypervisor_type=qemu',
        '--file',
        file,
        'machine',
      ]),
    );
    await cloud.openstack([
      'flavor',
      'create',
      '--ram',
      '128',
      '--vcpus',
      '1',
      '--disk',
      '1',
      'machine',
    ]);
  });
  after(() => cloud.destroy());
  afterEach((context) => {
    if ('passed' in context && context.passed === false) console.error(cloud.logs(40));
  });

  const log = async (id: string): Promise<string> => {
    const { output } = await api.post(`/compute/v2.1/servers/${id}/action`, {
      'os-getConsoleOutput': {},
    });
    return output as string;
  };
  /** How often the guest has booted and come as far as its last line. */
  const boots = async (id: string): Promise<number> =>
    (await log(id)).split('machine: ready').length - 1;
  const booted = (id: string, times: number) =>
    eventually(`boot ${times} of the guest`, async () => (await boots(id)) === times, BOOT);
  const act = (id: string, action: object) =>
    api.post(`/compute/v2.1/servers/${id}/action`, action);
  const answers = async (): Promise<boolean> =>
    (await cloud.inside(container.id, ['ping', '-c', '1', '-W', '1', machine.address])).code === 0;
  const folder = async (id: string): Promise<string> =>
    path.join(
      paths(cloud.home).host(qemuHost(readConfiguration(cloud.home))!),
      'servers',
      id,
      'machine',
    );
  const processOf = async (id: string): Promise<number> =>
    Number(await readFile(path.join(await folder(id), 'qemu.pid'), 'utf8'));

  test('a machine boots from its disk and gets its address, metadata and user data', async () => {
    const group = await scenario.open();
    container = await scenario.server('container', network.id, { groups: [group] });
    const { server } = await api.post('/compute/v2.1/servers', {
      server: {
        name: 'machine',
        imageRef: (await api.get('/image/v2/images?name=machine')).images[0].id,
        flavorRef: await scenario.flavor('machine'),
        networks: [{ uuid: network.id }],
        security_groups: [{ name: 'open' }],
        config_drive: true,
        user_data: Buffer.from(
          // The second disk: the config drive, or beside the disk of a rescue its own.
          `#!/bin/sh\necho "drive: $(head -c 32816 /dev/vdb | tail -c 8)"\nhead -c 400000 /dev/vdb | grep -a -o '"name":"[a-z]*"' | head -1\necho "beside: $(head -c 9 /dev/vdb2)"\necho "user data ran"\necho "the first" >/dev/vda2\nping -c 1 -W 5 ${container.address} >/dev/null && echo "container answers"\n`,
        ).toString('base64'),
      },
    });
    await scenario.becomes(server.id, 'ACTIVE');
    const shown = await api.get(`/compute/v2.1/servers/${server.id}`);
    machine = { id: server.id, address: shown.server.addresses.mixed[0].addr };
    await booted(machine.id, 1);
    const text = await log(machine.id);
    assert.match(text, new RegExp(`eth0 has ${machine.address}, mtu 1442`));
    assert.match(text, new RegExp(`metadata .*"uuid":"${machine.id}","name":"machine"`));
    assert.match(text, /user data ran/);
    assert.match(text, /drive: config-2\r?\n"name":"machine"/, 'its config drive is a second disk');
    assert.match(text, /container answers/, 'the machine reaches the container');
  });

  test('it is on the host for machines, the container is not, and both talk', async () => {
    const { host } = readConfiguration(cloud.home);
    const hypervisors = await cloud.openstackJson<Record<string, string>[]>(['hypervisor', 'list']);
    assert.deepEqual(
      hypervisors.map((row) => [row['Hypervisor Hostname'], row['Hypervisor Type']]),
      [
        [host, 'docker'],
        [`${host}-qemu`, 'QEMU'],
      ],
    );
    for (const [id, expected] of [
      [machine.id, `${host}-qemu`],
      [container.id, host],
    ] as const) {
      const { server } = await api.get(`/compute/v2.1/servers/${id}`);
      assert.equal(server['OS-EXT-SRV-ATTR:host'], expected);
    }
    assert.ok(await answers(), 'the container reaches the machine');
    const url = `http://${machine.address}/`;
    const page = await cloud.inside(container.id, ['wget', '-q', '-O', '-', url]);
    assert.equal(page.stdout.trim(), 'machine', 'TCP, too: checksums are complete');
    assert.deepEqual(await cloud.differences(), []);
  });

  test('a browser types into both, and nothing of it is left', async () => {
    const address = async (type: 'serial' | 'novnc', name: string) =>
      (await cloud.openstackJson<{ url: string }>(['console', 'url', 'show', `--${type}`, name]))
        .url;
    const page = await fetch(await address('serial', 'container'));
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'/);
    for (const name of ['container', 'machine']) {
      const terminal = await BrowserConsole.open(await address('serial', name));
      terminal.type('echo $((40+2))\r');
      await terminal.sees('echo $((40+2))', BOOT);
      await terminal.sees('42', BOOT);
      terminal.close();
    }
    assert.match(await log(machine.id), /echo \$\(\(40\+2\)\)/, 'the log goes on being written');

    const before = await cloud.inside(container.id, ['ps']);
    for (const victim of ['host-agent', 'control-plane']) {
      const terminal = await BrowserConsole.open(await address('serial', 'container'));
      terminal.type('sleep 4407 & sleep 4408\r');
      await eventually('its processes', async () =>
        (await cloud.inside(container.id, ['ps'])).stdout.includes('sleep 4408'),
      );
      process.kill(await cloud.pidOf(victim), 'SIGKILL');
      await terminal.closed;
      await eventually(`the end of them after that of ${victim}`, async () => {
        const { stdout } = await cloud.inside(container.id, ['ps']);
        return !/sleep 440[78]/.test(stdout);
      });
    }
    await eventually('the APIs', () =>
      api.get('/compute/v2.1/flavors').then(
        () => true,
        () => false,
      ),
    );
    const lines = (text: string) => text.trim().split('\n').length;
    assert.equal(lines((await cloud.inside(container.id, ['ps'])).stdout), lines(before.stdout));
  });

  test('tempest shakes hands with a screen', async () => {
    const flavor = await scenario.flavor('machine');
    // Tempest makes projects of its own.
    await cloud.openstack(['image', 'set', '--public', 'machine']);
    const { images } = await api.get('/image/v2/images?name=machine');
    const tests = [
      'servers.test_novnc.NoVNCConsoleTestJSON.test_novnc',
      'servers.test_novnc.NoVNCConsoleTestJSON.test_novnc_bad_token',
      'servers.test_server_actions.ServerActionsTestJSON.test_get_vnc_console',
    ].map((name) => `tempest.api.compute.${name}`);
    const target = {
      ...targetOf(await cloud.credentials()),
      machine: { image: images[0].id as string, flavor },
    };
    const outcomes = await runTempest({
      target,
      folder: path.join(cloud.home, 'tempest'),
      tests,
      workers: 1,
    });
    assert.deepEqual(
      outcomes.map(({ id, outcome, reason }) => [id, outcome, reason]),
      tests.map((id) => [id, 'passed', '']),
    );
  });

  test('both are measured, and made anew each by its driver', async () => {
    for (const [id, driver] of [
      [machine.id, 'qemu'],
      [container.id, 'docker'],
    ] as const) {
      const { body: seen } = await api.call(
        'GET',
        `/compute/v2.1/servers/${id}/diagnostics`,
        undefined,
        { 'openstack-api-version': 'compute 2.48' },
      );
      assert.deepEqual([seen['hypervisor'], seen['num_nics']], [driver, 1]);
      assert.ok(seen['cpu_details'][0].time > 0);
      assert.ok(seen['nic_details'][0].rx_octets > 0 && seen['nic_details'][0].tx_octets > 0);
    }
    await cloud.inside(container.id, ['touch', '/written']);
    await cloud.openstack(['server', 'rebuild', '--wait', container.id]);
    await scenario.becomes(container.id, 'ACTIVE');
    assert.notEqual((await cloud.inside(container.id, ['ls', '/written'])).code, 0);
    await eventually('the container to reach the machine again', answers);
  });

  test('QEMU is confined: a user of its own, no new rights, seccomp', async () => {
    const status = await readFile(`/proc/${await processOf(machine.id)}/status`, 'utf8');
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1];
    assert.ok(Number(field('Uid')?.split('\t')[0]) >= 0x7000_0000);
    assert.equal(field('Seccomp'), '2');
    assert.equal(field('CapEff'), '0000000000000000');
  });

  test('a machine outlives its agent and the control plane, and is taken over', async () => {
    const before = await processOf(machine.id);
    for (const component of ['qemu-agent', 'control-plane'])
      process.kill(await cloud.pidOf(component), 'SIGKILL');
    api = await eventually('the control plane', () => cloud.api('admin').catch(() => undefined));
    scenario = new Scenario(cloud, api);
    assert.equal(await processOf(machine.id), before);
    assert.ok(await answers());
    await act(machine.id, { pause: null });
    await scenario.becomes(machine.id, 'PAUSED');
    assert.equal(await answers(), false);
    await act(machine.id, { unpause: null });
    await scenario.becomes(machine.id, 'ACTIVE');
    await eventually('the machine to answer again', answers);
    assert.equal(await boots(machine.id), 1, 'it is the same run');
  });

  test('suspended it is no process any more, resumed it goes on where it was', async () => {
    const before = await processOf(machine.id);
    await act(machine.id, { suspend: null });
    await scenario.becomes(machine.id, 'SUSPENDED');
    // Whoever inherited it may not have buried it yet.
    const state = await readFile(`/proc/${before}/stat`, 'latin1').catch(() => ') Z');
    assert.match(state, /\) Z/);
    await act(machine.id, { resume: null });
    await scenario.becomes(machine.id, 'ACTIVE');
    await eventually('the machine to answer again', answers, 20_000);
    assert.equal(await boots(machine.id), 1, 'it did not boot again');
    const refused = await api.call('POST', `/compute/v2.1/servers/${machine.id}/action`, {
      changePassword: { adminPass: 'x' },
    });
    assert.equal(refused.status, 501);
    assert.match(JSON.stringify(refused.body), /password .* driver qemu/);
  });

  test('an interface comes and goes while it runs', async () => {
    const second = await scenario.network('second', '10.61.0.0/24');
    const { interfaceAttachment } = await api.post(
      `/compute/v2.1/servers/${machine.id}/os-interface`,
      { interfaceAttachment: { net_id: second.id } },
    );
    const { port_id: portId, fixed_ips: addresses } = interfaceAttachment;
    await eventually(
      'the guest to have the second address',
      async () => (await log(machine.id)).includes(`eth1 has ${addresses[0].ip_address}`),
      60_000,
    );
    await api.delete(`/compute/v2.1/servers/${machine.id}/os-interface/${portId}`);
    await eventually('the tap device to be gone', async () => {
      const { ports } = await cloud.traces();
      return !ports!.includes(`tap${(portId as string).slice(0, 11)}`);
    });
    assert.ok(await answers());
  });

  test('killed it is SHUTOFF; started it boots', async () => {
    process.kill(await processOf(machine.id), 'SIGKILL');
    await scenario.becomes(machine.id, 'SHUTOFF');
    await act(machine.id, { 'os-start': null });
    await scenario.becomes(machine.id, 'ACTIVE');
    await booted(machine.id, 2);
    await eventually('the machine to answer again', answers);
  });

  test('an image of its disk starts another, which remembers', async () => {
    // Made while it runs.
    await cloud.openstack(['server', 'image', 'create', '--name', 'copy', '--wait', machine.id]);
    assert.ok(await answers(), 'the machine went on');
    const [image] = (await api.get('/image/v2/images?name=copy')).images;
    assert.deepEqual(
      [image.disk_format, image.instance_uuid, image.hypervisor_type, image.min_disk],
      ['qcow2', machine.id, 'qemu', 1],
    );
    await act(machine.id, { 'os-stop': null });
    await scenario.becomes(machine.id, 'SHUTOFF');
    assert.match(await log(machine.id), /machine: power button/, 'it was asked to end');
    const { server } = await api.post('/compute/v2.1/servers', {
      server: {
        name: 'second',
        imageRef: image.id,
        flavorRef: await scenario.flavor('machine'),
        networks: [{ uuid: network.id }],
      },
    });
    await booted(server.id, 1);
    assert.match(await log(server.id), /remembers: the first/);
    await api.delete(`/compute/v2.1/servers/${server.id}`);
    await eventually(
      'the second server to be gone',
      async () => (await api.call('GET', `/compute/v2.1/servers/${server.id}`)).status === 404,
    );
  });

  test('is rescued by another disk, with its own beside', async () => {
    await act(machine.id, { rescue: null });
    await scenario.becomes(machine.id, 'RESCUE');
    await eventually(
      'the rescue to find its disk',
      async () => (await log(machine.id)).includes('beside: the first'),
      BOOT,
    );
    await eventually('the rescue to answer at its address', answers, BOOT);
    await act(machine.id, { unrescue: null });
    await scenario.becomes(machine.id, 'ACTIVE');
    assert.ok(!(await readdir(await folder(machine.id))).includes('rescue.qcow2'));
  });

  test('deleted nothing of it is left', async () => {
    await api.delete(`/compute/v2.1/servers/${machine.id}`);
    await eventually(
      'the server to be gone',
      async () => (await api.call('GET', `/compute/v2.1/servers/${machine.id}`)).status === 404,
    );
    const servers = path.dirname(path.dirname(await folder(machine.id)));
    assert.deepEqual(await readdir(servers), []);
    const { ports } = await cloud.traces();
    const { port_id: kept } = { port_id: container.portId };
    assert.deepEqual(
      ports!.filter((name) => name.startsWith('tap') && !name.startsWith(`tap${kept.slice(0, 11)}`))
        .length,
      1,
      'one metadata port of the network is left',
    );
  });
});
