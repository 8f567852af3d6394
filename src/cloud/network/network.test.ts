import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { cloudOf, cloudOfMetadataNamespace } from '../cloud.ts';
import {
  chooseExternalNetwork,
  formatAddress,
  formatNetwork,
  lastAddress,
  overlaps,
  parseAddress,
  parseNetwork,
} from './address.ts';
import { chooseChain } from './firewall.ts';
import { defaultInterfacesOf, readRoutes } from './machine.ts';
import { masqueradeRules } from './masquerade.ts';

const unfit = process.getuid?.() === 0 ? false : 'needs root: namespaces';

const network = (text: string) => {
  const value = parseNetwork(text);
  assert.ok(value, text);
  return value;
};

test('addresses and networks are read strictly and written back', () => {
  for (const text of ['0.0.0.0', '172.24.4.1', '255.255.255.255'])
    assert.equal(formatAddress(parseAddress(text)!), text);
  for (const text of ['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '1.2.3.x', '-1.2.3.4'])
    assert.equal(parseAddress(text), undefined, text);
  assert.equal(formatNetwork(network('172.24.4.0/24')), '172.24.4.0/24');
  assert.equal(formatAddress(lastAddress(network('172.24.4.0/22'))), '172.24.7.255');
  for (const text of ['172.24.4.1/24', '172.24.4.0', '172.24.4.0/33', '172.24.4.0/24/1', 'x/24'])
    assert.equal(parseNetwork(text), undefined, text);
});

test('networks overlap when one holds the other, not when they touch', () => {
  assert.ok(overlaps(network('172.24.0.0/16'), network('172.24.4.0/24')));
  assert.ok(overlaps(network('172.24.4.0/24'), network('172.24.0.0/16')));
  assert.ok(!overlaps(network('172.24.4.0/24'), network('172.24.5.0/24')));
});

test('a second cloud gets the next external network that nothing uses', () => {
  const text = (used: string[]) => formatNetwork(chooseExternalNetwork(used.map(network))!);
  assert.equal(text([]), '172.24.4.0/24');
  assert.equal(text(['172.24.4.0/24', '10.0.0.0/8']), '172.24.5.0/24');
  assert.equal(text(['172.24.4.0/24', '172.24.5.128/25']), '172.24.6.0/24');
  assert.equal(chooseExternalNetwork([network('172.0.0.0/8')]), undefined);
});

test("the machine's routes are read without its default route", () => {
  const json = JSON.stringify([
    { dst: 'default', gateway: '192.0.2.1', dev: 'eth0' },
    { dst: '192.0.2.0/24', dev: 'eth0' },
    { dst: '10.9.8.7', dev: 'wg0' },
    { type: 'blackhole', dst: '10.0.0.0/8' },
  ]);
  assert.deepEqual(
    readRoutes(json).map((entry) => `${formatNetwork(entry)} ${entry.device}`),
    ['192.0.2.0/24 eth0', '10.9.8.7/32 wg0'],
  );
  assert.deepEqual(readRoutes('\n'), []);
});

test('the interfaces of default routes', () => {
  const text = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0
`;
  assert.deepEqual(defaultInterfacesOf(text), ['eth0', 'wlan0']);
});

/** Runs a module's lines in a network namespace and with a /run of their own: the machine's stay as they are. */
const elsewhere = (lines: string): string =>
  execFileSync(
    'unshare',
    [
      '--net',
      '--mount',
      'sh',
      '-c',
      'mount -t tmpfs none /run && ip link add a0 type veth peer name b0 && exec "$0" --input-type=module -e "$1"',
      process.execPath,
      lines,
    ],
    { encoding: 'utf8' },
  );

test('forwarding is given back by the last cloud that needed it', { skip: unfit }, () => {
  const module = new URL('./forwarding.ts', import.meta.url).href;
  const output = elsewhere(`
    import { readFileSync, writeFileSync } from 'node:fs';
    import { requestForwarding, releaseForwarding } from '${module}';
    const cloud = (name) => ({ namespace: 'ovb-' + name, configuration: { home: '/' + name } });
    const file = (device) => '/proc/sys/net/ipv4/conf/' + device + '/forwarding';
    const value = (device) => readFileSync(file(device), 'utf8').trim();
    const all = [];
    writeFileSync(file('a0'), '0');
    writeFileSync(file('b0'), '1');
    all.push(requestForwarding(cloud('x'), ['a0', 'b0', 'absent']));
    all.push(requestForwarding(cloud('x'), ['a0', 'b0']));
    all.push(requestForwarding(cloud('y'), ['a0']));
    all.push(value('a0'), value('b0'));
    releaseForwarding(cloud('x'));
    all.push(value('a0'), value('b0'));
    releaseForwarding(cloud('y'));
    releaseForwarding(cloud('y'));
    all.push(value('a0'), value('b0'));
    console.log(JSON.stringify(all));
  `);
  assert.deepEqual(JSON.parse(output), [['a0'], ['a0'], ['a0'], '1', '1', '1', '1', '0', '1']);
});

test("rules go where the machine's Docker expects them, and nowhere when nothing is dropped", () => {
  assert.equal(chooseChain('-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-N DOCKER-USER\n'), undefined);
  assert.equal(chooseChain('-P FORWARD DROP\n-N DOCKER-USER\n'), 'DOCKER-USER');
  assert.equal(chooseChain('-P FORWARD DROP\n'), 'FORWARD');
});

test('masquerading is for the veth alone, and interfaces we opened stay closed to others', () => {
  const cloud = cloudOf({
    home: '/x',
    name: 'abc',
    id: '0',
    listen: { address: '127.0.0.1', port: 5000 },
    region: 'RegionOne',
    host: 'h',
    external: { cidr: '172.24.4.0/24', machineAddress: '172.24.4.1' },
    driver: 'docker',
  });
  const rules = masqueradeRules(cloud, ['ovb-abc', 'eth0']);
  assert.match(
    rules,
    /iifname "ovb-abc" oifname != "ovb-abc" ip saddr 172\.24\.4\.0\/24 masquerade/,
  );
  assert.match(rules, /iifname "eth0" oifname != "ovb-\*" drop/);
  assert.doesNotMatch(rules, /iifname "ovb-abc" oifname != "ovb-\*" drop/);
  assert.doesNotMatch(masqueradeRules(cloud, []), /eth0/);
});

test('the cloud of a metadata namespace is its last word', () => {
  assert.equal(cloudOfMetadataNamespace('ovnmeta-f1fea1f7-78cb-my-host-main'), 'main');
  assert.equal(cloudOfMetadataNamespace('ovnmeta-f1fea1f7-78cb-56b2-9c41-aaaaaaaaaaaa'), undefined);
  assert.equal(cloudOfMetadataNamespace('ovb-main'), undefined);
});
