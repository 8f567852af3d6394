import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { CHECKS, diagnose, examine, type Facts } from './index.ts';
import { capabilityNames, findCgroups, namespaceMounts } from './gather.ts';
import { findListener, readListeners } from './listener.ts';
import { isAtLeast } from './programs.ts';

const GIB = 2 ** 30;

/** A machine on which all is well; each test plants what is not. */
const healthy: Facts = {
  home: '/var/lib/ovenbird',
  configuration: undefined,
  listen: { address: '127.0.0.1', port: 5000 },
  driver: 'docker',
  userId: 0,
  capabilities: capabilityNames('1ffffffffff'),
  kernel: '6.1.0-28-amd64',
  architecture: 'x64',
  nodeVersion: '24.21.0',
  modules: { openvswitch: 'absent', geneve: 'absent' },
  tunDevice: true,
  cgroups: { version: 2, controllers: ['cpu', 'memory', 'pids'] },
  appArmorProfile: undefined,
  mountAllowed: true,
  mountEntries: 30,
  namespaceMounts: { entries: 2, shared: true },
  listener: undefined,
  missingPrograms: [],
  qemu: { wanted: false, missing: [], accelerator: undefined },
  versions: {
    'ovs-vswitchd': '3.1.0',
    'ovn-northd': '23.03.1',
    postgres: '15.18',
    dockerd: '20.10.24',
  },
  engine: { kind: 'private', chosen: false, answers: false },
  postgresUser: true,
  impassableFolder: undefined,
  strayNamespaces: [],
  strayInterfaces: [],
  strayTables: [],
  stalePatchPorts: [],
  systemBridges: [],
  networks: [],
  nameOwner: undefined,
  disk: { free: 50 * GIB, total: 100 * GIB },
  memory: { available: 8 * GIB, total: 16 * GIB },
  now: Date.UTC(2026, 7, 1),
  newestFile: undefined,
};

const configuration: NonNullable<Facts['configuration']> = {
  home: healthy.home,
  name: 'main',
  id: '0',
  listen: healthy.listen,
  region: 'RegionOne',
  host: 'h1',
  external: { cidr: '172.24.4.0/24', machineAddress: '172.24.4.1' },
  driver: 'docker',
};

const QEMU = { program: 'qemu-img', package: 'qemu-utils' };

const planted: readonly (readonly [string, Partial<Facts>, string, RegExp])[] = [
  ['root', { userId: 1000 }, 'fatal', /1000/],
  ['capabilities', { capabilities: ['net_admin'] }, 'fatal', /cap_sys_admin/],
  [
    'apparmor',
    { mountAllowed: false, appArmorProfile: 'docker-default (enforce)' },
    'fatal',
    /docker-default/,
  ],
  ['apparmor', { appArmorProfile: 'x (enforce)' }, 'warning', /profile x/],
  ['postgres-user', { postgresUser: false }, 'fatal', /does not exist/],
  ['postgres-user', { impassableFolder: '/root' }, 'fatal', /\/root/],
  ['kernel-version', { kernel: '4.5.7' }, 'fatal', /4\.6/],
  ['datapath', { modules: { openvswitch: 'loaded', geneve: 'absent' } }, 'info', /not needed/],
  ['geneve', { modules: { openvswitch: 'absent', geneve: 'available' } }, 'info', /available/],
  ['tun', { tunDevice: false }, 'fatal', /missing/],
  ['qemu', { qemu: { wanted: false, missing: [QEMU], accelerator: undefined } }, 'info', /nobody/],
  [
    'qemu',
    { qemu: { wanted: true, missing: [QEMU], accelerator: undefined } },
    'fatal',
    /qemu-img/,
  ],
  [
    'qemu',
    { qemu: { wanted: true, missing: [], accelerator: { name: 'tcg', why: 'no KVM' } } },
    'warning',
    /no KVM/,
  ],
  ['cgroups', { cgroups: { version: undefined, controllers: [] } }, 'fatal', /none/],
  ['cgroups', { cgroups: { version: 1, controllers: ['cpu'] } }, 'warning', /memory, pids/],
  ['mount-table', { mountEntries: 40_000 }, 'warning', /40000/],
  [
    'namespace-mounts',
    { namespaceMounts: { entries: 5000, shared: false } },
    'warning',
    /5000 entries, not shared/,
  ],
  ['programs', { missingPrograms: [{ program: 'nft', package: 'nftables' }] }, 'fatal', /nft/],
  ['node', { nodeVersion: '20.20.2' }, 'fatal', /20\.20\.2/],
  ['version-ovn-northd', { versions: { 'ovn-northd': '22.12.0' } }, 'warning', /older than 23\.03/],
  [
    'engine',
    { engine: { kind: 'system', chosen: true, answers: false } },
    'fatal',
    /does not answer/,
  ],
  [
    'port',
    { listener: { pid: 7, command: 'nginx' } },
    'fatal',
    /127\.0\.0\.1:5000 .*nginx \(process 7\)/,
  ],
  [
    'external-network',
    { configuration, networks: [{ first: 0xac_18_00_00, length: 16, device: 'tun0' }] },
    'fatal',
    /172\.24\.0\.0\/16 on tun0/,
  ],
  ['name', { configuration, nameOwner: '/elsewhere' }, 'fatal', /\/elsewhere/],
  ['path-length', { home: `/${'x'.repeat(90)}` }, 'fatal', /too long/],
  [
    'leftovers',
    { strayNamespaces: ['ovb-old'], strayTables: ['ovenbird_old'] },
    'warning',
    /ovb-old.*ovenbird_old/,
  ],
  [
    'patch-ports',
    { stalePatchPorts: ['phy-br-ex', 'int-br-ex'] },
    'warning',
    /phy-br-ex, int-br-ex/,
  ],
  ['system-bridges', { systemBridges: ['br0'] }, 'info', /br0/],
  ['disk', { disk: { free: GIB / 4, total: GIB } }, 'fatal', /0\.3 GiB/],
  ['disk', { disk: { free: 2 * GIB, total: 100 * GIB } }, 'warning', /2\.0 GiB/],
  ['memory', { memory: { available: GIB / 4, total: GIB } }, 'fatal', /0\.3 GiB/],
  ['memory', { configuration, memory: { available: GIB / 4, total: GIB } }, 'warning', /0\.3 GiB/],
  ['clock', { now: 0 }, 'fatal', /1970/],
  ['clock', { newestFile: Date.UTC(2027, 0, 1) }, 'warning', /set back/],
];

