import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differs, limitsOf } from './container.ts';

const MIB = 2 ** 20;
const flavor = (memoryMb: number, vcpus: number) => ({ memoryMb, vcpus, cpuShares: undefined });

test('limits of a flavor, and whether a container has others', () => {
  const limits = limitsOf(flavor(64, 2), 4);
  assert.deepEqual(limits, {
    Memory: 64 * MIB,
    MemorySwap: 64 * MIB,
    NanoCpus: 2e9,
    CpuShares: 2048,
  });
  assert.equal(limitsOf(flavor(64, 8), 4).NanoCpus, 4e9, 'no more than the machine has');
  assert.equal(limitsOf(flavor(1, 1), 4).Memory, 6 * MIB, 'no less than the engine takes');
  assert.deepEqual(limitsOf(flavor(0, 0), 4), {});
  assert.equal(differs(limits, { ...limits, PidsLimit: 5 } as object), false);
  assert.equal(differs(limits, { ...limits, NanoCpus: 1e9 }), true);
  assert.equal(differs(limits, {}), true);
  assert.equal(differs({}, limits), false);
});
