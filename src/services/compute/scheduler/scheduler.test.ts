import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Aggregate } from '../aggregates/model.ts';
import type { Host } from '../hosts/directory.ts';
import type { ServerGroup } from '../server_groups/model.ts';
import type { ProviderUsage } from '../../placement/index.ts';
import { explain } from './explain.ts';
import { meets } from './extra-specs.ts';
import { resourcesOf } from './resources.ts';
import { chooseHosts } from './schedule.ts';
import type { Cloud, HostState, Need } from './state.ts';

interface Made {
  readonly driver?: string;
  readonly architecture?: string;
  readonly zone?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly disabled?: boolean;
  readonly up?: boolean;
  readonly memory?: number;
  readonly used?: number;
  readonly vcpus?: number;
  readonly traits?: readonly string[];
  readonly members?: number;
  readonly known?: readonly string[];
  /** Free kilobits a second of each bridge to the physical network `public`. */
  readonly bridges?: Readonly<Record<string, number>>;
}

const inventory = (total: number, used = 0) => ({
  total,
  used,
  reserved: 0,
  min_unit: 1,
  max_unit: total,
  step_size: 1,
  allocation_ratio: 1,
});

function cloudOf(made: Readonly<Record<string, Made>>): Cloud {
  const states = Object.entries(made).map(([name, has]): HostState => ({
    host: {
      name,
      id: name,
      disabled: has.disabled ?? false,
      disabled_reason: null,
      forced_down: false,
      up: has.up ?? true,
      live: {
        driver: has.driver ?? 'fake',
        architecture: has.architecture ?? 'x86_64',
        heartbeat: 0,
      },
    } as unknown as Host,
    provider: {
      id: name,
      inventories: {
        VCPU: inventory(has.vcpus ?? 8),
        MEMORY_MB: inventory(has.memory ?? 4096, has.used),
        DISK_GB: inventory(100),
        CUSTOM_GOLD: inventory(2),
      },
      traits: new Set(has.traits),
    } as unknown as ProviderUsage,
    nested: Object.entries(has.bridges ?? {}).map(
      ([bridge, free]) =>
        ({
          id: `${name}:${bridge}`,
          name: `${name}:${bridge}`,
          inventories: { NET_BW_EGR_KILOBIT_PER_SEC: inventory(1000, 1000 - free) },
          traits: new Set(['CUSTOM_PHYSNET_PUBLIC', 'CUSTOM_VNIC_TYPE_NORMAL']),
        }) as unknown as ProviderUsage,
    ),
    zone: has.zone ?? 'nova',
    aggregates: has.metadata ? [{ metadata: has.metadata } as unknown as Aggregate] : [],
    servers: has.members ?? 0,
    known: new Set(has.known),
    members: has.members ?? 0,
  }));
  return {
    states,
    aggregateKeys: new Set(
      states.flatMap(({ aggregates }) =>
        aggregates.flatMap(({ metadata }) => Object.keys(metadata)),
      ),
    ),
    groupHosts: new Set(states.filter(({ members }) => members > 0).map(({ host }) => host.name)),
  };
}

const flavorOf = (extraSpecs: Readonly<Record<string, string>> = {}) => ({
  id: 'f',
  name: 'f',
  vcpus: 1,
  memoryMb: 512,
  rootGb: 1,
  ephemeralGb: 0,
  swapMb: 0,
  extraSpecs,
});

const imageOf = (containerFormat: string, diskFormat: string, hypervisorType?: string) => ({
  containerFormat,
  diskFormat,
  hypervisorType,
  size: 1,
  checksum: undefined,
  hashAlgorithm: undefined,
  hashValue: undefined,
  command: undefined,
});

const needOf = (values: Partial<Need> = {}): Need => ({
  projectId: 'p',
  flavor: flavorOf(),
  image: imageOf('docker', 'raw'),
  imageProperties: {},
  zone: undefined,
  host: undefined,
  isForced: false,
  group: undefined,
  sameHost: [],
  differentHost: [],
  groups: [],
  ...values,
});

const groupOf = (policy: ServerGroup['policy'], most?: number): ServerGroup => ({
  id: 'g',
  projectId: 'p',
  userId: 'u',
  name: 'g',
  policy,
  rules: most === undefined ? {} : { max_server_per_host: most },
  members: [],
});

const chosen = (cloud: Cloud, need: Partial<Need> = {}): string[] =>
  chooseHosts(cloud, needOf(need)).choices.map(({ host }) => host.name);

