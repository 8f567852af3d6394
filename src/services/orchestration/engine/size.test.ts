import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  ended,
  startTestOrchestration,
  type Document,
  type TestOrchestration,
} from '../testing.ts';
import { fakeCloud } from './testing.ts';

const cloud = fakeCloud();
let lab: TestOrchestration;
before(async () => {
  lab = await startTestOrchestration(cloud.types, { max_resources_per_stack: 8 });
});
after(() => lab.stop());

const group = (count: number) => ({ type: 'Test::Group', properties: { count } });
const template = (resources: object) => ({ heat_template_version: '2018-08-31', resources });

test('resources of all stacks that belong together are counted', async () => {
  // Two groups and what is in them: 8 of 8, made at the same time.
  const stack = await lab.create(template({ one: group(3), two: group(3) }));
  let shown = await ended(lab, stack);
  assert.equal(shown['stack_status'], 'CREATE_COMPLETE', shown['stack_status_reason']);
  const updated = async (resources: object): Promise<Document> => {
    const reply = await lab.ask('PUT', stack.path, {
      template: template(resources),
      disable_rollback: false,
    });
    assert.equal(reply.status, 202, JSON.stringify(reply.body));
    return ended(lab, stack);
  };
  shown = await updated({ one: group(4), two: group(3) });
  assert.equal(shown['stack_status'], 'ROLLBACK_COMPLETE', shown['stack_status_reason']);
  const { events } = await lab.get(`${stack.path}/events`);
  const reasons = events.map((one: Document) => one['resource_status_reason']).join('\n');
  assert.match(reasons, /maximum resources per stack, 8: with this one there would be 9/);
  assert.equal(cloud.things.size, 6);
  // What becomes smaller leaves room.
  shown = await updated({ one: group(1), two: group(3) });
  assert.equal(shown['stack_status'], 'UPDATE_COMPLETE', shown['stack_status_reason']);
  shown = await updated({ one: group(1), two: group(5) });
  assert.equal(shown['stack_status'], 'UPDATE_COMPLETE', shown['stack_status_reason']);
  // Of another stack is nothing counted.
  const other = await lab.create(template({ one: group(3), two: group(3) }));
  assert.equal((await ended(lab, other))['stack_status'], 'CREATE_COMPLETE');
});

test('stacks that are too large from the beginning are taken back whole', async () => {
  cloud.things.clear();
  const stack = await lab.create(template({ one: group(4), two: group(4) }), {
    disable_rollback: false,
  });
  const shown = await ended(lab, stack);
  assert.equal(shown['stack_status'], 'ROLLBACK_COMPLETE', shown['stack_status_reason']);
  assert.equal(cloud.things.size, 0);
  const reply = await lab.ask('POST', '/stacks', {
    stack_name: 'large',
    template: template(
      Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`r${index}`, group(0)])),
    ),
  });
  assert.equal(reply.status, 403);
});
