import assert from 'node:assert/strict';
import { test } from 'node:test';
import { networkOptions } from '../options.ts';
import { physicalNetworkTrait, vnicTypeTrait } from '../resource_requests/names.ts';
import { requestOf } from '../resource_requests/request.ts';
import { bridgesOf } from './chassis.ts';
import { bandwidthOptions } from './options.ts';

test("options are read in Neutron's form, and what is wrong is told", () => {
  const options = bandwidthOptions(
    'enable-chassis-as-gw,resource_provider_bandwidths=br-ex:1000:2000;br-a::5;br-b::;br-c,' +
      'resource_provider_hypervisors=br-a:other,resource_provider_default_hypervisor=h9,' +
      'resource_provider_inventory_defaults=allocation_ratio:1.5;min_unit:10',
  );
  assert.deepEqual(Object.fromEntries(options.bandwidths), {
    'br-ex': { egress: 1000, ingress: 2000 },
    'br-a': { egress: undefined, ingress: 5 },
    'br-b': { egress: undefined, ingress: undefined },
    'br-c': { egress: undefined, ingress: undefined },
  });
  assert.deepEqual([...options.hypervisors], [['br-a', 'other']]);
  assert.equal(options.defaultHypervisor, 'h9');
  assert.deepEqual(options.inventory, {
    allocation_ratio: 1.5,
    min_unit: 10,
    max_unit: 2_147_483_647,
    step_size: 1,
    reserved: 0,
  });
  assert.deepEqual(options.faults, []);
  for (const wrong of [
    'bandwidths=br-ex:fast:1',
    'bandwidths=br-ex:-1:1',
    'bandwidths=br-ex:1:2:3',
    'bandwidths=:1:2',
    'bandwidths=br-ex:99999999999:1',
    'hypervisors=br-ex',
    'inventory_defaults=colour:1',
    'inventory_defaults=min_unit:0',
    'inventory_defaults=allocation_ratio:much',
  ]) {
    const { faults, bandwidths } = bandwidthOptions(`resource_provider_${wrong}`);
    assert.equal(faults.length, 1, wrong);
    assert.equal(bandwidths.size, 0, wrong);
    const [name, value] = wrong.split('=');
    assert.throws(
      () => networkOptions({ [`resource_provider_${name}`]: [value] }),
      /config\.json, network: resource_provider_/,
    );
  }
  assert.equal(bandwidthOptions('resource_provider_bandwidths=a:1:1;a:2:2').faults.length, 1);
  assert.equal(bandwidthOptions(undefined).bandwidths.size, 0);
});

test('bridges offer what is known of the physical networks they lead to', () => {
  const { bridges, faults } = bridgesOf({
    'ovn-bridge-mappings': 'public:br-ex,dc-2 east:br-ex,other:br-o',
    'ovn-cms-options':
      'resource_provider_bandwidths=br-ex:1000:0;br-none:1:1,resource_provider_inventory_defaults=reserved:5000',
  });
  assert.deepEqual(bridges, [
    {
      bridge: 'br-ex',
      hypervisor: undefined,
      inventories: {
        NET_BW_EGR_KILOBIT_PER_SEC: {
          total: 1000,
          reserved: 1000,
          min_unit: 1,
          max_unit: 2_147_483_647,
          step_size: 1,
          allocation_ratio: 1,
        },
      },
      traits: ['CUSTOM_PHYSNET_PUBLIC', 'CUSTOM_PHYSNET_DC_2_EAST', 'CUSTOM_VNIC_TYPE_NORMAL'],
    },
  ]);
  assert.match(faults.join(), /bridge 'br-none' is not in ovn-bridge-mappings/);
  assert.deepEqual(bridgesOf({}), { bridges: [], faults: [] });
});

test('names of traits are os-traits’ own', () => {
  assert.equal(physicalNetworkTrait('phys--net.1'), 'CUSTOM_PHYSNET_PHYS_NET_1');
  assert.equal(physicalNetworkTrait('größe'), 'CUSTOM_PHYSNET_GR_E');
  assert.equal(vnicTypeTrait('direct-physical'), 'CUSTOM_VNIC_TYPE_DIRECT_PHYSICAL');
});

test("a request's group is named after port and rules, as Neutron names it", () => {
  const port = { id: '8a5b2a60-4d5c-4e2f-9a0b-0c1d2e3f4a5b', binding_vnic_type: 'normal' };
  const rule = (id: string, min_kbps: number, direction: 'egress' | 'ingress' = 'egress') => ({
    id,
    min_kbps,
    direction,
  });
  const rules = [
    rule('11111111-2222-4333-8444-555555555555', 10),
    rule('66666666-7777-4888-9999-aaaaaaaaaaaa', 20, 'ingress'),
  ];
  const request = requestOf({ ...port, minimum: { physical_network: 'public', rules } });
  assert.deepEqual(request, {
    request_groups: [
      {
        id: 'abd6c653-fb34-53bb-abde-49c68abc813e',
        required: ['CUSTOM_PHYSNET_PUBLIC', 'CUSTOM_VNIC_TYPE_NORMAL'],
        resources: { NET_BW_EGR_KILOBIT_PER_SEC: 10, NET_BW_IGR_KILOBIT_PER_SEC: 20 },
      },
    ],
    same_subtree: ['abd6c653-fb34-53bb-abde-49c68abc813e'],
  });
  assert.equal(requestOf({ ...port, minimum: null }), null);
  assert.equal(requestOf({ ...port, minimum: { physical_network: null, rules } }), null);
  const nothing = [rule('66666666-7777-4888-9999-aaaaaaaaaaaa', 0)];
  assert.equal(requestOf({ ...port, minimum: { physical_network: 'p', rules: nothing } }), null);
});
