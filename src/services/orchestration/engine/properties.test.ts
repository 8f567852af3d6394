import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import {
  ended,
  startTestOrchestration,
  type Document,
  type TestOrchestration,
  type TestStack,
} from '../testing.ts';
import { fakeCloud } from './testing.ts';

/*
 * What holds for every template, drawn ones too: what stands is what the template says, nothing refers to what is not
 * there, the same template again takes no step, and nothing stays behind.
 */
const NAMES = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5'];
const CONDITIONS = ['c0', 'c1', 'c2'];

interface Drawn {
  readonly condition: string | undefined;
  readonly isGroup: boolean;
  readonly size: number;
  readonly kind: string;
  readonly byParameter: boolean;
  /** Whom it refers to, among those before it: numbers that are taken modulo how many there are. */
  readonly others: readonly number[];
  /** References to what may be left out are guarded by its condition. */
  readonly guarded: boolean;
  readonly after: number | undefined;
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  condition: fc.option(fc.constantFrom(...CONDITIONS), { nil: undefined }),
  isGroup: fc.integer({ min: 0, max: 5 }).map((number) => number === 0),
  size: fc.integer({ min: 0, max: 3 }),
  kind: fc.constantFrom('one', 'two'),
  byParameter: fc.boolean(),
  others: fc.array(fc.nat(9), { maxLength: 3 }),
  guarded: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
  after: fc.option(fc.nat(9), { nil: undefined }),
});

/** A template of resources each of which may refer to those before it. */
function templateOf(resources: readonly Drawn[]): Document {
  const reference = (guarded: boolean, target: number): object => {
    const own = { get_resource: NAMES[target]! };
    const { condition } = resources[target]!;
    return condition === undefined || !guarded ? own : { if: [condition, own, 'nobody'] };
  };
  return {
    heat_template_version: '2018-08-31',
    parameters: {
      p0: { type: 'boolean', default: true },
      p1: { type: 'boolean', default: false },
      size: { type: 'number', default: 1 },
    },
    conditions: {
      c0: { get_param: 'p0' },
      c1: { not: 'c0' },
      c2: { or: [{ get_param: 'p1' }, 'c1'] },
    },
    resources: Object.fromEntries(
      resources.map((one, index) => {
        const others = index === 0 ? [] : one.others.map((number) => number % index);
        const size = one.byParameter ? { get_param: 'size' } : one.size;
        const common = {
          ...(one.condition === undefined ? {} : { condition: one.condition }),
          ...(one.after === undefined || index === 0
            ? {}
            : { depends_on: NAMES[one.after % index]! }),
        };
        const body = one.isGroup
          ? { type: 'Test::Group', properties: { count: size } }
          : {
              type: 'Test::Thing',
              properties: {
                size,
                kind: one.kind,
                others: others.map((target) => reference(one.guarded, target)),
                name: { if: ['c0', 'yes', 'no'] },
              },
            };
        return [NAMES[index]!, { ...common, ...body }];
      }),
    ),
  };
}

const cloud = fakeCloud();
let lab: TestOrchestration;
before(async () => {
  lab = await startTestOrchestration(cloud.types);
});
after(() => lab.stop());

/** The cloud's things are exactly those of the stack, and whomever one refers to is there. */
async function holds(stack: TestStack, count: number): Promise<void> {
  const { resources } = await lab.get(`${stack.path}/resources?nested_depth=5`);
  const mine = (resources as Document[]).filter((one) => one['parent_resource'] === undefined);
  assert.equal(mine.length, count, 'as many resources as conditions let be');
  const things = (resources as Document[])
    .filter((one) => one['resource_type'] === 'Test::Thing')
    .map((one) => one['physical_resource_id'] as string);
  assert.deepEqual(things.toSorted(), [...cloud.things.keys()].toSorted());
  const groups = new Set(mine.map((one) => one['physical_resource_id'] as string));
  for (const thing of cloud.things.values()) {
    for (const other of (thing['others'] ?? []) as string[]) {
      const isThere = cloud.things.has(other) || groups.has(other) || other === 'nobody';
      assert.ok(isThere, `${String(thing['id'])} refers to ${other}, which is not there`);
    }
  }
}

/** How many of the resources the conditions let be. */
const counted = (resources: readonly Drawn[], p0: boolean, p1: boolean): number => {
  const values: Readonly<Record<string, boolean>> = { c0: p0, c1: !p0, c2: p1 || !p0 };
  return resources.filter(({ condition }) => condition === undefined || values[condition]).length;
};

test('templates: made as they say, unchanged when they are, without dangling references, and gone', async () => {
  let [made, changed] = [0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.array(drawn, { minLength: 1, maxLength: NAMES.length }),
      fc.record({ p0: fc.boolean(), p1: fc.boolean(), size: fc.integer({ min: 0, max: 2 }) }),
      async (resources, parameters) => {
        const template = templateOf(resources);
        cloud.things.clear();
        const name = `drawn${made}`;
        const reply = await lab.ask('POST', '/stacks', { stack_name: name, template });
        if (reply.status === 400) {
          // A reference to what a condition leaves out is refused beforehand, never made.
          assert.match(JSON.stringify(reply.body), /condition|left out/);
          assert.equal(cloud.things.size, 0);
          return;
        }
        assert.equal(reply.status, 201, JSON.stringify(reply.body));
        made++;
        const id = reply.body['stack'].id as string;
        const stack = { id, name, path: `/stacks/${name}/${id}` };
        let shown = await ended(lab, stack);
        assert.equal(shown['stack_status'], 'CREATE_COMPLETE', shown['stack_status_reason']);
        await holds(stack, counted(resources, true, false));

        cloud.log.length = 0;
        assert.equal((await lab.ask('PUT', stack.path, { template })).status, 202);
        shown = await ended(lab, stack);
        assert.equal(shown['stack_status'], 'UPDATE_COMPLETE', shown['stack_status_reason']);
        assert.deepEqual(cloud.log, [], 'the same template takes no step');

        const other = await lab.ask('PUT', stack.path, { template, parameters });
        if (other.status === 202) {
          changed++;
          shown = await ended(lab, stack);
          assert.equal(shown['stack_status'], 'UPDATE_COMPLETE', shown['stack_status_reason']);
          await holds(stack, counted(resources, parameters.p0, parameters.p1));
          cloud.log.length = 0;
          await lab.ask('PUT', stack.path, { template, parameters });
          await ended(lab, stack);
          assert.deepEqual(cloud.log, [], 'the same template and parameters take no step');
        } else assert.equal(other.status, 400, JSON.stringify(other.body));

        await lab.ask('DELETE', stack.path);
        await lab.service.context.engine.idle(stack.id);
        assert.equal((await lab.get(stack.path))['stack'].stack_status, 'DELETE_COMPLETE');
        assert.equal(cloud.things.size, 0, 'nothing stays behind');
        const { tables } = lab.service.context;
        const rows = await tables.selectFrom('orchestration.resources').select('id').execute();
        assert.deepEqual(rows, []);
        const live = await tables
          .selectFrom('orchestration.stacks')
          .select('name')
          .where('deleted_at', 'is', null)
          .execute();
        assert.deepEqual(live, []);
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
  assert.ok(made > 15 && changed > 10, `${made} made, ${changed} changed: that proves little`);
});
