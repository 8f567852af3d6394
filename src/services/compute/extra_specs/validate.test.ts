import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateSpec } from './validate.ts';

const GOOD: readonly (readonly [name: string, value: string])[] = [
  ['hw:cpu_policy', 'dedicated'],
  ['hw:cpu_realtime', 'yes'],
  ['hw:cpu_realtime_mask', '0-3,^2'],
  ['hw:mem_page_size', '2MB'],
  ['hw:mem_page_size', 'large'],
  ['hw:numa_cpus.12', '0,1'],
  ['hw:numa_mem.0', '512'],
  ['quota:disk_read_iops_sec', '10'],
  ['quota:cpu_quota', '-1'],
  ['resources:VCPU', '2'],
  ['resources1:CUSTOM_GOLD', '1'],
  ['resources_NET:DISK_GB', '0'],
  ['trait:HW_CPU_X86_AVX2', 'required'],
  ['trait_1:CUSTOM_FAST', 'forbidden'],
  ['capabilities:cpu_info:features:x', '<in> aes'],
  ['aggregate_instance_extra_specs:ssd', 'true'],
  ['pci_passthrough:alias', 'gpu:1,nic:2'],
  // Nobody's namespace, or none at all: whatever they are for.
  ['my:own', 'thing'],
  ['ssd', 'true'],
];
const BAD: readonly (readonly [name: string, value: string, sentence: RegExp])[] = [
  ['hw:cpu_polic', 'dedicated', /'hw:cpu_polic' does not appear to be a valid extra spec/],
  ['hw:cpu_policy', 'shred', /is not one of: dedicated, shared, mixed/],
  ['hw:boot_menu', 'perhaps', /boolean-like/],
  ['hw:numa_nodes', '0', /less than the min value of '1'/],
  ['hw:numa_nodes', 'two', /valid integer/],
  ['hw:redirected_usb_ports', '16', /greater than the max value of '15'/],
  ['hw:numa_cpus.x', '0', /does not appear/],
  ['quota:disk_iops', '1', /does not appear/],
  ['resources:NONSENSE', '1', /does not appear/],
  ['resources:VCPU', 'many', /valid integer/],
  ['trait:HW_CPU_X86_AVX2', 'wanted', /required, forbidden/],
  ['trait:CUSTOM_lower', 'required', /does not appear/],
  ['capabilities:cpu', 'x', /does not appear/],
  ['pci_passthrough:alias', 'gpu', /format/],
  ['powervm:anything', '1', /does not appear/],
];

test('extra specs that Nova knows are taken with the values that they may have', () => {
  for (const [name, value] of GOOD) assert.doesNotThrow(() => validateSpec(name, value), name);
});

test('slips in names and values are told', () => {
  for (const [name, value, sentence] of BAD)
    assert.throws(() => validateSpec(name, value), { kind: 'badRequest', message: sentence }, name);
});
