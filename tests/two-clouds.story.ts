import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TestCloud } from './support/cloud.ts';
import { command, eventually } from './support/command.ts';
import { Scenario } from './support/scenario.ts';

/** Two homes are two clouds: side by side on one machine, each with its own network and servers. */
describe('two clouds side by side', { timeout: 300_000 }, () => {
  let one: TestCloud;
  let two: TestCloud;

  before(async () => {
    one = await TestCloud.start('one');
    two = await TestCloud.start('two');
  });
  after(async () => {
    await one.destroy();
    await two.destroy();
  });

  test('each has its own servers, and a floating IP that answers', async () => {
    for (const cloud of [one, two]) {
      const scenario = new Scenario(cloud, await cloud.api('demo'));
      const network = await scenario.network('n', '10.0.0.0/24', { router: true });
      const server = await scenario.server('same-name', network.id, {
        groups: [await scenario.open()],
      });
      const floating = await scenario.floatingIp(server);
      await eventually(`a ping in ${cloud.name}`, () => cloud.pings(floating.address));
      const { servers } = await scenario.api.get('/compute/v2.1/servers');
      assert.equal(servers.length, 1, 'only its own server');
      const { stdout } = await cloud.openstack(['server', 'list', '-f', 'value', '-c', 'Name'], {
        user: 'demo',
      });
      assert.equal(stdout.trim(), 'same-name');
    }
  });

  test("a token of one is none of the other's", async () => {
    const api = await one.api('demo');
    const reply = await fetch(`http://127.0.0.1:${two.port}/compute/v2.1/servers`, {
      headers: { 'x-auth-token': api.token },
    });
    assert.equal(reply.status, 401);
  });

  test('reset empties one in a moment and leaves the other alone; its credentials stay good', async () => {
    await one.ovenbird(['reset', '--yes']);
    const { servers } = await (await one.api('demo')).get('/compute/v2.1/servers');
    assert.deepEqual(servers, []);
    const { containers, hostRows } = await one.traces();
    assert.deepEqual(containers, []);
    assert.deepEqual(hostRows, []);
    assert.deepEqual(await one.differences(), []);
    const images = await one.openstackJson<{ Name: string }[]>(['image', 'list']);
    assert.deepEqual(
      images.map(({ Name }) => Name),
      ['busybox'],
    );
    assert.equal((await (await two.api('demo')).get('/compute/v2.1/servers')).servers.length, 1);
  });

  test('remove takes everything of a cloud off the machine', async () => {
    await two.destroy();
    const namespaces = (await command('ip', ['netns', 'list'])).stdout;
    assert.doesNotMatch(namespaces, new RegExp(two.name));
    const links = (await command('ip', ['-o', 'link'])).stdout;
    assert.doesNotMatch(links, new RegExp(`ovb-${two.name}`));
    const tables = (await command('nft', ['list', 'tables'])).stdout;
    assert.doesNotMatch(tables, new RegExp(two.name));
    const processes = (await command('ps', ['-eo', 'args'])).stdout;
    assert.doesNotMatch(processes, new RegExp(two.home));
    // The other one has noticed nothing.
    assert.equal((await (await one.api('demo')).call('GET', '/compute/v2.1/servers')).status, 200);
  });
});
