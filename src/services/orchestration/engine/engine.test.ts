import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { ended, startTestOrchestration, type TestOrchestration } from '../testing.ts';
import { fakeCloud } from './testing.ts';

const thing = (properties: object = {}, more: object = {}) => ({
  type: 'Test::Thing',
  properties,
  ...more,
});
const template = (resources: object, more: object = {}) => ({
  heat_template_version: '2018-08-31',
  resources,
  ...more,
});
const chain = template(
  {
    a: thing({ name: 'a' }),
    b: thing({ name: 'b', other: { get_resource: 'a' } }),
    c: thing({ name: { get_attr: ['b', 'name'] }, others: [{ get_resource: 'b' }] }),
  },
  { outputs: { who: { value: { get_attr: ['c', 'name'] } } } },
);

describe('the engine', () => {
  const cloud = fakeCloud();
  let lab: TestOrchestration;
  before(async () => {
    lab = await startTestOrchestration(cloud.types);
  });
  after(() => lab.stop());
  beforeEach(() => {
    cloud.log.length = 0;
    cloud.things.clear();
    cloud.at = async () => undefined;
  });

  test('makes a stack in the order of its needs, and takes it down the other way round', async () => {
    const stack = await lab.create(chain);
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'CREATE_COMPLETE', shown.stack_status_reason);
    assert.deepEqual(cloud.log, ['create a', 'create b', 'create c']);
    assert.deepEqual(shown.outputs, [
      { output_key: 'who', description: 'No description given', output_value: 'b' },
    ]);
    const { resources } = await lab.get(`${stack.path}/resources`);
    assert.deepEqual(
      resources.map((one: never) => [one['resource_name'], one['required_by']]),
      [
        ['a', ['b']],
        ['b', ['c']],
        ['c', []],
      ],
    );
    const { events } = await lab.get(`${stack.path}/events`);
    assert.deepEqual(
      events.map((one: never) => `${one['resource_name']} ${one['resource_status']}`),
      [
        `${stack.name} CREATE_IN_PROGRESS`,
        ...['a', 'b', 'c'].flatMap((name) => [
          `${name} CREATE_IN_PROGRESS`,
          `${name} CREATE_COMPLETE`,
        ]),
        `${stack.name} CREATE_COMPLETE`,
      ],
    );
    assert.equal((await lab.ask('DELETE', stack.path)).status, 204);
    await lab.service.context.engine.idle(stack.id);
    assert.deepEqual(cloud.log.slice(3), ['delete c', 'delete b', 'delete a']);
    assert.equal(cloud.things.size, 0);
    assert.equal((await lab.get(stack.path)).stack.stack_status, 'DELETE_COMPLETE');
    assert.equal((await lab.ask('GET', `/stacks/${stack.name}`)).status, 404);
  });

  test('says what failed, and leaves the rest for a look', async () => {
    const stack = await lab.create(
      template({ a: thing(), b: thing({ fail: true, other: { get_resource: 'a' } }) }),
    );
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'CREATE_FAILED');
    assert.equal(
      shown.stack_status_reason,
      'Resource CREATE failed: ResourceFailure: resources.b: it was told to fail',
    );
    assert.equal(cloud.things.size, 2);
    await lab.ask('DELETE', stack.path);
    await lab.service.context.engine.idle(stack.id);
    assert.equal(cloud.things.size, 0);
  });

  test('takes a failed creation back when it is asked to', async () => {
    const stack = await lab.create(template({ a: thing(), b: thing({ fail: true }) }), {
      disable_rollback: false,
    });
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'ROLLBACK_COMPLETE', shown.stack_status_reason);
    assert.equal(cloud.things.size, 0);
  });

  test('a stack inside: made, asked, signalled, taken down', async () => {
    const stack = await lab.create(
      template(
        { g: { type: 'Test::Group', properties: { count: 3 } } },
        { outputs: { sizes: { value: { get_attr: ['g', 'sizes'] } } } },
      ),
    );
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'CREATE_COMPLETE', shown.stack_status_reason);
    assert.deepEqual(shown.outputs[0].output_value, [0, 1, 2]);
    const { resources } = await lab.get(`${stack.path}/resources?nested_depth=1`);
    assert.equal(resources.length, 4);
    assert.equal((await lab.ask('POST', `${stack.path}/resources/g/signal`, 5)).status, 200);
    await lab.service.context.engine.idle(resources[0].physical_resource_id);
    assert.equal(cloud.things.size, 5);
    await lab.ask('DELETE', stack.path);
    await lab.service.context.engine.idle(stack.id);
    assert.equal(cloud.things.size, 0);
  });

  test('a thousand resources', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index) => [`r${index}`, thing({ name: `${index}` })]),
    );
    const stack = await lab.create(template(many));
    assert.equal((await ended(lab, stack)).stack_status, 'CREATE_COMPLETE');
    assert.equal(cloud.things.size, 1000);
    await lab.ask('DELETE', stack.path);
    await lab.service.context.engine.idle(stack.id);
    assert.equal(cloud.things.size, 0);
  });
});
