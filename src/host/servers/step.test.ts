import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Instance } from '../drivers/driver.ts';
import { wishOf } from '../testing.ts';
import type { ServerWish } from '../wish.ts';
import type { StartRecord } from './record.ts';
import { nextStep } from './step.ts';

const image = {
  id: 'image',
  containerFormat: 'docker',
  diskFormat: 'raw',
  size: 1,
  digest: { algorithm: 'md5', value: '' },
} as const;
const wish = (change: Partial<ServerWish> = {}) => wishOf(image, { generation: 1, ...change });
const instance = (state: Instance['state'], run: string | undefined = 'run 1'): Instance => ({
  serverId: '',
  containerId: '',
  imageId: 'image',
  build: 0,
  state,
  run: state === 'created' ? undefined : run,
  startedAt: undefined,
  finishedAt: undefined,
  exitCode: undefined,
  processId: undefined,
});
const record = (change: Partial<StartRecord> = {}): StartRecord => ({
  generation: 1,
  run: null,
  session: 'now',
  stopped: false,
  ...change,
});
const kind = (...args: Parameters<typeof nextStep>) => nextStep(...args).kind;

describe('the next step of a server', () => {
  it('makes and starts what is wished', () => {
    assert.equal(kind(wish(), undefined, undefined, 'now'), 'create');
    assert.equal(kind(wish(), instance('created'), undefined, 'now'), 'start');
    assert.equal(kind(wish(), instance('running'), record(), 'now'), 'settled');
    assert.equal(kind(wish({ power: 'stopped' }), undefined, undefined, 'now'), 'settled');
  });

  it('leaves a server down that ended by itself, until it is ordered', () => {
    assert.equal(kind(wish(), instance('stopped'), record(), 'now'), 'settled');
    assert.equal(kind(wish({ generation: 2 }), instance('stopped'), record(), 'now'), 'start');
  });

  it('starts again what a crash kept from starting', () => {
    const begun = record({ run: 'run 1' });
    assert.equal(kind(wish(), instance('stopped', 'run 1'), begun, 'now'), 'start');
    assert.equal(kind(wish(), instance('stopped', 'run 2'), begun, 'now'), 'settled');
  });

  it('starts what ran when the machine or the cloud went down, but not what was down then', () => {
    assert.equal(kind(wish(), instance('stopped'), record({ session: 'before' }), 'now'), 'start');
    const stopped = record({ session: 'before', stopped: true });
    assert.equal(kind(wish({ power: 'stopped' }), instance('stopped'), stopped, 'now'), 'settled');
  });

  it('starts what was stopped by order and is wished again', () => {
    assert.equal(kind(wish(), instance('stopped'), record({ stopped: true }), 'now'), 'start');
  });

  it('reboots once for each new generation, softly or hard', () => {
    const soft = wish({ generation: 2, rebootKind: 'soft', stopTimeout: 7 });
    assert.deepEqual(nextStep(soft, instance('running'), record(), 'now'), {
      kind: 'stop',
      seconds: 7,
      reboot: true,
    });
    const hard = nextStep(wish({ generation: 2 }), instance('paused'), record(), 'now');
    assert.deepEqual(hard, { kind: 'stop', seconds: 0, reboot: true });
    assert.equal(kind(soft, instance('running'), record({ generation: 2 }), 'now'), 'settled');
  });

  it('pauses, unpauses and stops', () => {
    assert.equal(kind(wish({ power: 'paused' }), instance('running'), record(), 'now'), 'pause');
    assert.equal(kind(wish({ power: 'paused' }), instance('paused'), record(), 'now'), 'settled');
    assert.equal(kind(wish(), instance('paused'), record(), 'now'), 'unpause');
    assert.equal(kind(wish({ power: 'stopped' }), instance('paused'), record(), 'now'), 'stop');
  });

  it('lets a server that is only frozen go on in its run, and starts one whose process has ended', () => {
    const ended = instance('suspended');
    const frozen = { ...ended, processId: 7 };
    const aside = wish({ power: 'suspended' });
    assert.equal(kind(aside, instance('running'), record(), 'now'), 'suspend');
    assert.equal(kind(aside, instance('paused'), record(), 'now'), 'suspend');
    for (const each of [ended, frozen]) {
      assert.equal(kind(aside, each, record(), 'now'), 'settled');
      const reboot = nextStep(wish({ generation: 2 }), each, record(), 'now');
      assert.deepEqual(reboot, { kind: 'stop', seconds: 0, reboot: true });
    }
    assert.equal(kind(wish(), ended, record(), 'now'), 'start');
    assert.equal(kind(wish(), frozen, record(), 'now'), 'unpause');
    const off = wish({ power: 'stopped', stopTimeout: 7 });
    const stop = (seconds: number) => ({ kind: 'stop', seconds, reboot: false });
    assert.deepEqual(nextStep(off, ended, record(), 'now'), stop(0));
    assert.deepEqual(nextStep(off, frozen, record(), 'now'), stop(7));
    // Its memory went with the machine: only an order starts it.
    assert.equal(kind(aside, instance('stopped'), record({ session: 'b' }), 'now'), 'settled');
  });

  it('replaces a container that was made from another image', () => {
    const other = { ...instance('running'), imageId: 'other' };
    assert.equal(kind(wish(), other, record(), 'now'), 'discard');
    const anew = wish({ build: 1 });
    assert.equal(kind(anew, instance('running'), record(), 'now'), 'discard');
    assert.equal(kind(anew, { ...instance('running'), build: 1 }, record(), 'now'), 'settled');
  });

  it('comes to rest from any state, as wished', () => {
    const states = ['created', 'running', 'paused', 'suspended', 'stopped'] as const;
    fc.assert(
      fc.property(
        fc.constantFrom('running', 'paused', 'suspended', 'stopped', 'deleted'),
        fc.option(fc.constantFrom(...states), { nil: undefined }),
        fc.option(
          fc.record({
            generation: fc.constantFrom(0, 1, 2),
            run: fc.constantFrom(null, 'run 1'),
            session: fc.constantFrom('now', 'before'),
            stopped: fc.boolean(),
          }),
          { nil: undefined },
        ),
        (power, state, startRecord) => {
          let here = state === undefined ? undefined : instance(state);
          let noted: StartRecord | undefined = startRecord;
          const wanted = wish({ power });
          for (let steps = 0; steps < 8; steps++) {
            const step = nextStep(wanted, here, noted, 'now');
            if (step.kind === 'settled') {
              const alive = here?.state === 'running' || here?.state === 'paused';
              if (alive) assert.equal(here?.state, power);
              return;
            }
            if (step.kind === 'remove') return assert.equal(power, 'deleted');
            if (step.kind === 'create') here = instance('created');
            if (step.kind === 'start') {
              noted = record({ run: here?.run ?? null });
              here = instance('running', `${here?.run ?? ''}+`);
            }
            if (step.kind === 'stop') {
              if (!step.reboot && noted !== undefined) noted = { ...noted, stopped: true };
              here = instance('stopped', here?.run);
            }
            if (step.kind === 'pause') here = instance('paused', here?.run);
            if (step.kind === 'suspend') here = instance('suspended', here?.run);
            if (step.kind === 'unpause') here = instance('running', here?.run);
            assert.notEqual(step.kind, 'discard');
          }
          assert.fail('it never comes to rest');
        },
      ),
    );
  });
});

