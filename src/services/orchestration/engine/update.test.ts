import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  ended,
  startTestOrchestration,
  type Document,
  type TestOrchestration,
  type TestStack,
} from '../testing.ts';
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

describe('updates', () => {
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

  /** A stack that is there, with the log emptied. */
  async function made(first: object, more?: Document): Promise<TestStack> {
    const stack = await lab.create(first, more);
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'CREATE_COMPLETE', shown.stack_status_reason);
    cloud.log.length = 0;
    return stack;
  }
  async function updated(stack: TestStack, body: object, method = 'PUT'): Promise<Document> {
    const reply = await lab.ask(method, stack.path, body);
    assert.equal(reply.status, 202, JSON.stringify(reply.body));
    return ended(lab, stack);
  }
  async function rows(stack: TestStack): Promise<Record<string, Document>> {
    const { resources } = await lab.get(`${stack.path}/resources`);
    return Object.fromEntries(resources.map((one: Document) => [one['resource_name'], one]));
  }

  /** What the events tell of the stack itself. */
  async function stackEvents(stack: TestStack): Promise<string[]> {
    const { events } = await lab.get(`${stack.path}/events`);
    return events
      .filter((one: Document) => one['resource_name'] === stack.name)
      .map((one: Document) => one['resource_status']);
  }

  test('the same template changes nothing', async () => {
    const same = template({
      a: thing({ name: 'a' }),
      b: thing({ other: { get_resource: 'a' } }),
      g: { type: 'Test::Group', properties: { count: 2 } },
    });
    const stack = await made(same);
    const { events: before } = await lab.get(`${stack.path}/events?nested_depth=2`);
    const shown = await updated(stack, { template: same });
    assert.equal(shown.stack_status, 'UPDATE_COMPLETE', shown.stack_status_reason);
    assert.deepEqual(cloud.log, []);
    const { events } = await lab.get(`${stack.path}/events?nested_depth=2`);
    assert.equal(events.length, before.length + 2);
  });

  test('in place, added, removed; references follow a replacement; the old thing goes last', async () => {
    const stack = await made(
      template({
        a: thing({ kind: 'one' }),
        b: thing({ other: { get_resource: 'a' } }),
        c: thing({ size: 1 }),
        d: thing(),
      }),
    );
    const before = await rows(stack);
    const next = template({
      a: thing({ kind: 'two' }),
      b: thing({ other: { get_resource: 'a' } }),
      c: thing({ size: 2 }),
      e: thing(),
    });
    const { body: preview } = await lab.ask('PUT', `${stack.path}/preview`, { template: next });
    const names = (kind: string) =>
      preview['resource_changes'][kind].map((one: Document) => one['resource_name']).toSorted();
    assert.deepEqual(names('replaced'), ['a']);
    assert.deepEqual(names('updated'), ['b', 'c']);
    assert.deepEqual(names('added'), ['e']);
    assert.deepEqual(names('deleted'), ['d']);
    const shown = await updated(stack, { template: next });
    assert.equal(shown.stack_status, 'UPDATE_COMPLETE', shown.stack_status_reason);
    const now = await rows(stack);
    assert.notEqual(now['a']!['physical_resource_id'], before['a']!['physical_resource_id']);
    assert.equal(now['b']!['physical_resource_id'], before['b']!['physical_resource_id']);
    assert.equal(
      cloud.things.get(now['b']!['physical_resource_id'])!['other'],
      now['a']!['physical_resource_id'],
    );
    assert.equal(cloud.things.size, 4);
    assert.ok(cloud.log.indexOf('delete a') > cloud.log.indexOf('update b'), cloud.log.join());
    assert.ok(cloud.log.indexOf('create a') < cloud.log.indexOf('update b'), cloud.log.join());
  });

  test('a failed update is taken back: the old things stay or come back to what they were', async () => {
    const first = template({
      a: thing({ kind: 'one' }),
      b: thing({ size: 1, other: { get_resource: 'a' } }),
    });
    const stack = await made(first);
    const before = await rows(stack);
    const bad = template({
      a: thing({ kind: 'two' }),
      b: thing({ size: 5, other: { get_resource: 'a' } }),
      c: thing({ fail: true, other: { get_resource: 'b' } }),
    });
    const shown = await updated(stack, { template: bad, disable_rollback: false });
    assert.equal(shown.stack_status, 'ROLLBACK_COMPLETE', shown.stack_status_reason);
    const now = await rows(stack);
    assert.deepEqual(Object.keys(now).toSorted(), ['a', 'b']);
    assert.equal(now['a']!['physical_resource_id'], before['a']!['physical_resource_id']);
    const b = cloud.things.get(now['b']!['physical_resource_id'])!;
    assert.equal(b['size'], 1);
    assert.equal(b['other'], before['a']!['physical_resource_id']);
    assert.equal(cloud.things.size, 2);
    assert.deepEqual((await lab.get(`${stack.path}/template`)).resources.b.properties.size, 1);
  });

  test('a failed update stays for a look, and the next one mends it', async () => {
    const stack = await made(template({ a: thing({ size: 1 }) }));
    const failed = await updated(stack, {
      template: template({ a: thing({ size: 2, fail: true }) }),
    });
    assert.equal(failed.stack_status, 'UPDATE_FAILED');
    assert.match(
      failed.stack_status_reason,
      /^Resource UPDATE failed: ResourceFailure: resources\.a: /,
    );
    const mended = await updated(stack, { template: template({ a: thing({ size: 1 }) }) });
    assert.equal(mended.stack_status, 'UPDATE_COMPLETE', mended.stack_status_reason);
    assert.equal([...cloud.things.values()][0]!['size'], 1);
  });

  test('parameters stay with PATCH, and are cleared', async () => {
    const parametric = template(
      { a: thing({ name: { get_param: 'name' } }) },
      {
        parameters: {
          name: { type: 'string', default: 'plain' },
          secret: { type: 'string', hidden: true, default: 'x' },
        },
      },
    );
    const stack = await made(parametric, { parameters: { name: 'mine', secret: 'hush' } });
    const name = () => [...cloud.things.values()][0]!['name'];
    let shown = await updated(stack, { parameters: { secret: 'other' } }, 'PATCH');
    assert.equal(name(), 'mine');
    assert.equal(shown.parameters.secret, '******');
    assert.equal((await lab.get(`${stack.path}/environment`)).parameters.secret, '******');
    shown = await updated(stack, { clear_parameters: ['name'] }, 'PATCH');
    assert.equal(name(), 'plain');
    await updated(stack, { template: parametric });
    assert.equal(name(), 'plain');
  });

  test('suspend, resume, check; what went behind our back is made again', async () => {
    const stack = await made(template({ a: thing(), b: thing({ other: { get_resource: 'a' } }) }));
    for (const [action, state] of [
      ['suspend', 'SUSPEND_COMPLETE'],
      ['resume', 'RESUME_COMPLETE'],
      ['check', 'CHECK_COMPLETE'],
    ]) {
      const reply = await lab.ask('POST', `${stack.path}/actions`, { [action!]: null });
      assert.equal(reply.status, 200);
      assert.equal((await ended(lab, stack)).stack_status, state);
    }
    assert.deepEqual(cloud.log, ['suspend b', 'suspend a', 'resume a', 'resume b']);
    const a = (await rows(stack))['a']!['physical_resource_id'];
    cloud.things.delete(a);
    await lab.ask('POST', `${stack.path}/actions`, { check: null });
    const checked = await ended(lab, stack);
    assert.equal(checked.stack_status, 'CHECK_FAILED');
    assert.match(checked.stack_status_reason, /NotFound: resources\.a: /);
    const shown = await updated(stack, {}, 'PATCH');
    assert.equal(shown.stack_status, 'UPDATE_COMPLETE', shown.stack_status_reason);
    const now = (await rows(stack))['a']!['physical_resource_id'];
    assert.notEqual(now, a);
    cloud.things.delete(now);
    await updated(stack, { converge: true }, 'PATCH');
    assert.equal(cloud.things.size, 2);
  });

  test('an update is cancelled, with the way back and without', async () => {
    const stack = await made(template({ a: thing({ size: 1 }) }));
    const slow = template({ a: thing({ size: 2 }), b: thing({ looks: 1e9 }) });
    const wait = async () => {
      while (!(await rows(stack))['b']) await new Promise((done) => setTimeout(done, 5));
    };
    await lab.ask('PUT', stack.path, { template: slow });
    await wait();
    assert.equal((await lab.ask('PUT', stack.path, { template: slow })).status, 409);
    await lab.ask('POST', `${stack.path}/actions`, { cancel_update: null });
    assert.equal((await ended(lab, stack)).stack_status, 'ROLLBACK_COMPLETE');
    assert.equal(cloud.things.size, 1);
    assert.equal([...cloud.things.values()][0]!['size'], 1);
    assert.deepEqual((await stackEvents(stack)).slice(-3), [
      'UPDATE_IN_PROGRESS',
      'ROLLBACK_IN_PROGRESS',
      'ROLLBACK_COMPLETE',
    ]);
    await lab.ask('PUT', stack.path, { template: slow });
    await wait();
    await lab.ask('POST', `${stack.path}/actions`, { cancel_without_rollback: null });
    const shown = await ended(lab, stack);
    assert.equal(shown.stack_status, 'UPDATE_FAILED');
    assert.equal(shown.stack_status_reason, 'User cancelled operation');
    assert.equal((await stackEvents(stack)).at(-1), 'UPDATE_FAILED');
    await lab.ask('DELETE', stack.path);
    await lab.service.context.engine.idle(stack.id);
    assert.equal(cloud.things.size, 0);
  });

  test('snapshots: taken, restored, forgotten', async () => {
    const stack = await made(template({ a: thing({ size: 1 }) }));
    const { body: snapshot } = await lab.ask('POST', `${stack.path}/snapshots`, { name: 'one' });
    assert.equal((await ended(lab, stack)).stack_status, 'SNAPSHOT_COMPLETE');
    await updated(stack, { template: template({ a: thing({ size: 7 }) }) });
    const reply = await lab.ask('POST', `${stack.path}/snapshots/${snapshot['id']}/restore`);
    assert.equal(reply.status, 202);
    assert.equal((await ended(lab, stack)).stack_status, 'RESTORE_COMPLETE');
    assert.equal([...cloud.things.values()][0]!['size'], 1);
    const { snapshots } = await lab.get(`${stack.path}/snapshots`);
    assert.equal(snapshots[0].status, 'COMPLETE');
    assert.equal(
      (await lab.ask('DELETE', `${stack.path}/snapshots/${snapshot['id']}`)).status,
      204,
    );
    assert.ok(cloud.log.includes('forget a 1'), cloud.log.join());
  });

  test('abandoned and adopted: the things stay the same', async () => {
    const stack = await made(template({ a: thing({ size: 3 }) }));
    const id = (await rows(stack))['a']!['physical_resource_id'];
    const { body: data } = await lab.ask('DELETE', `${stack.path}/abandon`);
    assert.equal(cloud.things.size, 1);
    assert.equal((await lab.ask('GET', `/stacks/${stack.name}`)).status, 404);
    const adopted = await lab.create('', { adopt_stack_data: JSON.stringify(data) });
    const shown = await ended(lab, adopted);
    assert.equal(shown.stack_status, 'ADOPT_COMPLETE', shown.stack_status_reason);
    assert.equal((await rows(adopted))['a']!['physical_resource_id'], id);
    assert.deepEqual(cloud.log, []);
    await lab.ask('DELETE', adopted.path);
    await lab.service.context.engine.idle(adopted.id);
    assert.equal(cloud.things.size, 0);
  });

  test('hooks hold a resource up until they are cleared', async () => {
    const stack = await lab.create(template({ a: thing() }), {
      environment: { resource_registry: { resources: { a: { hooks: 'pre-create' } } } },
    });
    const waiting = async () => {
      const { events } = await lab.get(`${stack.path}/events`);
      return events.some((one: Document) =>
        String(one['resource_status_reason']).startsWith('CREATE paused until Hook pre-create'),
      );
    };
    while (!(await waiting())) await new Promise((done) => setTimeout(done, 5));
    assert.equal(cloud.things.size, 0);
    const cleared = await lab.ask('POST', `${stack.path}/resources/a/signal`, {
      unset_hook: 'pre-create',
    });
    assert.equal(cleared.status, 200, JSON.stringify(cleared.body));
    assert.equal((await ended(lab, stack)).stack_status, 'CREATE_COMPLETE');
  });

  test('a type that is always made anew, and one that finds out only while it changes', async () => {
    const next = (size: number, more: object = {}) =>
      template({
        fresh: { type: 'Test::Fresh', properties: { size: 1 } },
        choosy: { type: 'Test::Choosy', properties: { size } },
        user: thing({ others: [{ get_resource: 'fresh' }, { get_resource: 'choosy' }] }),
        ...more,
      });
    const stack = await made(next(1));
    const before = await rows(stack);
    const id = (all: Record<string, Document>, name: string) => all[name]!['physical_resource_id'];
    // Every update makes the first anew; the other one is left alone while it stays the same.
    let shown = await updated(stack, { template: next(1) });
    assert.equal(shown.stack_status, 'UPDATE_COMPLETE', shown.stack_status_reason);
    const same = await rows(stack);
    assert.notEqual(id(same, 'fresh'), id(before, 'fresh'));
    assert.equal(id(same, 'choosy'), id(before, 'choosy'));
    assert.deepEqual(cloud.log, ['create fresh', 'update user', 'delete fresh']);
    // A small change is made in place, a large one needs a new thing.
    await updated(stack, { template: next(2) });
    const small = await rows(stack);
    assert.equal(id(small, 'choosy'), id(before, 'choosy'));
    shown = await updated(stack, { template: next(50) });
    assert.equal(shown.stack_status, 'UPDATE_COMPLETE', shown.stack_status_reason);
    const large = await rows(stack);
    assert.notEqual(id(large, 'choosy'), id(before, 'choosy'));
    assert.equal(cloud.things.get(id(large, 'choosy'))!['size'], 50);
    assert.deepEqual(cloud.things.get(id(large, 'user'))!['others'], [
      id(large, 'fresh'),
      id(large, 'choosy'),
    ]);
    assert.equal(cloud.things.size, 3);
    // The way back makes both what they were, in whatever thing.
    shown = await updated(stack, {
      template: next(99, {
        bad: thing({ fail: true }, { depends_on: ['user', 'fresh', 'choosy'] }),
      }),
      disable_rollback: false,
    });
    assert.equal(shown.stack_status, 'ROLLBACK_COMPLETE', shown.stack_status_reason);
    const back = await rows(stack);
    assert.equal(cloud.things.get(id(back, 'choosy'))!['size'], 50);
    assert.deepEqual(cloud.things.get(id(back, 'user'))!['others'], [
      id(back, 'fresh'),
      id(back, 'choosy'),
    ]);
    assert.equal(cloud.things.size, 3);
    await lab.ask('DELETE', stack.path);
    await lab.service.context.engine.idle(stack.id);
    assert.equal(cloud.things.size, 0);
  });

  test('a template stands for a type; its file changes and the stack inside follows', async () => {
    const inner = (size: number) =>
      JSON.stringify(
        template(
          { x: thing({ size, name: { get_param: 'who' } }) },
          {
            parameters: { who: { type: 'string' } },
            outputs: { size: { value: { get_attr: ['x', 'size'] } } },
          },
        ),
      );
    const outer = template(
      { i: { type: 'inner.yaml', properties: { who: 'me' } } },
      { outputs: { size: { value: { get_attr: ['i', 'size'] } } } },
    );
    const stack = await made(outer, { files: { 'inner.yaml': inner(4) } });
    assert.equal((await lab.get(stack.path)).stack.outputs[0].output_value, 4);
    await updated(stack, { template: outer, files: { 'inner.yaml': inner(6) } });
    assert.equal((await lab.get(stack.path)).stack.outputs[0].output_value, 6);
    assert.equal([...cloud.things.values()][0]!['name'], 'me');
    assert.deepEqual(cloud.log, ['update x']);
  });
});