const refused = (cloud: Cloud, need: Partial<Need> = {}): Record<string, string> =>
  Object.fromEntries(
    chooseHosts(cloud, needOf(need)).refusals.map(({ host, filter, reason }) => [
      host,
      `${filter}: ${reason}`,
    ]),
  );

describe('scheduler', () => {
  test('containers and virtual machines side by side, told apart by image and its properties', () => {
    const cloud = cloudOf({ vm: { driver: 'qemu' }, box: { driver: 'docker' } });
    assert.deepEqual(chosen(cloud), ['box']);
    assert.deepEqual(chosen(cloud, { image: imageOf('bare', 'qcow2') }), ['vm']);
    assert.deepEqual(chosen(cloud, { image: imageOf('bare', 'raw') }), ['box', 'vm']);
    assert.deepEqual(chosen(cloud, { image: imageOf('bare', 'raw', 'qemu') }), ['vm']);
    assert.match(
      refused(cloud, { image: imageOf('bare', 'raw', 'xen') })['vm']!,
      /^ImagePropertiesFilter: .*hypervisor type xen/,
    );
    const arm = refused(cloud, { imageProperties: { hw_architecture: 'aarch64' } });
    assert.match(arm['box']!, /it is x86_64, the image is for aarch64/);
  });

  test('aggregates: what flavors ask of them, whom and which images they are for', () => {
    const cloud = cloudOf({
      docker: {
        metadata: { docker: 'true', availability_zone: 'docker-zone' },
        zone: 'docker-zone',
      },
      ssd: { metadata: { disk: 'ssd,nvme', filter_tenant_id: 'p,q' } },
      plain: {},
    });
    const flavor = (specs: Record<string, string>) => ({ flavor: flavorOf(specs) });
    assert.deepEqual(chosen(cloud, { zone: 'docker-zone' }), ['docker']);
    assert.deepEqual(chosen(cloud, { zone: 'nova' }), ['ssd', 'plain']);
    const scope = 'aggregate_instance_extra_specs';
    assert.deepEqual(chosen(cloud, flavor({ [`${scope}:docker`]: 'true' })), ['docker']);
    assert.deepEqual(chosen(cloud, flavor({ docker: 'true' })), ['docker'], 'without scope');
    assert.deepEqual(chosen(cloud, flavor({ [`${scope}:disk`]: '<or> ssd <or> hdd' })), ['ssd']);
    assert.deepEqual(chosen(cloud, flavor({ [`${scope}:nobody`]: '1' })), []);
    assert.deepEqual(chosen(cloud, flavor({ nobody: '1', 'hw:cpu_policy': 'shared' })), [
      'docker',
      'ssd',
      'plain',
    ]);
    assert.deepEqual(chosen(cloud, { projectId: 'other' }), ['docker', 'plain']);
    assert.deepEqual(chosen(cloud, { imageProperties: { disk: 'nvme' } }).includes('ssd'), true);
    assert.deepEqual(chosen(cloud, { imageProperties: { disk: 'tape' } }), ['docker', 'plain']);
  });

  test('traits of flavor and image, resources of extra specs', () => {
    const cloud = cloudOf({ a: { traits: ['CUSTOM_FAST'] }, b: { traits: ['CUSTOM_OLD'] } });
    assert.deepEqual(chosen(cloud, { flavor: flavorOf({ 'trait:CUSTOM_FAST': 'required' }) }), [
      'a',
    ]);
    assert.deepEqual(chosen(cloud, { imageProperties: { 'trait:CUSTOM_OLD': 'forbidden' } }), [
      'a',
    ]);
    assert.deepEqual(
      resourcesOf(flavorOf({ 'resources:VCPU': '0', 'resources:CUSTOM_GOLD': '2' })),
      { MEMORY_MB: 512, DISK_GB: 1, CUSTOM_GOLD: 2 },
    );
    const greedy = { flavor: flavorOf({ 'resources:CUSTOM_GOLD': '3' }) };
    assert.match(refused(cloud, greedy)['a']!, /CUSTOM_GOLD: 3 wanted, the host has 2/);
  });

  test('bandwidth of the ports from one provider below the host', () => {
    const cloud = cloudOf({
      a: {},
      b: { bridges: { one: 300, two: 600 } },
      c: { bridges: { x: 400 } },
    });
    const wants = (amount: number, name = 'EGR', network = 'PUBLIC') => ({
      groups: [
        {
          id: 'g',
          required: [`CUSTOM_PHYSNET_${network}`, 'CUSTOM_VNIC_TYPE_NORMAL'],
          resources: { [`NET_BW_${name}_KILOBIT_PER_SEC`]: amount },
        },
      ],
    });
    assert.deepEqual(chosen(cloud, wants(500)), ['b']);
    assert.deepEqual(chosen(cloud, { ...wants(500), isForced: true }), ['b']);
    const reasons = refused(cloud, wants(700));
    assert.match(reasons['a']!, /no provider below it has the traits CUSTOM_PHYSNET_PUBLIC/);
    assert.match(
      reasons['b']!,
      /b:one: .*700 wanted, 300 of 1000 free; b:two: .* 600 of 1000 free/,
    );
    assert.match(
      refused(cloud, wants(1, 'IGR'))['c']!,
      /IGR_KILOBIT_PER_SEC: 1 wanted, there is none/,
    );
    assert.deepEqual(chosen(cloud, wants(1, 'EGR', 'OTHER')), []);
  });

  test('affinity, anti-affinity with as many as allowed, and the soft ones', () => {
    const cloud = cloudOf({
      a: { members: 1, memory: 2048 },
      b: {},
      c: { members: 2, memory: 1024 },
    });
    assert.deepEqual(chosen(cloud, { group: groupOf('affinity') }), ['a', 'c']);
    assert.deepEqual(chosen(cloud, { group: groupOf('anti-affinity') }), ['b']);
    assert.deepEqual(chosen(cloud, { group: groupOf('anti-affinity', 2) }), ['b', 'a']);
    assert.equal(chosen(cloud, { group: groupOf('soft-affinity') })[0], 'c');
    assert.equal(chosen(cloud, { group: groupOf('soft-anti-affinity') })[0], 'b');
    const fresh = cloudOf({ a: {}, b: {} });
    assert.deepEqual(
      chosen(fresh, { group: groupOf('affinity') }),
      ['a', 'b'],
      'the first is free',
    );
    const hints = cloudOf({ a: { known: ['s1'] }, b: {} });
    assert.deepEqual(chosen(hints, { sameHost: ['s1', 's2'] }), ['a']);
    assert.deepEqual(chosen(hints, { differentHost: ['s1'] }), ['b']);
  });

  test('servers spread by what is free; multipliers of aggregates turn that round', () => {
    const hosts = {
      small: { memory: 2048 },
      big: { memory: 8192 },
      used: { memory: 8192, used: 7000 },
    };
    assert.deepEqual(chosen(cloudOf(hosts)), ['big', 'small', 'used']);
    const stacking = Object.fromEntries(
      Object.entries(hosts).map(([name, has]) => [
        name,
        { ...has, metadata: { ram_weight_multiplier: '-1' } },
      ]),
    );
    assert.deepEqual(chosen(cloudOf(stacking)), ['used', 'small', 'big']);
  });

  test('whoever names zone and host is obeyed as far as that is possible', () => {
    const cloud = cloudOf({ a: { disabled: true, members: 1 }, b: {}, c: { up: false } });
    const forced = { isForced: true, zone: 'elsewhere', group: groupOf('anti-affinity') };
    assert.deepEqual(chosen(cloud, { ...forced, host: 'a' }), ['a']);
    assert.match(refused(cloud, { ...forced, host: 'c' })['c']!, /^ComputeFilter: its agent/);
    assert.match(refused(cloud, { host: 'a' })['a']!, /it is disabled/);
  });

  test('the owner learns how many failed at what, the administrator which and why', () => {
    const { refusals } = chooseHosts(
      cloudOf({ a: { disabled: true }, b: { vcpus: 0 }, c: { disabled: true } }),
      needOf(),
    );
    const { message, details } = explain(refusals);
    assert.match(message, /^No valid host was found\. There are not enough hosts available\. Of 3/);
    assert.match(message, /2 are disabled, 1 have not enough resources\.$/);
    assert.match(details, /Host b: VCPU: 1 wanted, the host has 0 \(Placement\)\./);
    assert.match(explain([]).message, /There is no host at all/);
  });

  test('operators of extra specs', () => {
    for (const [value, asked, expected] of [
      ['true', 'true', true],
      ['8', '>= 4', true],
      ['8', '= 9', false],
      ['8', '= 8', true],
      ['8', '== 8', true],
      ['8', '!= 8', false],
      ['8', '< 4', false],
      ['x', '> 4', false],
      ['abc', '<in> b', true],
      ['a b c', '<all-in> a c', true],
      ['a b', '<all-in> a c', false],
      ['b', '<or> a <or> b', true],
      ['c', '<or> a <or> b', false],
      ['abc', 's== abc', true],
      ['abc', 's< abd', true],
      ['abc', 's>= abd', false],
    ] as const)
      assert.equal(meets(value, asked), expected, `${value} ${asked}`);
  });
});
