import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Caller } from '../../identity/caller.ts';
import { networkOptions } from '../options.ts';
import { networkTypes } from '../segments/types/registry.ts';
import {
  refuses,
  startTestNetworkService,
  type Document,
  type TestNetworkService,
} from '../testing.ts';
import { settleDefaultRanges } from './defaults.ts';

const OPTIONS = networkOptions({ vni_ranges: ['1:50'], network_vlan_ranges: ['public:10:11'] });

let room: TestNetworkService;
before(async () => {
  room = await startTestNetworkService({ options: OPTIONS });
});
after(() => room.stop());

const range = (values: Document) => room.create(room.admin, 'network_segment_range', values);
const numberOf = async (caller: Caller) => {
  const made = await room.create(caller, 'network', { name: 'n' });
  const seen = await room.show(room.admin, 'network', made['id']);
  return { id: made['id'] as string, number: seen['provider:segmentation_id'] as number };
};

test('ranges of the configuration are there, and nobody changes them', async () => {
  const { admin } = room;
  const defaults = await room.list(admin, 'network_segment_ranges', { default: ['true'] });
  assert.deepEqual(
    defaults
      .map((one) => [one['network_type'], one['physical_network'], one['minimum']])
      .toSorted(),
    [
      ['geneve', null, 1],
      ['vlan', 'public', 10],
    ],
  );
  const [geneve] = defaults.filter((one) => one['network_type'] === 'geneve');
  assert.deepEqual([geneve!['shared'], geneve!['project_id']], [true, null]);
  assert.equal(geneve!['available'].length, 50);
  await refuses(
    'NetworkSegmentRangeDefaultReadOnly',
    /default/,
    room.update(admin, 'network_segment_range', geneve!['id'], { name: 'x' }),
  );
  await refuses(
    'NetworkSegmentRangeDefaultReadOnly',
    /default/,
    room.remove(admin, 'network_segment_range', geneve!['id']),
  );
  // Started again with other options: what stays keeps its id.
  const later = networkTypes(networkOptions({ vni_ranges: ['1:50', '60:70'] }));
  const tables = room.database.withTables<never>() as never;
  await settleDefaultRanges(tables, later);
  const after = await room.list(admin, 'network_segment_ranges');
  assert.deepEqual(after.map((one) => one['minimum']).toSorted(), [1, 60]);
  assert.ok(after.some((one) => one['id'] === geneve!['id']));
  // A range of millions shows its first free numbers, at most 4094 of them.
  await settleDefaultRanges(tables, networkTypes(networkOptions({ vni_ranges: ['3:16777215'] })));
  const whole = await room.list(admin, 'network_segment_ranges', { minimum: ['3'] });
  const { available } = whole[0]!;
  assert.deepEqual([available.length, available[0], available.at(-1)], [4094, 3, 4096]);
  await settleDefaultRanges(tables, networkTypes(OPTIONS));
});

test("a project's own range is its alone; what is in use stays", async () => {
  const { admin } = room;
  const [caller, stranger] = [room.member(), room.member()];
  const own = await range({
    name: 'own',
    shared: false,
    project_id: caller.projectId,
    network_type: 'geneve',
    minimum: 20,
    maximum: 23,
  });
  assert.deepEqual(
    [own['default'], own['shared'], own['project_id'], own['available']],
    [false, false, caller.projectId, [20, 21, 22, 23]],
  );
  const mine = [await numberOf(caller), await numberOf(caller), await numberOf(caller)];
  for (const { number } of mine) assert.ok(number >= 20 && number <= 23, String(number));
  const theirs = await Promise.all(Array.from({ length: 12 }, () => numberOf(stranger)));
  for (const { number } of theirs) assert.ok(number < 20 || number > 23, String(number));
  const seen = await room.show(admin, 'network_segment_range', own['id']);
  assert.deepEqual(
    Object.keys(seen['used']).map(Number),
    mine.map(({ number }) => number).toSorted((a, b) => a - b),
  );
  assert.deepEqual(new Set(Object.values(seen['used'])), new Set([caller.projectId]));
  assert.equal(seen['available'].length, 1);
  await refuses(
    'NetworkSegmentRangeReferencedByProject',
    /referenced/,
    room.update(admin, 'network_segment_range', own['id'], { minimum: mine[0]!.number }),
  );
  await refuses(
    'NetworkSegmentRangeReferencedByProject',
    /referenced/,
    room.remove(admin, 'network_segment_range', own['id']),
  );
  const wider = await room.update(admin, 'network_segment_range', own['id'], {
    name: 'wider',
    minimum: 19,
    maximum: 25,
  });
  assert.deepEqual([wider['name'], wider['minimum'], wider['maximum']], ['wider', 19, 25]);
  for (const { id } of [...mine, ...theirs]) await room.remove(admin, 'network', id);
  await room.remove(admin, 'network_segment_range', own['id']);
});

test('VLANs of a physical network that only a range names; ranges that cannot be', async () => {
  const { admin } = room;
  const vlan = { network_type: 'vlan', physical_network: 'lab', minimum: 500, maximum: 510 };
  const place = { 'provider:network_type': 'vlan', 'provider:physical_network': 'lab' };
  await refuses('InvalidInput', /unknown for VLAN/, room.create(admin, 'network', place));
  const made = await range(vlan);
  const network = await room.create(admin, 'network', place);
  assert.ok(
    network['provider:segmentation_id'] >= 500 && network['provider:segmentation_id'] <= 510,
  );
  await refuses(
    'NetworkSegmentRangeOverlaps',
    new RegExp(made['id']),
    range({ ...vlan, minimum: 510, maximum: 600 }),
  );
  await range({ ...vlan, physical_network: 'lab2' });
  await refuses('NetworkVlanRangeError', /4094/, range({ ...vlan, maximum: 4095 }));
  await refuses('NetworkVlanRangeError', /500:499/, range({ ...vlan, maximum: 499 }));
  await refuses('BadRequest', /physical_network/, range({ ...vlan, physical_network: null }));
  await refuses(
    'NetworkTunnelRangeError',
    /16777215/,
    range({ network_type: 'geneve', minimum: 1, maximum: 2 ** 24 }),
  );
  for (const network_type of ['flat', 'local', 'vxlan']) {
    await refuses(
      'NetworkSegmentRangeNetTypeNotSupported',
      /geneve, vlan|vlan, geneve/,
      range({ network_type, minimum: 1, maximum: 2 }),
    );
  }
  await refuses('HTTPBadRequest', /'minimum'/, range({ network_type: 'geneve', maximum: 2 }));
  await refuses(
    'NetworkSegmentRangeNotFound',
    /could not/,
    room.show(room.member(), 'network_segment_range', made['id']),
  );
});

test('twelve at once get the last twelve numbers, the thirteenth none', async () => {
  const caller = room.member();
  await range({
    shared: false,
    project_id: room.member().projectId,
    network_type: 'geneve',
    minimum: 1,
    maximum: 38,
  });
  const results = await Promise.allSettled(Array.from({ length: 13 }, () => numberOf(caller)));
  const made = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  assert.deepEqual(
    made.map(({ number }) => number).toSorted((a, b) => a - b),
    Array.from({ length: 12 }, (_, index) => 39 + index),
  );
});
