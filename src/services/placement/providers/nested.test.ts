import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newUuid } from '../../../core/ids.ts';
import { transact, type Database } from '../../../database/database.ts';
import { createTestDatabase } from '../../../database/testing.ts';
import { createPlacementService, placementSchema, type PlacementService } from '../index.ts';

let database: Database;
let drop: () => Promise<void>;
let placement: PlacementService;
before(async () => {
  ({ database, drop } = await createTestDatabase([placementSchema]));
  placement = createPlacementService({ database });
});
after(() => drop());

const inventory = (total: number) => ({
  total,
  reserved: 0,
  min_unit: 1,
  max_unit: 2_147_483_647,
  step_size: 1,
  allocation_ratio: 1,
});
const EGRESS = 'NET_BW_EGR_KILOBIT_PER_SEC';
const INGRESS = 'NET_BW_IGR_KILOBIT_PER_SEC';
const NAMES = ['host', 'agent', 'one', 'two'] as const;

/** A host with bridges; ids by name. */
async function host() {
  const ids = Object.fromEntries(NAMES.map((name) => [name, newUuid()])) as Record<
    (typeof NAMES)[number],
    string
  >;
  await placement.ensureProvider(database, {
    id: ids.host,
    name: ids.host,
    inventories: { VCPU: inventory(4) },
    traits: [],
  });
  const branch = (children: Partial<Record<'one' | 'two', Record<string, number>>>) => ({
    id: ids.agent,
    name: ids.agent,
    traits: ['CUSTOM_VNIC_TYPE_NORMAL'],
    children: Object.entries(children).map(([name, rates]) => ({
      id: ids[name as 'one'],
      name: ids[name as 'one'],
      traits: [`CUSTOM_PHYSNET_${name.toUpperCase()}`],
      inventories: Object.fromEntries(
        Object.entries(rates).map(([resource, total]) => [resource, inventory(total)]),
      ),
    })),
  });
  const ensure = (children: Parameters<typeof branch>[0]) =>
    placement.ensureBranch(database, ids.host, branch(children));
  const tree = async () =>
    (await placement.providersWithUsage(database)).filter(({ rootId }) => rootId === ids.host);
  const one = async (name: 'agent' | 'one' | 'two') =>
    (await tree()).find(({ id }) => id === ids[name]);
  return { ids, ensure, tree, one };
}

const adjust = (consumer: string, changes: Record<string, Record<string, number>>) =>
  transact(database, (transaction) => placement.adjust(transaction, consumer, changes));
const allocate = (consumer: string, wanted: Record<string, Record<string, number>>) =>
  transact(database, (transaction) =>
    placement.allocate(transaction, { id: consumer, projectId: 'p', userId: 'u' }, wanted),
  );

test('a branch is made, changed and removed; nothing is written when it is so already', async () => {
  const { ids, ensure, tree, one } = await host();
  assert.equal(await ensure({ one: { [EGRESS]: 10, [INGRESS]: 20 } }), true);
  assert.equal((await one('one'))!.parentId, ids.agent);
  assert.deepEqual([...(await one('one'))!.traits], ['CUSTOM_PHYSNET_ONE']);
  const { generation } = (await one('one'))!;
  await ensure({ one: { [EGRESS]: 10, [INGRESS]: 20 } });
  assert.equal((await one('one'))!.generation, generation);
  await ensure({ one: { [EGRESS]: 11 }, two: { [EGRESS]: 5 } });
  assert.deepEqual(Object.keys((await one('one'))!.inventories), [EGRESS]);
  assert.equal((await one('one'))!.inventories[EGRESS]!.total, 11);
  await ensure({ two: { [EGRESS]: 5 } });
  assert.equal(await one('one'), undefined);
  await ensure({});
  assert.deepEqual(
    (await tree()).map(({ id }) => id),
    [ids.host],
  );
  assert.equal(
    await placement.ensureBranch(database, newUuid(), {
      id: newUuid(),
      name: 'x',
      traits: [],
      children: [],
    }),
    true,
  );
});

