import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ApiClient } from './support/api.ts';
import { TestCloud } from './support/cloud.ts';
import { command, eventually } from './support/command.ts';
import { Scenario, type Server } from './support/scenario.ts';

/** Who can see what, and who can reach whom: between projects and between security groups. */
describe('isolation', { timeout: 300_000 }, () => {
  let cloud: TestCloud;
  let admin: Scenario;
  let demo: Scenario;

  before(async () => {
    cloud = await TestCloud.start('iso');
    admin = new Scenario(cloud, await cloud.api('admin'));
    demo = new Scenario(cloud, await cloud.api('demo'));
  });
  after(async () => {
    await cloud.destroy();
  });

  test("another project's things are not found, not forbidden, and not in lists", async () => {
    const network = await demo.network('mine', '10.9.0.0/24');
    const server = await demo.server('mine', network.id);
    const stranger = await otherProject(cloud, admin.api);
    const single = [
      `/compute/v2.1/servers/${server.id}`,
      `/network/v2.0/networks/${network.id}`,
      `/network/v2.0/subnets/${network.subnetId}`,
      `/network/v2.0/ports/${server.portId}`,
    ];
    for (const path of single) assert.equal((await stranger.call('GET', path)).status, 404, path);
    for (const path of single)
      assert.equal((await stranger.call('DELETE', path)).status, 404, path);
    assert.equal(
      (
        await stranger.call('POST', `/compute/v2.1/servers/${server.id}/action`, {
          'os-stop': null,
        })
      ).status,
      404,
    );
    assert.deepEqual((await stranger.get('/compute/v2.1/servers')).servers, []);
    assert.deepEqual((await stranger.get('/network/v2.0/ports')).ports, []);
    const networks = (await stranger.get('/network/v2.0/networks')).networks as { name: string }[];
    assert.deepEqual(
      networks.map(({ name }) => name),
      ['public'],
    );
    // And the owner still has all of it.
    assert.equal((await demo.api.call('GET', `/compute/v2.1/servers/${server.id}`)).status, 200);
    await demo.remove(server);
  });

  test('servers of one network but two security groups meet only where a rule lets them', async () => {
    const network = await demo.network('shared', '10.9.1.0/24');
    const inside = await demo.securityGroup('inside');
    const outside = await demo.securityGroup('outside');
    const a = await demo.server('a', network.id, { groups: [inside], userData: SERVE });
    const b = await demo.server('b', network.id, { groups: [inside] });
    const c = await demo.server('c', network.id, { groups: [outside] });
    const reaches = async (from: Server, to: Server) =>
      (await cloud.inside(from.id, ['nc', '-w', '2', to.address, '8080'])).stdout.includes(
        'served',
      );
    // Without any rule the groups let nothing in.
    assert.equal(await reaches(b, a), false);
    const rule = await demo.rule(inside, { protocol: 'tcp', port: 8080, remoteGroup: inside });
    await eventually('the member of the group', () => reaches(b, a));
    assert.equal(await reaches(c, a), false, 'the stranger stays out');
    await demo.api.delete(`/network/v2.0/security-group-rules/${rule}`);
    await eventually('the rule to be gone', async () => !(await reaches(b, a)));
    for (const server of [a, b, c]) await demo.remove(server);
  });

  test('a removed rule stops a connection that is established', async () => {
    const network = await demo.network('talk', '10.9.2.0/24');
    const group = await demo.securityGroup('talk');
    const rule = await demo.rule(group, { protocol: 'tcp', port: 9000 });
    const a = await demo.server('listener', network.id, { groups: [group] });
    const b = await demo.server('talker', network.id, { groups: [group] });
    // The talker writes a line every 0.2 s through one connection; the listener keeps what arrives.
    await cloud.docker([
      'exec',
      '-d',
      `nova-${a.id}`,
      'sh',
      '-c',
      'sleep 1000 | nc -l -p 9000 > /tmp/heard',
    ]);
    await cloud.docker([
      'exec', '-d', `nova-${b.id}`, 'sh', '-c',
      `sleep 0.5; while true; do date +%s%N; sleep 0.2; done | nc ${a.address} 9000`,
    ]); // prettier-ignore
    const heard = async () =>
      Number((await cloud.inside(a.id, ['wc', '-l', '/tmp/heard'])).stdout.trim().split(' ')[0]);
    await eventually('lines to arrive', async () => (await heard()) > 3);
    const control = await heard();
    await eventually(
      'more lines while the rule is there',
      async () => (await heard()) > control + 3,
    );
    await demo.api.delete(`/network/v2.0/security-group-rules/${rule}`);
    await eventually('silence', async () => {
      const before = await heard();
      await new Promise((resolve) => setTimeout(resolve, 1500));
      return (await heard()) === before;
    });
    for (const server of [a, b]) await demo.remove(server);
  });

  test('overlapping addresses of two projects do not meet', async () => {
    const mine = await demo.network('same', '10.9.3.0/24');
    const theirs = await admin.network('same', '10.9.3.0/24');
    const a = await demo.server('a', mine.id, {
      address: '10.9.3.10',
      groups: [await demo.open()],
    });
    const b = await demo.server('b', mine.id, {
      address: '10.9.3.11',
      groups: [await demo.open()],
    });
    const stranger = await admin.server('stranger', theirs.id, {
      address: '10.9.3.11',
      groups: [await admin.open()],
    });
    const lonely = await admin.server('lonely', theirs.id, {
      address: '10.9.3.12',
      groups: [await admin.open()],
    });
    const ping = async (from: Server, to: string) =>
      (await cloud.inside(from.id, ['ping', '-c', '1', '-W', '1', to])).code === 0;
    await eventually('the own neighbour', () => ping(a, '10.9.3.11'));
    assert.equal(await ping(a, '10.9.3.12'), false, "the other project's server is not there");
    await eventually('the other neighbour', () => ping(stranger, '10.9.3.12'));
    // Each asks the metadata service from the same address and is told about itself.
    const uuid = async (server: Server) =>
      JSON.parse(
        (
          await cloud.inside(server.id, [
            'wget',
            '-q',
            '-O-',
            'http://169.254.169.254/openstack/latest/meta_data.json',
          ])
        ).stdout,
      ).uuid;
    assert.equal(await uuid(b), b.id);
    assert.equal(await uuid(stranger), stranger.id);
    for (const server of [a, b]) await demo.remove(server);
    for (const server of [stranger, lonely]) await admin.remove(server);
  });

  test('servers reach what the machine reaches, under its address', async () => {
    // A machine beyond this one: a namespace with a link of its own.
    const outside = `${cloud.name}-out`;
    const ip = async (...args: string[]) => {
      const output = await command('ip', args);
      assert.equal(output.code, 0, output.stderr);
    };
    await ip('netns', 'add', outside);
    try {
      await ip(
        'link',
        'add',
        `${cloud.name}o`,
        'type',
        'veth',
        'peer',
        'name',
        'eth0',
        'netns',
        outside,
      );
      await ip('addr', 'add', '198.51.100.1/24', 'dev', `${cloud.name}o`);
      await ip('link', 'set', `${cloud.name}o`, 'up');
      await ip('-n', outside, 'addr', 'add', '198.51.100.2/24', 'dev', 'eth0');
      await ip('-n', outside, 'link', 'set', 'eth0', 'up');
      await command('sysctl', ['-q', `net.ipv4.conf.${cloud.name}o.forwarding=1`]);
      const network = await demo.network('out', '10.9.4.0/24', { router: true });
      const server = await demo.server('out', network.id, { groups: [await demo.open()] });
      // The outside knows no way to 172.24.4.0/24: an answer proves that it saw the machine's own address.
      await eventually(
        'an answer from outside',
        async () =>
          (await cloud.inside(server.id, ['ping', '-c', '1', '-W', '1', '198.51.100.2'])).code ===
          0,
      );
      await demo.remove(server);
    } finally {
      await command('ip', ['netns', 'del', outside]);
    }
  });
});

const SERVE = `#!/bin/sh
while true; do echo served | nc -l -p 8080; done
`;

/** A user with a project that has nothing to do with the others. */
async function otherProject(cloud: TestCloud, admin: ApiClient): Promise<ApiClient> {
  const { project } = await admin.post('/identity/v3/projects', { project: { name: 'stranger' } });
  const { user } = await admin.post('/identity/v3/users', {
    user: { name: 'stranger', password: 'not-a-secret-1' },
  });
  const { roles } = await admin.get('/identity/v3/roles?name=member');
  await admin.put(
    `/identity/v3/projects/${project.id}/users/${user.id}/roles/${roles[0].id}`,
    undefined,
  );
  const { ApiClient } = await import('./support/api.ts');
  return ApiClient.login(
    `http://127.0.0.1:${cloud.port}`,
    'stranger',
    'not-a-secret-1',
    'stranger',
  );
}
