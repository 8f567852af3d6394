import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eligible, type Chassis } from './chassis.ts';
import { Loads, MOST_CHASSIS, scheduleGateway } from './scheduling.ts';

const chassis = (name: string, change: Partial<Chassis> = {}): Chassis => ({
  name,
  physicalNetworks: new Set(['public']),
  zones: ['nova'],
  isGateway: false,
  alive: true,
  ...change,
});

const names = (list: readonly Chassis[]) => list.map(({ name }) => name);

test('hosts that can have a gateway: meant for it, with the bridge, in the zone', () => {
  const all = [
    chassis('a'),
    chassis('b', { physicalNetworks: new Set(['other']) }),
    chassis('c', { zones: ['east'] }),
  ];
  assert.deepEqual(names(eligible(all, 'public', [])), ['a', 'c']);
  assert.deepEqual(names(eligible(all, 'public', ['east', 'west'])), ['c']);
  assert.deepEqual(names(eligible(all, null, [])), ['a', 'b', 'c'], 'tunnels reach everywhere');
  const meant = [...all, chassis('d', { isGateway: true })];
  assert.deepEqual(names(eligible(meant, 'public', [])), ['d']);
});

/** Schedules so many gateways one after the other, each of a router of its own. */
function many(count: number, candidates: readonly Chassis[], scheduler: 'leastloaded' | 'chance') {
  const loads = new Loads();
  return Array.from({ length: count }, (_, index) => {
    const gateway = { port_id: `port ${index}`, chassis: [] };
    const chosen = scheduleGateway(gateway, {
      scheduler,
      candidates,
      loads,
      siblings: new Loads(),
    });
    chosen.forEach((name, rank) => loads.add(name, rank));
    return chosen;
  });
}

test('leastloaded spreads every rank evenly; nobody has more than five', () => {
  const seven = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => chassis(name));
  const chosen = many(70, seven, 'leastloaded');
  for (let rank = 0; rank < MOST_CHASSIS; rank++) {
    const counts = Map.groupBy(chosen, (list) => list[rank]!);
    for (const { name } of seven) {
      const count = counts.get(name)?.length ?? 0;
      assert.ok(count >= 8 && count <= 12, `${name} has ${count} of 70 at rank ${rank}`);
    }
  }
  for (const list of [...chosen, ...many(10, seven, 'chance')]) {
    assert.equal(new Set(list).size, 5);
  }
});

test('what is there stays, what left goes, what is new comes last', () => {
  const around = (candidates: readonly Chassis[], siblings: string[] = []) => ({
    scheduler: 'leastloaded' as const,
    candidates,
    loads: new Loads(),
    siblings: siblings.reduce((all, name) => (all.add(name, 0), all), new Loads()),
  });
  const [a, b, c] = [chassis('a'), chassis('b'), chassis('c')] as const;
  const gateway = { port_id: 'p', chassis: ['b', 'a'] };
  assert.deepEqual(scheduleGateway(gateway, around([a, b, c])), ['b', 'a', 'c']);
  assert.deepEqual(scheduleGateway(gateway, around([a, c])), ['a', 'c']);
  assert.deepEqual(scheduleGateway(gateway, around([])), ['b', 'a'], 'nothing better is known');
  assert.deepEqual(scheduleGateway({ port_id: 'p', chassis: [] }, around([])), []);
  const dead = chassis('c', { alive: false });
  const fresh = { port_id: 'p', chassis: [] };
  assert.deepEqual(scheduleGateway(fresh, around([a, dead])), ['a']);
  assert.deepEqual(scheduleGateway(fresh, around([dead])), ['c'], 'better than none');
  // A second gateway of a router is first of all somewhere else.
  assert.equal(scheduleGateway(fresh, around([a, b, c], ['a', 'b']))[0], 'c');
  // The best two are in two zones.
  const zones = [chassis('e1', { zones: ['east'] }), chassis('e2', { zones: ['east'] })];
  for (const port_id of ['p', 'q', 'r', 's', 't']) {
    const west = chassis('w', { zones: ['west'] });
    const chosen = scheduleGateway({ port_id, chassis: [] }, around([...zones, west]));
    assert.ok(chosen.slice(0, 2).includes('w'), chosen.join());
  }
});
