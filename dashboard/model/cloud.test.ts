import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressesOf, cloudOf, flavorName, imageName, partOfProject, serverOf } from './cloud.ts';
import { matches, serverMatches, wordsOf } from './search.ts';
import { collections, floatingIp, network, portOf, router, server } from './testing.ts';

const port = portOf('web', 'private', '10.0.0.5');
const floating = floatingIp('172.24.4.9', 'public', port);

test('addresses come from the ports, with the floating IP of each', () => {
  const web = server('web');
  const cloud = cloudOf(
    collections({
      servers: [web],
      networks: [network('private')],
      ports: [port],
      floatingIps: [floating],
    }),
  );
  const expected = [{ network: 'private', address: '10.0.0.5', floating: ['172.24.4.9'] }];
  assert.deepEqual(addressesOf(cloud, web), expected);
  assert.equal(serverOf(cloud, floating), web);
});

test('where ports cannot be seen, what Nova tells is paired by MAC address', () => {
  const mac = { 'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01' };
  const web = server('web', {
    addresses: {
      private: [
        { addr: '10.0.0.5', version: 4, 'OS-EXT-IPS:type': 'fixed', ...mac },
        { addr: '172.24.4.9', version: 4, 'OS-EXT-IPS:type': 'floating', ...mac },
        { addr: '10.0.0.6', version: 4, 'OS-EXT-IPS:type': 'fixed' },
      ],
    },
  });
  assert.deepEqual(addressesOf(cloudOf(collections({ servers: [web] })), web), [
    { network: 'private', address: '10.0.0.5', floating: ['172.24.4.9'] },
    { network: 'private', address: '10.0.0.6', floating: [] },
  ]);
});

test('flavors and images are named as far as they are known, in both forms of Nova', () => {
  const flavors = [{ id: '1', name: 'm1.tiny', vcpus: 1, ram: 128, disk: 1 }];
  const cloud = cloudOf(collections({ flavors }));
  assert.equal(flavorName(cloud, server('a', { flavor: { id: '1' } })), 'm1.tiny');
  assert.equal(flavorName(cloud, server('a', { flavor: { original_name: 'old' } })), 'old');
  assert.equal(flavorName(cloud, server('a', { flavor: { id: '9' } })), '9');
  assert.equal(imageName(cloud, server('a', { image: '' })), 'none');
  assert.equal(imageName(cloud, server('a')), 'i1');
});

test("a project's part has its own things and what is shared with it, and nothing else", () => {
  const part = partOfProject(
    collections({
      networks: [
        network('own'),
        network('foreign', { project_id: 'p2' }),
        network('shared', { project_id: 'p2', shared: true }),
        network('public', { project_id: 'p2', 'router:external': true }),
        network('lent', { project_id: 'p2' }),
      ],
      ports: [portOf('web', 'lent', '10.9.0.1'), { ...port, project_id: 'p2' }],
      routers: [router('edge'), { ...router('theirs'), project_id: 'p2' }],
      servers: [server('web'), server('other', { tenant_id: 'p2' })],
    }),
    'p1',
  );
  assert.deepEqual(
    part.networks.map(({ id }) => id),
    ['own', 'shared', 'public', 'lent'],
  );
  assert.deepEqual(
    part.servers.map(({ id }) => id),
    ['web'],
  );
  assert.deepEqual(
    part.routers.map(({ id }) => id),
    ['edge'],
  );
  assert.equal(part.ports.length, 1);
});

test('search finds every word anywhere, in any case', () => {
  assert.ok(matches(wordsOf(' WEB  10.0 '), 'my-web', null, '10.0.0.5'));
  assert.ok(!matches(wordsOf('web 11'), 'my-web', '10.0.0.5'));
  assert.ok(matches([], 'anything'));
  const web = server('web', { status: 'SHUTOFF' });
  const cloud = cloudOf(
    collections({
      servers: [web],
      networks: [network('private')],
      ports: [port],
      floatingIps: [floating],
    }),
  );
  for (const text of ['shutoff', '172.24.4.9', 'private', 'm1.tiny']) {
    assert.ok(serverMatches(cloud, web, wordsOf(text)), text);
  }
  assert.ok(!serverMatches(cloud, web, wordsOf('active')));
});
