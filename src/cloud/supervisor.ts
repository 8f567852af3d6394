import { messageOf } from '../core/errors.ts';
import { sleep } from '../core/time.ts';
import type { Cloud } from './cloud.ts';
import type { Chore, Component, Plan, Step } from './component.ts';
import { identify, isAlive, type ProcessIdentity } from './process.ts';
import { writeStatus, type UnitState, type UnitStatus } from './status.ts';
import {
  inRightNamespace,
  logTail,
  recordedProcess,
  recordStrays,
  startProcess,
  stopProcess,
} from './unit.ts';

/** What happens while a cloud comes up, for whoever shows it. Times in milliseconds. */
export type SupervisorEvent =
  | { readonly kind: 'begin'; readonly name: string; readonly title: string }
  | {
      readonly kind: 'done';
      readonly name: string;
      readonly title: string;
      readonly how: 'done' | 'started' | 'adopted';
      readonly milliseconds: number;
    }
  | { readonly kind: 'trouble'; readonly name: string; readonly message: string };

/** Milliseconds between two looks at the processes that are not our children. */
const LOOK = 250;
/** Milliseconds that a component must have run for its next death to count as the first one. */
const STEADY = 60_000;
/** Failed starts in a row after which `up` gives up; afterwards the supervisor never does. */
const FIRST_ATTEMPTS = 3;

/** Milliseconds to wait before the nth start in a row that failed: none before the first. */
export const backoff = (failures: number): number =>
  failures <= 1 ? 0 : Math.min(250 * 2 ** (failures - 2), 30_000);

interface Unit {
  readonly component: Component;
  state: UnitState;
  process: ProcessIdentity | undefined;
  restarts: number;
  lastError: UnitStatus['lastError'];
}

interface Watched {
  readonly identity: ProcessIdentity;
  /** Started by this very process: its end is an event, nobody needs to look. */
  readonly child: boolean;
  gone(reason: string): void;
}

/**
 * Brings the processes of one cloud up in the order of their dependencies and keeps each of them alive. It holds
 * nothing that its death would lose: processes are sessions of their own, and the next supervisor finds them.
 */
export class Supervisor {
  readonly #cloud: Cloud;
  readonly #plan: Plan;
  readonly #report: (event: SupervisorEvent) => void;
  readonly #units = new Map<string, Unit>();
  readonly #stopping = new AbortController();
  #loops: Promise<void>[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #watched = new Set<Watched>();
  #readyAt: string | undefined;

