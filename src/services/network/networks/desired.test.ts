import assert from 'node:assert/strict';
import { test } from 'node:test';
import { desiredNetwork } from './desired.ts';
import { desiredSegment } from '../segments/desired.ts';
import { NETWORK, network } from '../northbound/examples.ts';

test('a tenant network is a switch; a provider network has a way out', () => {
  const [row, ...more] = desiredNetwork(network);
  assert.equal(more.length, 0);
  assert.equal(row!.columns['name'], `neutron-${NETWORK}`);
  assert.deepEqual(row!.columns['external_ids'], {
    'neutron:network_name': 'net',
    'neutron:mtu': '1442',
    'neutron:revision_number': '3',
    'neutron:availability_zone_hints': '',
    'neutron:provnet-network-type': 'geneve',
  });
  const vlan = { network_type: 'vlan', physical_network: 'public' };
  const ids = (segments: (typeof vlan)[]) =>
    Object.entries(
      desiredNetwork({ ...network, segments })[0]!.columns['external_ids'] as Record<
        string,
        string
      >,
    )
      .filter(([name]) => name.startsWith('neutron:provnet'))
      .map(([, value]) => value);
  assert.deepEqual(ids([vlan]), ['vlan', 'public']);
  assert.deepEqual(ids([vlan, vlan]), [], 'ML2/OVN names no type then');
  const place = { id: NETWORK, network_id: NETWORK, physical_network: null, segmentation_id: 12 };
  assert.deepEqual(desiredSegment(place), []);
  const [localnet] = desiredSegment({ ...place, physical_network: 'public' });
  assert.deepEqual(localnet, {
    table: 'Logical_Switch_Port',
    key: `provnet-${NETWORK}`,
    columns: {
      name: `provnet-${NETWORK}`,
      type: 'localnet',
      addresses: ['unknown'],
      tag: [12],
      external_ids: { 'neutron:provnet-physical-network': 'public' },
      options: {
        network_name: 'public',
        mcast_flood: 'false',
        mcast_flood_reports: 'true',
        localnet_learn_fdb: 'false',
      },
    },
    parents: [{ table: 'Logical_Switch', key: `neutron-${NETWORK}`, column: 'ports' }],
  });
});
