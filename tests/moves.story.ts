import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { containerHosts, paths, readConfiguration } from '../src/core/configuration.ts';
import { Client } from './support/client.ts';
import { TestCloud } from './support/cloud.ts';
import { eventually } from './support/command.ts';

/** Servers that get other flavors and hosts, with the unmodified client, real containers and packets from outside. */
describe('moves', { timeout: 300_000 }, () => {
  let cloud: TestCloud;
  let client: Client;
  let hosts: readonly string[];
  let untouched: Record<string, string[]>;
  let id = '';
  let floating = '';

  before(async () => {
    cloud = await TestCloud.plan('moves');
    const options = {
      network: { resource_provider_bandwidths: ['br-ex:1000000:1000000'] },
      // Shelved servers wait on their hosts until they are sent away.
      compute: { shelved_offload_time: -1 },
    };
    writeFileSync(paths(cloud.home).options, JSON.stringify(options));
    await cloud.up(['--hosts', '2']);
    hosts = containerHosts(readConfiguration(cloud.home));
    client = new Client({
      ...(await cloud.credentials()),
      // The highest that the client speaks: host of a cold migration, of an unshelving.
      OS_COMPUTE_API_VERSION: '2.90',
    });
    untouched = await cloud.traces();
  });
  after(async () => {
    await client?.stop();
    await cloud.destroy();
  });
  afterEach((context) => {
    if ('passed' in context && context.passed === false) console.error(cloud.logs(40));
  });

  const openstack = async (line: string): Promise<string> => {
    const { code, stdout, stderr } = await client.run(line);
    assert.equal(code, 0, `openstack ${line}: ${stdout}${stderr}`);
    return stdout;
  };
  const json = async <T = Record<string, any>>(line: string): Promise<T> =>
    JSON.parse(await openstack(`${line} -f json`)) as T;
  const show = () => json(`server show ${id}`);
  const becomes = (status: string) =>
    eventually(
      status,
      async () => {
        const server = await show();
        if (server['status'] === 'ERROR') throw new Error(JSON.stringify(server['fault']));
        return server['status'] === status && server['OS-EXT-STS:task_state'] === null && server;
      },
      60_000,
    );
  const hostOf = async (): Promise<string> => (await show())['OS-EXT-SRV-ATTR:host'] as string;
  const otherThan = (host: string): string => hosts.find((one) => one !== host)!;
  /** Ids of the server's containers that run. */
  const containers = async (): Promise<string[]> => {
    const { stdout } = await cloud.docker(['ps', '-q', '-f', `label=ovenbird.server=${id}`]);
    return stdout.split('\n').filter(Boolean);
  };
  const inside = async (...args: string[]): Promise<string> => {
    const [container, ...more] = await containers();
    assert.deepEqual(more, [], 'it runs once');
    const { code, stdout, stderr } = await cloud.docker(['exec', container!, ...args]);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout.trim();
  };
  /** Memory in MiB and processors, as the container's own control groups limit it. */
  const limits = async (): Promise<[memory: number, processors: number]> => {
    const [container] = await containers();
    const format = '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}';
    const { stdout } = await cloud.docker(['inspect', '-f', format, container!]);
    const [memory, processors] = stdout.trim().split(' ').map(Number);
    const kernel = await inside(
      'sh',
      '-c',
      'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max',
    );
    assert.equal(Number(kernel), memory, 'what the kernel enforces');
    return [memory! / 2 ** 20, processors! / 1e9];
  };
  /** From outside, through the floating IP. */
  const answers = async () => {
    await eventually('a ping', () => cloud.pings(floating));
    const page = await eventually('the page', () => cloud.curl(`http://${floating}/`));
    assert.equal(page.trim(), 'the page');
  };
  /** Port, metadata and data of the server that it is. */
  const isWhole = async (data: string | undefined) => {
    await answers();
    const metadata = await inside(
      'wget', '-q', '-O-', 'http://169.254.169.254/openstack/latest/meta_data.json',
    ); // prettier-ignore
    assert.equal(JSON.parse(metadata).uuid, id);
    const found = await inside('sh', '-c', 'cat /data 2>/dev/null || echo nothing');
    assert.equal(found, data ?? 'nothing');
  };
  const write = (text: string) => inside('sh', '-c', `echo ${text} >/data`);

  /** MiB that placement is told. */
  const memoryOf = async (host: string): Promise<number> => {
    const providers = await json<Record<string, string>[]>('resource provider list');
    const { uuid } = providers.find(({ name }) => name === host)!;
    const inventory = await json<Record<string, any>[]>(`resource provider inventory list ${uuid}`);
    return inventory.find((one) => one['resource_class'] === 'MEMORY_MB')!['total'] as number;
  };

  test('two hosts of one machine offer what it has, once', async () => {
    const { stdout } = await cloud.docker(['info', '-f', '{{.MemTotal}}']);
    const whole = Number(stdout) / 2 ** 20;
    const sum = (await Promise.all(hosts.map(memoryOf))).reduce((all, one) => all + one, 0);
    assert.ok(sum <= whole && sum > whole - 4, `${sum} of ${whole} MiB`);
    for (const line of [
      'network create private',
      'subnet create private --network private --subnet-range 10.77.0.0/24',
      'router create r1',
      'router set --external-gateway public r1',
      'router add subnet r1 private',
      'security group create web',
      'security group rule create --protocol icmp web',
      'security group rule create --protocol tcp --dst-port 80 web',
      'flavor create --ram 64 --disk 1 --vcpus 1 little',
      'flavor create --ram 128 --disk 2 --vcpus 2 more',
      // The program of the image, so that it is there after each start.
      "image set --property 'os_command_line=mkdir -p /www; echo the page >/www/index.html; exec httpd -f -p 80 -h /www' busybox",
    ])
      await openstack(line);
    const server = await json(
      'server create --image busybox --flavor little --network private --security-group web --wait web1',
    );
    id = server['id'];
    floating = (await json('floating ip create public'))['floating_ip_address'];
    await openstack(`server add floating ip web1 ${floating}`);
    await isWhole(undefined);
    await write('first');
  });

  test('another flavor, on the same host: reverted, and confirmed', async () => {
    const host = await hostOf();
    assert.deepEqual(await limits(), [64, 1]);
    await openstack('server resize --flavor more web1');
    await becomes('VERIFY_RESIZE');
    assert.deepEqual(await limits(), [128, 2]);
    await isWhole('first');
    await openstack('server resize revert web1');
    await becomes('ACTIVE');
    assert.deepEqual(await limits(), [64, 1]);
    await isWhole('first');
    await openstack('server resize --flavor more --wait web1');
    await openstack('server resize confirm web1');
    const server = await becomes('ACTIVE');
    assert.equal(server['OS-EXT-SRV-ATTR:host'], host);
    assert.deepEqual(await limits(), [128, 2]);
  });

  test('backups: of each kind so many stay', async () => {
    for (const name of ['b1', 'b2', 'b3'])
      await openstack(`server backup create --name ${name} --type daily --rotate 2 --wait web1`);
    const images = await eventually('the oldest goes', async () => {
      const all = await json<{ Name: string; Status: string }[]>('image list');
      return !all.some(({ Name }) => Name === 'b1') && all;
    });
    assert.deepEqual(images.map(({ Name, Status }) => `${Name} ${Status}`).toSorted(), [
      'b2 active',
      'b3 active',
      'busybox active',
    ]);
    await answers();
    await openstack('image delete b2 b3');
  });

  test('put away, on its host and off it, it comes back with what it wrote', async () => {
    await write('shelved');
    await openstack('server shelve web1');
    await becomes('SHELVED');
    assert.deepEqual(await containers(), []);
    await openstack('server unshelve web1');
    await becomes('ACTIVE');
    await isWhole('shelved');
    const host = await hostOf();
    await openstack('server shelve web1');
    await becomes('SHELVED');
    await openstack('server shelve --offload web1');
    await becomes('SHELVED_OFFLOADED');
    const provider = await json<{ resources: object }[]>(`resource provider allocation show ${id}`);
    assert.deepEqual(provider, [], 'it takes nothing');
    const { stdout } = await cloud.docker(['ps', '-aq', '-f', `label=ovenbird.server=${id}`]);
    assert.equal(stdout, '', 'nothing of it is on its host');
    assert.ok(!(await cloud.pings(floating)));
    await openstack(`server unshelve web1`);
    await becomes('ACTIVE');
    await isWhole('shelved');
    assert.deepEqual(await limits(), [128, 2]);
    assert.ok(hosts.includes(host));
  });

  test('it goes to the other host and back, and stays there when that is confirmed', async () => {
    const from = await hostOf();
    const to = otherThan(from);
    await write('moved');
    await openstack('server migrate web1');
    const moved = await becomes('VERIFY_RESIZE');
    assert.equal(moved['OS-EXT-SRV-ATTR:host'], to);
    await isWhole('moved');
    await write('there');
    await openstack('server migrate revert web1');
    const back = await becomes('ACTIVE');
    assert.equal(back['OS-EXT-SRV-ATTR:host'], from);
    await isWhole('moved');
    await openstack(`server migrate --host ${to} --wait web1`);
    await openstack('server migrate confirm web1');
    assert.equal((await becomes('ACTIVE'))['OS-EXT-SRV-ATTR:host'], to);
    await isWhole('moved');
    const migrations = await json<Record<string, string>[]>('server migration list --server web1');
    assert.deepEqual(
      migrations.map((one) => [one['Type'], one['Status']]),
      [
        ['migration', 'confirmed'],
        ['migration', 'reverted'],
        ['resize', 'confirmed'],
        ['resize', 'reverted'],
      ],
    );
  });

  test('a flavor for which its host has no room takes it to the other one', async () => {
    const from = await hostOf();
    // Memory is given away one and a half times: a host has room for one of these.
    const large = (await memoryOf(from)) - 600;
    await openstack(`flavor create --ram ${large} --disk 2 --vcpus 1 large`);
    await openstack(
      `server create --image busybox --flavor large --nic none --availability-zone nova:${from} --wait beside`,
    );
    await openstack('server resize --flavor large web1');
    const server = await becomes('VERIFY_RESIZE');
    assert.equal(server['OS-EXT-SRV-ATTR:host'], otherThan(from));
    assert.equal((await limits())[0], large);
    await isWhole('moved');
    await openstack('server resize revert web1');
    assert.equal((await becomes('ACTIVE'))['OS-EXT-SRV-ATTR:host'], from);
    await isWhole('moved');
    await openstack('server delete --wait beside');
  });

  test('of a host that was killed it is made anew on the other one', async () => {
    const from = await hostOf();
    const agent = from === hosts[0] ? 'host-agent' : 'host-agent-2';
    const [before] = await containers();
    // Without a supervisor nobody starts the agent again.
    process.kill(await cloud.pidOf('supervisor'), 'SIGKILL');
    process.kill(await cloud.pidOf(agent), 'SIGKILL');
    await openstack(`compute service set --down ${from} nova-compute`);
    // This client fails at telling what it has done: it takes the answer for a server.
    const ordered = await client.run('server evacuate web1');
    assert.ok(ordered.code === 0 || /TupleWithMeta/.test(ordered.stderr), ordered.stderr);
    const server = await becomes('ACTIVE');
    assert.equal(server['OS-EXT-SRV-ATTR:host'], otherThan(from));
    assert.deepEqual((await containers()).length, 2, 'the other one was not stopped by anybody');
    await answers();
    await cloud.up();
    await openstack(`compute service set --up ${from} nova-compute`);
    await eventually(
      'the host that came back removes what it has',
      async () => !(await containers()).includes(before!),
      60_000,
    );
    await isWhole(undefined);
  });

  test('a port that was promised a bandwidth keeps it', async () => {
    for (const line of [
      'network create --share --provider-network-type flat --provider-physical-network public flat',
      'network qos policy create promise',
      'network qos rule create --type minimum-bandwidth --min-kbps 600000 --egress promise',
    ])
      await client.run(line);
    // The public network is on the bridge already: its own ports are promised something, too.
    const network = (await json('network show public'))['id'] as string;
    await openstack(`port create --network ${network} --qos-policy promise promised`);
    const server = await json(
      'server create --image busybox --flavor little --port promised --wait fast',
    );
    const providers = await json<Record<string, string>[]>('resource provider list');
    const bridge = providers.find(({ name }) => name === `${hosts[0]}:OVN Controller agent:br-ex`)!;
    const usage = async (): Promise<number> =>
      (await json<Record<string, any>[]>(`resource provider usage show ${bridge['uuid']}`)).find(
        (one) => one['resource_class'] === 'NET_BW_EGR_KILOBIT_PER_SEC',
      )!['usage'] as number;
    const allocation = async (): Promise<string[]> => {
      const port = await json('port show promised');
      return Object.values(port['binding_profile'].allocation ?? {}) as string[];
    };
    assert.deepEqual([await usage(), await allocation()], [600_000, [bridge['uuid']]]);
    await openstack('server shelve fast');
    const status = (wanted: string) =>
      eventually(wanted, async () => (await json('server show fast'))['status'] === wanted, 60_000);
    await status('SHELVED');
    await openstack('server shelve --offload fast');
    await status('SHELVED_OFFLOADED');
    assert.equal(await usage(), 0);
    await openstack('server unshelve fast');
    await status('ACTIVE');
    assert.deepEqual([await usage(), await allocation()], [600_000, [bridge['uuid']]]);
    // Nothing is left for another flavor at the same time, and the other host has no bridge of its own.
    const refused = await client.run('server resize --flavor more fast');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /No valid host/);
    await openstack(`server delete --wait ${server['id']}`);
    assert.equal(await usage(), 0);
    await openstack('port delete promised');
    await openstack('network qos policy delete promise');
  });

  test('nothing is left behind', async () => {
    for (const line of [
      'server delete --wait web1',
      `floating ip delete ${floating}`,
      'router remove subnet r1 private',
      'router delete r1',
      'network delete private',
      'security group delete web',
      'image list',
    ])
      await openstack(line);
    await eventually('the images that were made to move it go', async () => {
      const images = await json<{ Name: string }[]>('image list');
      return images.every(({ Name }) => Name === 'busybox');
    });
    await eventually('every trace is gone', async () => {
      assert.deepEqual(await cloud.traces(), untouched);
      return true;
    });
    assert.deepEqual(await cloud.differences(), []);
  });
});