describe('doctor', () => {
  test('finds nothing wrong with a machine on which all is well', () => {
    for (const finding of examine(healthy))
      assert.ok(finding.state === 'ok' || finding.state === 'info', JSON.stringify(finding));
  });

  for (const [id, facts, state, found] of planted)
    test(`${id}: ${state} when ${JSON.stringify(facts).slice(0, 60)}`, () => {
      const finding = examine({ ...healthy, ...facts }).find((entry) => entry.id === id)!;
      assert.equal(finding.state, state, finding.found);
      assert.match(finding.found, found);
      if (state === 'fatal' || state === 'warning') assert.ok(finding.cure, 'there is a cure');
    });

  test('every check is tried with a fault, and has a name of its own', () => {
    const tried = new Set(planted.map(([id]) => id));
    const versions = CHECKS.filter(
      ({ id }) => id.startsWith('version-') && id !== 'version-ovn-northd',
    );
    const untried = CHECKS.filter((check) => !tried.has(check.id) && !versions.includes(check));
    assert.deepEqual(
      untried.map(({ id }) => id),
      [],
    );
    assert.equal(new Set(CHECKS.map(({ id }) => id)).size, CHECKS.length);
  });

  test('its own port is no obstacle', () => {
    const port = examine({ ...healthy, configuration, listener: 'ours' }).find(
      ({ id }) => id === 'port',
    );
    assert.equal(port?.state, 'ok');
  });

  test('looks at this very machine', async () => {
    const findings = await diagnose('/var/lib/ovenbird-that-is-not-there');
    assert.equal(findings.length, CHECKS.length);
    assert.equal(findings.find(({ id }) => id === 'node')?.state, 'ok');
  });
});

test('versions are compared part by part', () => {
  assert.ok(isAtLeast('23.03.1', '23.03'));
  assert.ok(isAtLeast('24', '23.09'));
  assert.ok(!isAtLeast('3.1.0', '3.10'));
  assert.ok(!isAtLeast('23', '23.03'));
});

test("the kernel's tables are read", () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
   1: 0100007F:1389 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
   2: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4713 1
   3: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 4714 1`;
  assert.deepEqual(readListeners(tcp), [
    { address: '127.0.0.1', port: 5000, inode: '4711' },
    { address: '::', port: 80, inode: '4713' },
    { address: '127.0.0.1', port: 81, inode: '4714' },
  ]);
  const mounts = [
    '1 0 254:0 / / rw shared:1 - ext4 /dev/vda rw',
    '2 1 0:5 / /run rw - tmpfs tmpfs rw',
    '3 2 0:6 net:[1] /run/netns/a rw shared:7 - nsfs nsfs rw',
    '4 1 0:7 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
    '5 1 0:8 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids',
  ];
  assert.deepEqual(namespaceMounts(mounts), { entries: 1, shared: false });
  assert.deepEqual(findCgroups(mounts), { version: 1, controllers: ['cpu', 'pids'] });
  assert.deepEqual(capabilityNames('0000000000001000'), ['net_admin']);
});

test('who listens is a cloud only when one of its components does', async () => {
  const program = `const server = require('node:net').createServer();
    server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;
  for (const [component, who] of [
    [undefined, /-e/],
    ['control-plane', /^the cloud in \/var\/lib\/other$/],
  ] as const) {
    const { OVENBIRD_COMPONENT: _, ...environment } = process.env;
    const child = spawn(process.execPath, ['-e', program], {
      env: {
        ...environment,
        OVENBIRD_HOME: '/var/lib/other',
        ...(component === undefined ? {} : { OVENBIRD_COMPONENT: component }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [port] = (await once(child.stdout, 'data')) as [Buffer];
      const found = findListener({ address: '127.0.0.1', port: Number(port) }, undefined);
      assert.ok(typeof found === 'object');
      assert.equal(found.pid, child.pid);
      assert.match(found.command, who);
    } finally {
      child.kill();
    }
  }
});
