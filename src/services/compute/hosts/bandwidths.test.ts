import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChassisBandwidths } from '../../network/index.ts';
import { bandwidthOffers } from './bandwidths.ts';

const bridge = (name: string, hypervisor?: string) => ({
  bridge: name,
  hypervisor,
  inventories: {},
  traits: [],
});
const chassis = (name: string, ...bridges: ReturnType<typeof bridge>[]): ChassisBandwidths => ({
  chassis: name,
  hostname: name,
  bridges,
  faults: [],
});
const host = (name: string, its = name) => ({ id: `id-${name}`, name, chassis: its });

/** Host → bridges. */
const shape = ({ offers }: ReturnType<typeof bandwidthOffers>) =>
  Object.fromEntries(
    [...offers].map(([id, { children }]) => [id, children.map(({ name }) => name)]),
  );

test("a bridge is its chassis' host's, or whose it is said to be", () => {
  // Two hosts on one machine: the virtual machines' shares the containers' chassis.
  const hosts = [host('h1-qemu', 'h1'), host('h1'), host('h2')];
  assert.deepEqual(shape(bandwidthOffers(hosts, [chassis('h1', bridge('br-ex')), chassis('h2')])), {
    'id-h1-qemu': [],
    'id-h1': ['h1:OVN Controller agent:br-ex'],
    'id-h2': [],
  });
  const told = bandwidthOffers(hosts, [
    chassis('h1', bridge('br-ex', 'h1-qemu'), bridge('br-2', 'nobody'), bridge('br-3', 'h1')),
  ]);
  assert.deepEqual(shape(told), {
    'id-h1-qemu': ['h1-qemu:OVN Controller agent:br-ex'],
    'id-h1': ['h1:OVN Controller agent:br-3'],
    // Of h2's chassis nothing is known at present, so nothing is taken from it.
  });
  assert.match(told.faults.join(), /bridge 'br-2' is said to be of hypervisor 'nobody'/);
});
