import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import type { Logger } from '../../../core/log.ts';
import { refuses, startTestNetworkService, type TestNetworkService } from '../testing.ts';
import { assemble } from './assembly.ts';
import { loadDrivers } from './load.ts';

/** The driver on the documentation's page, as a person would install it. */
function installed(home: string, name: string): void {
  const page = new URL('../../../../docs/network-drivers.md', import.meta.url);
  const code = /```js\n(.*?)```/s.exec(readFileSync(page, 'utf8'))![1]!;
  const folder = path.join(home, 'drivers', 'node_modules', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'index.js'), code);
  const manifest = { name, version: '1.0.0', type: 'module', main: 'index.js' };
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest));
}

const NAME = 'ovenbird-colors';
const home = mkdtempSync(path.join(tmpdir(), 'ovb-drivers-'));
const committed: string[][] = [];
let cloud: TestNetworkService;

before(async () => {
  installed(home, NAME);
  const log = pino(
    { level: 'info' },
    {
      write(line: string) {
        const { objects } = JSON.parse(line) as { objects?: string[] };
        if (objects) committed.push(objects);
      },
    },
  ) as Logger;
  cloud = await startTestNetworkService({ drivers: await loadDrivers([NAME], home, log) });
});

after(async () => {
  await cloud.stop();
  rmSync(home, { recursive: true, force: true });
});

test('a driver from outside brings an alias, an attribute and a resource', async () => {
  const member = cloud.member();
  const { extension } = await cloud.call('get_extension', { params: { alias: 'colors' } });
  assert.equal(extension.name, 'Colors');

  const network = await cloud.create(member, 'network', { name: 'n', color: 'red' });
  assert.equal(network['color'], 'red');
  assert.equal(network['mtu'], 1442);
  await cloud.update(member, 'network', network['id'], { color: 'blue', name: 'm' });
  const [shown] = await cloud.list(member, 'networks', { fields: ['color', 'name'] });
  assert.deepEqual(shown, { color: 'blue', name: 'm' });
  const plain = await cloud.create(member, 'network', { name: 'plain' });
  assert.equal(plain['color'], null);
  await refuses(
    'HTTPBadRequest',
    /Invalid input for color. Reason: 'mauve' is not one of red, green, blue/,
    cloud.create(member, 'network', { color: 'mauve' }),
  );
  await cloud.remove(member, 'network', network['id']);

  const palette = await cloud.create(member, 'palette', { name: 'p', color: 'green' });
  await cloud.update(member, 'palette', palette['id'], { color: 'red' });
  assert.equal((await cloud.list(member, 'palettes', { color: ['red'] })).length, 1);
  await refuses(
    'PaletteNotFound',
    /could not be found/,
    cloud.show(cloud.member(), 'palette', palette['id']),
  );
  await cloud.remove(member, 'palette', palette['id']);
});

test('it sees every commit, also those of ports that compute makes', async () => {
  const member = cloud.member();
  committed.length = 0;
  const { network, subnet } = await cloud.net(member, '10.9.0.0/24');
  const port = await cloud.create(member, 'port', { network_id: network['id'] });
  await cloud.update(member, 'port', port['id'], { name: 'x' });
  const server = await cloud.database.transaction().execute(async (transaction) => {
    const change = cloud.service.change(transaction);
    const made = await change.createPort(member, {
      networkId: network['id'],
      deviceId: 'server',
      deviceOwner: 'compute:nova',
    });
    return { made, change };
  });
  await server.change.settled();
  await cloud.remove(member, 'port', port['id']);
  const flat = committed.flat();
  const count = (object: string) => flat.filter((each) => each === object).length;
  assert.ok(flat.includes(`network:${network['id']}`) && flat.includes(`subnet:${subnet['id']}`));
  assert.equal(count(`port:${port['id']}`), 3, 'made, changed, deleted');
  assert.equal(count(`port:${server.made.id}`), 1);
});

test('it may refuse a commit: then nothing happened', async () => {
  const member = cloud.member();
  const { network } = await cloud.net(member, '10.10.0.0/24');
  await refuses(
    'NameForbidden',
    /choose another name/,
    cloud.update(member, 'network', network['id'], { name: 'forbidden' }),
  );
  assert.equal((await cloud.show(member, 'network', network['id']))['name'], 'n');
});

test('drivers that cannot be loaded say what to do; what is taken is refused', async () => {
  const log = pino({ level: 'silent' }) as Logger;
  await assert.rejects(
    loadDrivers(['ovenbird-nowhere'], home, log),
    /the network driver 'ovenbird-nowhere' cannot be loaded: .*Install it below .*drivers/s,
  );
  const bad = path.join(home, 'drivers', 'bad.mjs');
  writeFileSync(bad, 'export const driver = 1;');
  await assert.rejects(loadDrivers([bad], home, log), /default export is not a function/);
  const twice = { name: 'a', aliases: [{ alias: 'x', name: 'x', description: '' }] };
  assert.throws(() => assemble([twice, { ...twice, name: 'b' }]), /bring the alias 'x'/);
});