test('what is in use stays, gives nothing more, and goes when it is free', async () => {
  const { ids, ensure, one } = await host();
  await ensure({ one: { [EGRESS]: 10, [INGRESS]: 20 } });
  const consumer = newUuid();
  assert.deepEqual(await allocate(consumer, { [ids.one]: { [EGRESS]: 4 } }), { fits: true });
  assert.equal(await ensure({}), false);
  const retired = (await one('one'))!;
  assert.deepEqual(Object.keys(retired.inventories), [EGRESS]);
  assert.equal(retired.inventories[EGRESS]!.reserved, 10);
  assert.equal(retired.traits.size, 0);
  assert.equal((await allocate(newUuid(), { [ids.one]: { [EGRESS]: 1 } })).fits, false);
  assert.equal(await ensure({}), false);
  // It may come back in between.
  assert.equal(await ensure({ one: { [EGRESS]: 10 } }), true);
  assert.equal((await one('one'))!.inventories[EGRESS]!.reserved, 0);
  assert.equal(await ensure({ one: { [INGRESS]: 1 } }), false);
  await transact(database, (transaction) => placement.release(transaction, consumer));
  assert.equal(await ensure({}), true);
  assert.equal(await one('agent'), undefined);
});

test('groups find their providers, and several may have the same', async () => {
  const { ids, ensure } = await host();
  await ensure({ one: { [EGRESS]: 10 }, two: { [EGRESS]: 10 } });
  const group = (id: string, amount: number, trait: string) => ({
    id,
    resources: { [EGRESS]: amount },
    required: [`CUSTOM_PHYSNET_${trait}`],
  });
  const fit = (...groups: ReturnType<typeof group>[]) =>
    placement.findFit(database, ids.host, { VCPU: 2 }, groups, {
      sameSubtrees: [groups.map(({ id }) => id)],
    });
  assert.deepEqual(await fit(group('a', 4, 'ONE'), group('b', 6, 'ONE')), {
    allocations: { [ids.host]: { VCPU: 2 }, [ids.one]: { [EGRESS]: 10 } },
    mappings: { a: ids.one, b: ids.one },
  });
  assert.equal(await fit(group('a', 5, 'ONE'), group('b', 6, 'ONE')), undefined);
  // `same_subtree`: neither bridge stands below the other.
  assert.equal(await fit(group('a', 5, 'ONE'), group('b', 6, 'TWO')), undefined);
  assert.equal(await fit(group('a', 1, 'THREE')), undefined);
  const both = [group('a', 1, 'ONE'), group('b', 1, 'ONE')];
  const apart = { isolate: true };
  assert.equal(await placement.findFit(database, ids.host, {}, both, apart), undefined);
  const other = [both[0]!, group('b', 1, 'TWO')];
  assert.deepEqual((await placement.findFit(database, ids.host, {}, other, apart))!.mappings, {
    a: ids.one,
    b: ids.two,
  });
});

test('a consumer gets more and less, never more than there is', async () => {
  const { ids, ensure, one } = await host();
  await ensure({ one: { [EGRESS]: 10, [INGRESS]: 5 } });
  const consumer = newUuid();
  await allocate(consumer, { [ids.host]: { VCPU: 1 } });
  assert.deepEqual(await adjust(consumer, { [ids.one]: { [EGRESS]: 7 } }), { fits: true });
  const result = await adjust(consumer, { [ids.one]: { [EGRESS]: 4 } });
  assert.equal(result.fits, false);
  assert.equal((await one('one'))!.inventories[EGRESS]!.used, 7);
  await adjust(consumer, { [ids.one]: { [EGRESS]: -3, [INGRESS]: 5 } });
  assert.deepEqual(
    [(await one('one'))!.inventories[EGRESS]!.used, (await one('one'))!.inventories[INGRESS]!.used],
    [4, 5],
  );
  await adjust(consumer, { [ids.one]: { [EGRESS]: -40, [INGRESS]: -5 } });
  assert.equal((await one('one'))!.inventories[EGRESS]!.used, 0);
  // Whoever has nothing is left alone.
  assert.deepEqual(await adjust(newUuid(), { [ids.one]: { [EGRESS]: 1 } }), { fits: true });
  assert.deepEqual(await adjust('no uuid at all', { [ids.one]: { [EGRESS]: 1 } }), { fits: true });
  assert.equal((await one('one'))!.inventories[EGRESS]!.used, 0);
});
