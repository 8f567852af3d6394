import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Journal } from './journal.ts';
import { ended, startTestOrchestration, type TestOrchestration } from '../testing.ts';
import { fakeCloud } from './testing.ts';

const thing = (properties: object = {}) => ({ type: 'Test::Thing', properties });
const template = (resources: object) => ({ heat_template_version: '2018-08-31', resources });
const never = new Promise<void>(() => undefined);

const FIRST = template({
  a: thing({ kind: 'one' }),
  b: thing({ other: { get_resource: 'a' } }),
  c: thing(),
  g: { type: 'Test::Group', properties: { count: 2 } },
});
const NEXT = template({
  a: thing({ kind: 'two' }),
  b: thing({ other: { get_resource: 'a' }, size: 3 }),
  d: thing({ other: { get_resource: 'b' } }),
  g: { type: 'Test::Group', properties: { count: 3 } },
});

/**
 * The engine dies at one point after the other: before a request to a service, after it and before its answer is
 * written down, before and after each entry of the journal. The next one goes on; nothing is made twice or lost.
 */
describe('the engine killed at any moment', () => {
  const cloud = fakeCloud();
  let lab: TestOrchestration;
  let dead = false;
  let passed = 0;
  let deadly = Infinity;
  let died = Promise.withResolvers<void>();

  /** One moment at which it may happen. */
  const moment = async () => {
    if (dead) return never;
    if (++passed < deadly) return;
    dead = true;
    died.resolve();
    await never;
  };
  /** Lets the journal of the present engine die as well. */
  const arm = () => {
    const journal = lab.service.context.journal as { write: Journal['write'] };
    const write = journal.write.bind(journal);
    journal.write = async (entry) => {
      await moment();
      await write(entry);
      await moment();
    };
  };
  before(async () => {
    lab = await startTestOrchestration(cloud.types);
  });
  after(() => lab.stop());

  /** Begins something and kills the engine at a moment of it; whether the moment was reached before the end. */
  async function killedAt(at: number, begin: () => Promise<{ id: string }>): Promise<boolean> {
    [dead, passed, deadly, died] = [false, 0, at, Promise.withResolvers<void>()];
    arm();
    cloud.at = moment;
    const stack = await begin();
    const end = lab.service.context.engine.idle(stack.id);
    const killed = await Promise.race([died.promise.then(() => true), end.then(() => false)]);
    deadly = Infinity;
    if (killed) {
      cloud.at = async () => undefined;
      await lab.restart();
    }
    dead = false;
    return killed;
  }

  async function check(id: string, path: string, count: number): Promise<void> {
    const shown = await ended(lab, { id, name: '', path });
    assert.match(shown.stack_status, /_COMPLETE$/, shown.stack_status_reason);
    await lab.service.context.engine.idle(id);
    assert.equal(cloud.things.size, count, `${cloud.things.size} things instead of ${count}`);
  }

  for (const [what, count] of [
    ['create', 5],
    ['update', 6],
    ['delete', 0],
  ] as const) {
    test(what, async () => {
      let moments = 0;
      for (let at = 1; at < 400; at++) {
        cloud.things.clear();
        let stack: Awaited<ReturnType<typeof lab.create>>;
        if (what !== 'create') {
          cloud.at = async () => undefined;
          stack = await lab.create(FIRST);
          await check(stack.id, stack.path, 5);
        }
        const killed = await killedAt(at, async () => {
          if (what === 'create') return (stack = await lab.create(FIRST));
          const [method, body] = what === 'update' ? ['PUT', { template: NEXT }] : ['DELETE'];
          const reply = await lab.ask(method!, stack.path, body);
          assert.ok(reply.status < 300, JSON.stringify(reply.body));
          return stack;
        });
        await check(stack!.id, stack!.path, count);
        if (!killed) break;
        moments++;
        // In the middle of so many the neighbours tell the same: every moment first, then each fourth.
        if (at > 6) at += 3;
      }
      assert.ok(moments >= 8, `only ${moments} moments were met`);
    });
  }
});
