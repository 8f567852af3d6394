import { containerHosts, qemuHost } from '../core/configuration.ts';
import { endSession } from '../host/servers/record.ts';
import type { Cloud } from './cloud.ts';
import type { Component } from './component.ts';
import { serverContainers, stopContainers } from './containers.ts';
import { chosenEngine } from './engine.ts';
import { serverMachines, stopMachines } from './machines.ts';
import { planOf } from './plan.ts';
import { recordedProcess, recordStrays, stopProcess } from './unit.ts';

/** What a `down` ended and what it left alone. */
export interface DownResult {
  readonly stopped: readonly string[];
  /** Components that go on because servers need them. */
  readonly running: readonly string[];
  /** Names of the servers that go on; undefined when the engine did not say. */
  readonly servers: readonly string[] | undefined;
}

/**
 * Ends the control plane of a cloud; with `all`, or when there is no server that would miss it, the data plane
 * too. The caller holds the cloud's lock, so nothing starts again behind its back.
 */
export async function takeDown(cloud: Cloud, all: boolean): Promise<DownResult> {
  const { components } = planOf(cloud, chosenEngine(cloud));
  recordStrays(cloud, components);
  const [containers, machines] = [await serverContainers(cloud), await serverMachines(cloud)];
  const alive = containers?.filter(({ state }) => state === 'running' || state === 'paused');
  const everything = all || (alive?.length === 0 && machines.length === 0);
  const ending = components.filter((component) => everything || component.class === 'control');
  const stopped = await stopComponents(cloud, ending, async (component) => {
    // The engine would leave the containers running: they end after the agent and before the engine.
    if (component.name === 'host-agent' && all && alive !== undefined) {
      for (const host of containerHosts(cloud.configuration))
        await endSession(cloud.layout.host(host));
      await stopContainers(cloud, alive);
    }
    const host = qemuHost(cloud.configuration);
    if (component.name === 'qemu-agent' && all && host !== undefined) {
      await endSession(cloud.layout.host(host));
      await stopMachines(cloud, 'orderly');
    }
  });
  const running = components
    .filter(({ name }) => recordedProcess(cloud, name) !== undefined)
    .map(({ name }) => name);
  const servers = all ? [] : alive && [...alive, ...machines].map(({ name }) => name);
  return { stopped, running, servers };
}

/**
 * Ends components so that each ends before those that it depends on, at the same time otherwise; gives the names
 * of those that were running.
 */
export async function stopComponents(
  cloud: Cloud,
  components: readonly Component[],
  afterStop: (component: Component) => Promise<void> = async () => undefined,
): Promise<string[]> {
  const stopped: string[] = [];
  const ends = new Map<string, Promise<void>>();
  const end = (component: Component): Promise<void> => {
    let promise = ends.get(component.name);
    if (promise !== undefined) return promise;
    const dependents = components.filter((other) => other.dependsOn.includes(component.name));
    promise = Promise.all(dependents.map(end)).then(async () => {
      const identity = recordedProcess(cloud, component.name);
      if (identity !== undefined) {
        await stopProcess(cloud, component, identity);
        stopped.push(component.name);
      }
      await afterStop(component);
    });
    ends.set(component.name, promise);
    return promise;
  };
  await Promise.all(components.map(end));
  return stopped;
}
