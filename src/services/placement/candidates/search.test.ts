import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { newUuid } from '../../../core/ids.ts';
import type { Microversion, OperationRequest } from '../../operation.ts';
import { capacityOf } from '../inventories/model.ts';
import type { Provider } from '../providers/model.ts';
import { parseCandidateRequest } from './query.ts';
import { findCandidates } from './search.ts';

interface Made {
  readonly parent?: string;
  readonly has?: Readonly<Record<string, number>>;
  readonly traits?: readonly string[];
  readonly aggregates?: readonly string[];
  readonly most?: number;
}

/** Ids are names here. */
function landscape(made: Readonly<Record<string, Made>>): Provider[] {
  const rootOf = (id: string): string => {
    const { parent } = made[id]!;
    return parent === undefined ? id : rootOf(parent);
  };
  return Object.entries(made).map(([id, { parent, has = {}, traits, aggregates, most }]) => ({
    id,
    name: id,
    generation: 0,
    parentId: parent ?? null,
    rootId: rootOf(id),
    updatedAt: new Date(),
    inventories: Object.fromEntries(
      Object.entries(has).map(([name, total]) => [
        name,
        {
          total,
          reserved: 0,
          min_unit: 1,
          max_unit: most ?? total,
          step_size: 1,
          allocation_ratio: 1,
          used: 0,
        },
      ]),
    ),
    traits: new Set(traits),
    aggregates: new Set(aggregates),
  }));
}

/** The request of a query, as it comes over HTTP. */
const requestOf = (query: string, version: Microversion = { major: 1, minor: 39 }) => {
  const values: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(query)) (values[name] ??= []).push(value);
  return parseCandidateRequest({
    query: values,
    microversion: version,
  } as unknown as OperationRequest);
};

/** `suffix=provider+provider` of each candidate, in order. */
const ask = (providers: readonly Provider[], query: string, minor = 39): string[] =>
  findCandidates(providers, requestOf(query, { major: 1, minor })).candidates.map(({ mappings }) =>
    Object.entries(mappings)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([suffix, ids]) => `${suffix}=${ids.join('+')}`)
      .join(' '),
  );

const [AGG, OTHER] = [newUuid(), newUuid()];
const SHARES = 'MISC_SHARES_VIA_AGGREGATE';

