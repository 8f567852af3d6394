import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { computeOptions } from '../options.ts';
import { offerOf, uptimeOf, type LiveHost } from './rules.ts';

const host = {
  name: 'h',
  vcpus: 4,
  memory_mb: 8192,
  disk_gb: 100,
  architecture: 'x86_64',
  driver: 'qemu',
  capabilities: { attach_interface: true },
  usage: {},
} as unknown as LiveHost;

describe('hosts', () => {
  test('what placement is told follows the options', () => {
    const usual = offerOf('id', host, false).inventories;
    assert.deepEqual(
      ['VCPU', 'MEMORY_MB', 'DISK_GB'].map((name) => [
        usual[name]!.allocation_ratio,
        usual[name]!.reserved,
      ]),
      [
        [16, 0],
        [1.5, 512],
        [1, 0],
      ],
    );
    const options = computeOptions({
      cpu_allocation_ratio: 4,
      ram_allocation_ratio: 1,
      disk_allocation_ratio: 2.5,
      reserved_host_cpus: 1,
      reserved_host_memory_mb: 99_999,
      reserved_host_disk_mb: 1025,
    });
    const { VCPU, MEMORY_MB, DISK_GB } = offerOf('id', host, false, options).inventories;
    assert.deepEqual([VCPU!.allocation_ratio, VCPU!.reserved], [4, 1]);
    assert.deepEqual([MEMORY_MB!.reserved, MEMORY_MB!.total], [8192, 8192], 'not more than all');
    assert.deepEqual([DISK_GB!.allocation_ratio, DISK_GB!.reserved], [2.5, 2]);
    assert.throws(
      () => computeOptions({ cpu_ratio: 1 }),
      /'cpu_ratio' is no option, there are cpu_/,
    );
    assert.throws(
      () => computeOptions({ ram_allocation_ratio: 0 }),
      /ram_allocation_ratio must be/,
    );
  });

  test('traits say what the driver can do', () => {
    assert.deepEqual(offerOf('id', host, true).traits, [
      'COMPUTE_NODE',
      'COMPUTE_IMAGE_TYPE_QCOW2',
      'COMPUTE_IMAGE_TYPE_RAW',
      'COMPUTE_NET_ATTACH_INTERFACE',
      'COMPUTE_NET_VIF_MODEL_VIRTIO',
      'HW_ARCH_X86_64',
      'COMPUTE_STATUS_DISABLED',
    ]);
  });

  test('uptime in the words that clients take apart', () => {
    const at = (seconds: number) =>
      uptimeOf(
        { ...host, usage: { booted_at: 1000 - seconds, load_1: 20, load_5: 12, load_15: 14 } },
        new Date(1_000_000),
      );
    const load = ',  0 users,  load average: 0.20, 0.12, 0.14';
    assert.equal(at(60), ` 00:16:40 up 1 min${load}`);
    assert.equal(at(3660), ` 00:16:40 up  1:01${load}`);
    assert.equal(at(90_060), ` 00:16:40 up 1 day,  1:01${load}`);
    assert.equal(at(8_100_000), ` 00:16:40 up 93 days, 18:00${load}`);
    assert.equal(uptimeOf(host, new Date()), undefined);
  });
});
