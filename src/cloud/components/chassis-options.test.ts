import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chassisOptions } from './chassis-options.ts';

test('a chassis carries the configured bandwidths of its bridges', () => {
  assert.equal(chassisOptions(undefined), 'enable-chassis-as-gw');
  assert.equal(
    chassisOptions({
      resource_provider_bandwidths: ['br-ex:1000:2000', 'br-two::5'],
      resource_provider_inventory_defaults: ['allocation_ratio:1.5'],
      resource_provider_default_hypervisor: 'h1-qemu',
      type_drivers: ['flat'],
    }),
    'enable-chassis-as-gw,resource_provider_bandwidths=br-ex:1000:2000;br-two::5,' +
      'resource_provider_inventory_defaults=allocation_ratio:1.5,resource_provider_default_hypervisor=h1-qemu',
  );
});

test('what could break out of the list is left out', () => {
  for (const wrong of ['a,b:1:1', 'a:1:1"', 'a b', 'x=y', '', 7, null])
    assert.equal(
      chassisOptions({ resource_provider_bandwidths: [wrong] }),
      'enable-chassis-as-gw',
      String(wrong),
    );
  assert.equal(
    chassisOptions({ resource_provider_bandwidths: 'br-ex:1:1' }),
    'enable-chassis-as-gw',
  );
});