describe('candidates', () => {
  const tree = landscape({
    host: { has: { VCPU: 8, MEMORY_MB: 4096 }, traits: ['COMPUTE_NODE'], aggregates: [AGG] },
    nic1: { parent: 'host', has: { NET: 100 }, traits: ['CUSTOM_RED'] },
    nic2: { parent: 'host', has: { NET: 50 }, traits: ['CUSTOM_BLUE'], aggregates: [OTHER] },
    bare: { has: { VCPU: 2, MEMORY_MB: 4096, NET: 10 } },
  });

  test('the unsuffixed group may be served by several providers of one tree', () => {
    assert.deepEqual(ask(tree, 'resources=VCPU:1,NET:5'), ['=host+nic1', '=host+nic2', '=bare']);
    assert.deepEqual(ask(tree, 'resources=VCPU:1,NET:5', 28), ['=bare'], 'not before 1.29');
    assert.deepEqual(ask(tree, 'resources=VCPU:4,NET:60'), ['=host+nic1']);
    assert.deepEqual(ask(tree, 'resources=VCPU:1,NET:5&required=CUSTOM_BLUE'), ['=host+nic2']);
    assert.deepEqual(ask(tree, 'resources=VCPU:1,NET:5&required=!CUSTOM_BLUE'), [
      '=host+nic1',
      '=bare',
    ]);
  });

  test('a suffixed group is served by one provider', () => {
    assert.deepEqual(ask(tree, 'resources1=VCPU:1,NET:5'), ['1=bare']);
    assert.deepEqual(ask(tree, 'resources=VCPU:1&resources_net=NET:20'), [
      '=host _net=nic1',
      '=host _net=nic2',
    ]);
    assert.deepEqual(
      ask(tree, 'resources=VCPU:1&resources_n=NET:20&required_n=in:CUSTOM_BLUE,COMPUTE_NODE'),
      ['=host _n=nic2'],
    );
  });

  test('two groups may come from one provider unless they are isolated, and never take too much', () => {
    const query = 'resources=VCPU:1&resources1=NET:30&resources2=NET:40&group_policy=';
    assert.deepEqual(ask(tree, `${query}none`), [
      '=host 1=nic1 2=nic1',
      '=host 1=nic1 2=nic2',
      '=host 1=nic2 2=nic1',
    ]);
    assert.deepEqual(ask(tree, `${query}isolate`), ['=host 1=nic1 2=nic2', '=host 1=nic2 2=nic1']);
    const both = findCandidates(tree, requestOf(`${query}none`)).candidates[0]!;
    assert.deepEqual(both.allocations.get('nic1'), { NET: 70 }, 'added up');
  });

  test('what the root is like, which tree, which aggregates, how many', () => {
    assert.deepEqual(ask(tree, 'resources1=NET:5&root_required=COMPUTE_NODE'), [
      '1=nic1',
      '1=nic2',
    ]);
    assert.deepEqual(ask(tree, 'resources1=NET:5&root_required=!COMPUTE_NODE'), ['1=bare']);
    const inTree = landscape({
      [AGG]: { has: { VCPU: 1 } },
      [OTHER]: { has: { VCPU: 1 } },
    });
    assert.deepEqual(ask(inTree, `resources=VCPU:1&in_tree=${OTHER}`), [`=${OTHER}`]);
    assert.deepEqual(ask(inTree, `resources=VCPU:1&in_tree=${newUuid()}`), []);
    // An aggregate of the root holds for its tree in the unsuffixed group only.
    assert.deepEqual(ask(tree, `resources=NET:5&member_of=${AGG}`), ['=nic1', '=nic2']);
    assert.deepEqual(ask(tree, `resources1=NET:5&member_of1=${AGG}`), []);
    assert.deepEqual(ask(tree, `resources1=NET:5&member_of1=!${OTHER}`), ['1=nic1', '1=bare']);
    assert.deepEqual(ask(tree, 'resources=NET:5&limit=2'), ['=nic1', '=nic2']);
    const { summaries } = findCandidates(tree, requestOf('resources=VCPU:8'));
    assert.deepEqual(
      summaries.map(({ id }) => id),
      ['host', 'nic1', 'nic2'],
      'the whole tree is told of',
    );
  });

  test('groups of one subtree, with and without resources', () => {
    const deep = landscape({
      cn: { has: { DISK: 9 } },
      numa0: { parent: 'cn', has: { VCPU: 4 }, traits: ['HW_NUMA_ROOT'] },
      gpu0: { parent: 'numa0', has: { VGPU: 1 } },
      numa1: { parent: 'cn', has: { VCPU: 4 }, traits: ['HW_NUMA_ROOT'] },
      gpu1: { parent: 'numa1', has: { VGPU: 1 } },
    });
    const query = 'resources1=VCPU:1&resources2=VGPU:1&group_policy=none';
    assert.equal(ask(deep, query).length, 4);
    assert.deepEqual(ask(deep, `${query}&same_subtree=1,2`), ['1=numa0 2=gpu0', '1=numa1 2=gpu1']);
    assert.deepEqual(
      ask(
        deep,
        'resources_g=VGPU:1&required_root=HW_NUMA_ROOT&same_subtree=_g,_root&group_policy=none&limit=9',
      ),
      ['_g=gpu0 _root=numa0', '_g=gpu1 _root=numa1'],
    );
  });

  test('what is shared serves everybody in its aggregates', () => {
    const shared = landscape({
      cn1: { has: { VCPU: 8 }, aggregates: [AGG] },
      cn2: { has: { VCPU: 8, DISK: 10 }, aggregates: [OTHER] },
      nfs: { has: { DISK: 1000 }, traits: [SHARES], aggregates: [AGG] },
    });
    assert.deepEqual(ask(shared, 'resources=VCPU:1,DISK:5'), ['=cn1+nfs', '=cn2']);
    assert.deepEqual(ask(shared, 'resources=VCPU:1&resources_d=DISK:5'), [
      '=cn1 _d=nfs',
      '=cn2 _d=cn2',
    ]);
    assert.deepEqual(ask(shared, `resources=VCPU:1,DISK:5&in_tree=${newUuid()}`), []);
  });

  test('no candidate ever takes more than there is, or from whom it must not', () => {
    const amount = fc.integer({ min: 1, max: 6 });
    const some = fc.array(
      fc.record({
        parent: fc.nat(5),
        root: fc.boolean(),
        vcpus: fc.nat(6),
        disk: fc.nat(6),
        most: fc.integer({ min: 1, max: 6 }),
        traits: fc.subarray(['CUSTOM_A', 'CUSTOM_B', SHARES]),
        aggregates: fc.subarray([AGG, OTHER]),
      }),
      { minLength: 1, maxLength: 6 },
    );
    fc.assert(
      fc.property(some, amount, amount, amount, fc.boolean(), (rows, one, two, three, isolate) => {
        const made: Record<string, Made> = {};
        for (const [index, row] of rows.entries())
          made[`p${index}`] = {
            ...(row.root || row.parent >= index ? {} : { parent: `p${row.parent}` }),
            has: { VCPU: row.vcpus, DISK: row.disk },
            traits: row.traits,
            aggregates: row.aggregates,
            most: row.most,
          };
        const providers = landscape(made);
        const request = requestOf(
          `resources=VCPU:${one}&resources1=DISK:${two}&required1=!CUSTOM_A&resources2=DISK:${three}&group_policy=${isolate ? 'isolate' : 'none'}`,
        );
        const { candidates } = findCandidates(providers, request);
        for (const { allocations, mappings } of candidates) {
          const sums: Record<string, number> = {};
          for (const [id, resources] of allocations)
            for (const [name, taken] of Object.entries(resources)) {
              const inventory = providers.find((provider) => provider.id === id)!.inventories[
                name
              ]!;
              assert.ok(taken <= capacityOf(inventory) && taken <= inventory.max_unit);
              sums[name] = (sums[name] ?? 0) + taken;
            }
          assert.deepEqual(sums, { VCPU: one, DISK: two + three });
          assert.ok(!made[mappings['1']![0]!]!.traits!.includes('CUSTOM_A'));
          if (isolate) assert.notDeepEqual(mappings['1'], mappings['2']);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('queries that mean nothing are refused with placement’s codes', () => {
    const refusal = (query: string, minor = 39) => {
      try {
        requestOf(query, { major: 1, minor });
      } catch (error) {
        return error as { message: string; type?: string };
      }
      return undefined;
    };
    for (const [query, minor] of [
      ['', 10],
      ['', 25],
      ['resources1=VCPU:1', 24],
      ['resources_a=VCPU:1', 32],
      ['resources01=VCPU:1', 30],
      ['in_tree=x&resources=VCPU:1', 31],
      [`in_tree=${AGG}&resources=VCPU:1`, 30],
      ['resources=VCPU:1&limit=0', 39],
      ['resources=VCPU:1&limit=1', 15],
      ['resources=VCPU:1&required1=CUSTOM_A', 35],
      [`resources=VCPU:1&member_of1=${AGG}`, 35],
      ['resources=VCPU:1&required=CUSTOM_A,!CUSTOM_A', 39],
      ['resources1=VCPU:1&resources2=VCPU:1', 39],
      ['resources1=VCPU:1&group_policy=some', 39],
      ['resources=VCPU:1&root_required=in:CUSTOM_A,CUSTOM_B', 39],
      ['resources=VCPU:1&root_required=CUSTOM_A', 34],
      ['resources=VCPU:1&same_subtree=1', 35],
      ['resources*=VCPU:1', 39],
      ['toString=1&resources=VCPU:1', 39],
    ] as const)
      assert.ok(refusal(query, minor), `${query} at 1.${minor}`);
    assert.equal(
      refusal('resources=VCPU:1&root_required=CUSTOM_A&root_required=CUSTOM_B')?.type,
      'placement.query.duplicate_key',
    );
    assert.equal(
      refusal('required1=CUSTOM_A&same_subtree=1')?.type,
      'placement.query.missing_value',
    );
    for (const query of [
      'resources=VCPU:1&required1=CUSTOM_A',
      'resources1=VCPU:1&same_subtree=1,2',
      'resources1=VCPU:1&same_subtree=,1',
    ])
      assert.equal(refusal(query)?.type, 'placement.query.bad_value', query);
  });
});