  constructor(cloud: Cloud, plan: Plan, report: (event: SupervisorEvent) => void) {
    this.#cloud = cloud;
    this.#plan = plan;
    this.#report = report;
    for (const component of plan.components)
      this.#units.set(component.name, {
        component,
        state: 'stopped',
        process: undefined,
        restarts: 0,
        lastError: undefined,
      });
  }

  /**
   * Resolves when every step is done and every component has become ready once; from then on, and while this
   * waits, what dies is started again. Fails with a sentence when something cannot be started at all.
   */
  async start(): Promise<void> {
    recordStrays(this.#cloud, this.#plan.components);
    this.#timer = setInterval(() => {
      for (const { identity, child, gone } of this.#watched)
        if (!child && !isAlive(identity)) gone('nobody saw how');
    }, LOOK);
    const ready = new Map<string, Promise<void>>();
    const known = new Map<string, Step | Component>(
      [...this.#plan.steps, ...this.#plan.components].map((item) => [item.name, item]),
    );
    const begin = (name: string): Promise<void> => {
      let promise = ready.get(name);
      if (promise !== undefined) return promise;
      const item = known.get(name);
      if (item === undefined) throw new Error(`nothing is called "${name}"`);
      const dependencies = item.dependsOn.map(begin);
      promise = Promise.all(dependencies).then(() =>
        'run' in item ? this.#runStep(item) : this.#firstStart(this.#units.get(name)!),
      );
      ready.set(name, promise);
      // Whoever depends on it fails with it; the first failure is the one that is told.
      promise.catch(() => undefined);
      return promise;
    };
    await Promise.all([...known.keys()].map(begin));
    for (const chore of this.#plan.chores) this.#loops.push(this.#repeat(chore));
    this.#readyAt = new Date().toISOString();
    this.#writeStatus();
  }

  /** Stops looking after the processes; ends none of them. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopping.abort();
    for (const { gone } of this.#watched) gone('no longer watched');
    await Promise.all(this.#loops);
  }

  async #runStep(step: Step): Promise<void> {
    this.#report({ kind: 'begin', name: step.name, title: step.title });
    const before = performance.now();
    await step.run();
    this.#report({
      kind: 'done',
      name: step.name,
      title: step.title,
      how: 'done',
      milliseconds: performance.now() - before,
    });
  }

  async #repeat(chore: Chore): Promise<void> {
    for (;;) {
      await sleep(chore.pause, this.#stopping.signal).catch(() => undefined);
      if (this.#stopping.signal.aborted) return;
      await chore
        .run()
        .catch((error: unknown) =>
          this.#report({ kind: 'trouble', name: chore.name, message: messageOf(error) }),
        );
    }
  }

  #firstStart(unit: Unit): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#loops.push(this.#keepAlive(unit, resolve, reject));
    });
  }

  /** The life of one component: started or adopted, watched, started again, until the supervisor stops. */
  async #keepAlive(
    unit: Unit,
    firstReady: () => void,
    giveUp: (error: Error) => void,
  ): Promise<void> {
    const { name, title } = unit.component;
    let failures = 0;
    let wasReady = false;
    while (!this.#stopping.signal.aborted) {
      this.#report({ kind: 'begin', name, title });
      const before = performance.now();
      try {
        const { identity, ended, how } = await this.#startOrAdopt(unit);
        this.#report({ kind: 'done', name, title, how, milliseconds: performance.now() - before });
        this.#change(unit, 'running');
        wasReady = true;
        firstReady();
        const readySince = performance.now();
        const reason = await this.#death(identity, ended);
        if (this.#stopping.signal.aborted) return;
        if (performance.now() - readySince > STEADY) failures = 0;
        throw new Error(`it ended: ${reason}`);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        failures++;
        unit.process = undefined;
        unit.lastError = {
          at: new Date().toISOString(),
          message: messageOf(error),
          log: logTail(this.#cloud, name),
        };
        this.#report({ kind: 'trouble', name, message: messageOf(error) });
        if (!wasReady && failures >= FIRST_ATTEMPTS)
          giveUp(
            new Error(
              `${title} (${name}) could not be started: ${messageOf(error)}\n${unit.lastError.log}`,
            ),
          );
        this.#change(unit, 'waiting');
        unit.restarts++;
        await sleep(backoff(failures), this.#stopping.signal).catch(() => undefined);
      }
    }
  }

  async #startOrAdopt(unit: Unit): Promise<{
    identity: ProcessIdentity;
    ended: Promise<string> | undefined;
    how: 'started' | 'adopted';
  }> {
    const { component } = unit;
    this.#change(unit, 'starting');
    const found = recordedProcess(this.#cloud, component.name);
    if (found !== undefined && inRightNamespace(this.#cloud, component.launch(), found)) {
      unit.process = found;
      await this.#untilReady(component, found);
      await component.afterStart?.();
      return { identity: found, ended: undefined, how: 'adopted' };
    }
    if (found !== undefined) await stopProcess(this.#cloud, component, found);
    await component.prepare?.();
    // Between an abort and this line nothing may be started that nobody would watch.
    this.#stopping.signal.throwIfAborted();
    const { identity, ended } = startProcess(this.#cloud, component);
    unit.process = identity;
    this.#change(unit, 'starting');
    await this.#untilReady(component, identity);
    await component.afterStart?.();
    return { identity, ended, how: 'started' };
  }

  async #untilReady(component: Component, identity: ProcessIdentity): Promise<void> {
    const patience = component.patience ?? 20_000;
    const deadline = performance.now() + patience;
    for (let pause = 4; ; pause = Math.min(pause * 1.3, 100)) {
      if (await component.ready().catch(() => false)) return;
      if (!isAlive(identity)) throw new Error('it ended before it was ready');
      if (performance.now() > deadline) {
        // A process that hangs would be adopted again and again.
        await stopProcess(this.#cloud, component, identity);
        throw new Error(`it did not answer within ${patience / 1000} s and was ended`);
      }
      await sleep(pause, this.#stopping.signal);
    }
  }

  /** Resolves when the process is gone: at once for a child, within `LOOK` for an adopted one. */
  #death(identity: ProcessIdentity, ended: Promise<string> | undefined): Promise<string> {
    return new Promise((resolve) => {
      const watched: Watched = {
        identity,
        child: ended !== undefined,
        gone: (reason) => {
          this.#watched.delete(watched);
          resolve(reason);
        },
      };
      this.#watched.add(watched);
      void ended?.then(watched.gone);
    });
  }

  #change(unit: Unit, state: UnitState): void {
    unit.state = state;
    this.#writeStatus();
  }

  #writeStatus(): void {
    if (this.#stopping.signal.aborted) return;
    const components: Record<string, UnitStatus> = {};
    for (const [name, unit] of this.#units)
      components[name] = {
        state: unit.state,
        restarts: unit.restarts,
        ...(unit.process === undefined ? {} : { process: unit.process }),
        ...(unit.lastError === undefined ? {} : { lastError: unit.lastError }),
      };
    writeStatus(this.#cloud.layout, {
      supervisor: identify(process.pid)!,
      writtenAt: new Date().toISOString(),
      ...(this.#readyAt === undefined ? {} : { readyAt: this.#readyAt }),
      components,
    });
  }
}
