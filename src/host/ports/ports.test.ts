import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { run } from '../command.ts';
import { configureCommands, isConfigured } from './commands.ts';
import { ifPossible, ipBatch, line, links, namedNamespace } from './ip.ts';

const wish = {
  portId: '01234567-89ab-4000-8000-000000000000',
  networkId: 'n',
  mac: 'fa:16:3e:00:00:01',
  mtu: 1400,
  addresses: ['192.0.2.5/24', '2001:db8::5/64'],
  routes: [
    { destination: '0.0.0.0/0', nextHop: '192.0.2.1' },
    { destination: '169.254.169.254/32', nextHop: '198.51.100.1' },
    { destination: '::/0', nextHop: '2001:db8::1' },
    { destination: '203.0.113.0/24', nextHop: undefined },
  ],
  device: 'eth0',
  position: 0,
};

describe('ip commands', () => {
  const name = `ovbt-ip-${process.pid}`;
  const file = namedNamespace(name);
  before(() => run('ip', ['netns', 'add', name]));
  after(() => run('ip', ['netns', 'delete', name]));

  it('configure a link, and again when it changes', async () => {
    const second = {
      ...wish,
      device: 'eth1',
      mac: 'fa:16:3e:00:00:02',
      addresses: ['192.0.2.6/24'],
      position: 1,
    };
    await ipBatch(
      [wish, second].map(({ device, mac }) =>
        line('link', 'add', device, 'address', mac, 'type', 'veth', 'peer', 'name', `p-${device}`),
      ),
      file,
    );
    await ipBatch(
      ['p-eth0', 'p-eth1'].map((device) => line('link', 'set', device, 'up')),
      file,
    );
    await ipBatch(configureCommands([wish, { ...second, routes: wish.routes.slice(0, 1) }]), file);
    const inside = await links(file);
    const link = inside.find(({ ifname }) => ifname === 'eth0');
    assert.ok(isConfigured(wish, link));
    assert.ok(!isConfigured({ ...wish, addresses: ['192.0.2.7/24'] }, link));
    const routes = async (family: string) =>
      (await run('ip', ['-netns', name, family, 'route'])).stdout;
    assert.match(await routes('-4'), /default via 192\.0\.2\.1 dev eth0 metric 100 onlink/);
    assert.match(await routes('-4'), /default via 192\.0\.2\.1 dev eth1 metric 101 onlink/);
    assert.match(await routes('-4'), /169\.254\.169\.254 via 198\.51\.100\.1 dev eth0 onlink/);
    assert.match(await routes('-4'), /203\.0\.113\.0\/24 dev eth0/);
    assert.match(await routes('-6'), /default via 2001:db8::1 dev eth0 metric 1124/);
    await ipBatch(configureCommands([{ ...wish, addresses: ['192.0.2.7/24'], routes: [] }]), file);
    const again = (await links(file)).find(({ ifname }) => ifname === 'eth0');
    const addresses = again?.addr_info
      ?.map(({ local }) => local)
      .filter((local) => !local?.startsWith('fe80'));
    assert.deepEqual(addresses, ['192.0.2.7']);
  });

  it('tell what failed and was not tolerated, and carry out the rest', async () => {
    await assert.rejects(
      ipBatch(
        [
          ifPossible('link', 'del', 'none0'),
          line('link', 'set', 'none1', 'up'),
          line('link', 'add', 'dummy7', 'type', 'veth', 'peer', 'name', 'dummy8'),
        ],
        file,
      ),
      (error: Error) =>
        /ip link set none1 up: .*none1/.test(error.message) && !/none0/.test(error.message),
    );
    assert.ok((await links(file)).some(({ ifname }) => ifname === 'dummy7'));
    await ipBatch([ifPossible('link', 'del', 'none0')], file);
  });

  it('refuse words that would be more than one, and namespaces that are not there', async () => {
    await assert.rejects(ipBatch([line('link', 'set', 'x\nlink del eth0')], file), TypeError);
    await assert.rejects(ipBatch([line('link', 'show')], namedNamespace('ovbt-none')), /ovbt-none/);
  });
});