describe('a server that ended by itself', () => {
  const ended = (seconds: number, exitCode = 1): Instance => ({
    ...instance('stopped'),
    exitCode,
    startedAt: new Date(1_000_000 - seconds * 1000),
    finishedAt: new Date(1_000_000),
  });
  const step = (
    when: 'never' | 'failure' | 'always',
    what: { exitCode?: number; ran?: number; restarts?: number; attempts?: number; later?: number },
  ) =>
    nextStep(
      wish({ restart: { when, attempts: what.attempts ?? 0 } }),
      ended(what.ran ?? 1, what.exitCode),
      record({ restarts: what.restarts ?? 0 }),
      'now',
      1_000_000 + (what.later ?? 0),
    );

  it('stays down unless it is to be started again', () => {
    assert.equal(step('never', {}).kind, 'settled');
    assert.equal(step('failure', { exitCode: 0 }).kind, 'settled');
    assert.equal(step('failure', { exitCode: 2 }).kind, 'wait');
    assert.equal(step('always', { exitCode: 0 }).kind, 'wait');
  });

  it('is started again after a pause that grows, and no more often than was said', () => {
    assert.deepEqual(step('always', {}), { kind: 'wait', milliseconds: 100, restarts: 1 });
    assert.deepEqual(step('always', { restarts: 3, later: 500 }), {
      kind: 'wait',
      milliseconds: 300,
      restarts: 4,
    });
    const again = step('always', { restarts: 3, later: 800 });
    assert.ok(again.kind === 'start' && again.restarts === 4, JSON.stringify(again));
    assert.equal(step('failure', { restarts: 2, attempts: 2 }).kind, 'settled');
    assert.deepEqual(step('failure', { restarts: 2, attempts: 2, ran: 20 }), {
      kind: 'wait',
      milliseconds: 100,
      restarts: 1,
    });
  });
});

describe('a rescue', () => {
  const rescue = { id: '5', image, passwordHash: undefined };
  const rescued = wish({ generation: 5, rescue });
  const kindOf = (
    desired: ServerWish,
    state: Instance['state'],
    which: string | undefined,
  ): string =>
    nextStep(desired, { ...instance(state), rescue: which }, record({ generation: 4 }), 'now').kind;

  it('begins and ends with a server that does not run', () => {
    assert.equal(kindOf(rescued, 'running', undefined), 'stop');
    assert.equal(kindOf(rescued, 'stopped', undefined), 'rescue');
    assert.equal(kindOf(rescued, 'created', '5'), 'start');
    assert.equal(kindOf(wish({ generation: 6 }), 'running', '5'), 'stop');
    assert.equal(kindOf(wish({ generation: 6 }), 'stopped', '5'), 'unrescue');
    assert.equal(kindOf(wish({ generation: 6 }), 'stopped', undefined), 'start');
    assert.equal(kindOf(rescued, 'stopped', '4'), 'unrescue', 'of another rescue');
    assert.equal(kindOf({ ...rescued, power: 'deleted' }, 'running', '5'), 'remove');
  });
});
