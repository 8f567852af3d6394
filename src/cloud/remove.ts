import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Cloud } from './cloud.ts';
import { run } from './command.ts';
import { sleep } from '../core/time.ts';
import { dockerd } from './components/dockerd.ts';
import {
  removeContainers,
  removeEngineImages,
  serverContainers,
  type ServerContainer,
} from './containers.ts';
import { takeDown } from './down.ts';
import { chosenEngine } from './engine.ts';
import { stopMachines } from './machines.ts';
import { removeNetwork } from './network/network.ts';
import { identify, terminate } from './process.ts';
import { releaseName } from './registry.ts';
import { markedProcesses, startProcess } from './unit.ts';

/**
 * Takes a cloud off the machine: its servers, processes, namespace, interfaces, firewall rules, kernel settings
 * and its home with all data. The caller holds the lock. Cut off half-way it can be repeated.
 */
export async function removeCloud(cloud: Cloud): Promise<void> {
  const { configuration } = cloud;
  await removeContainers(cloud, await containersOf(cloud));
  // A private engine goes with the home; another's keeps nothing of ours.
  if (chosenEngine(cloud)?.kind === 'system') await removeEngineImages(cloud);
  await stopMachines(cloud, 'at once');
  await takeDown(cloud, true);
  // Helpers of components that died before, container shims of a killed engine.
  await Promise.all(
    markedProcesses(configuration.home).map(({ identity }) => terminate(identity, 'SIGTERM', 3000)),
  );
  await endNamespaceProcesses(cloud);
  if (configuration.driver === 'docker') await removeNetwork(cloud);
  await unmountBelow(configuration.home);
  releaseName(configuration.name, configuration.home);
  rmSync(configuration.home, { recursive: true, force: true });
}

/** The cloud's containers; a private engine that is down is started for this last time. */
async function containersOf(cloud: Cloud): Promise<ServerContainer[]> {
  const containers = await serverContainers(cloud);
  if (containers !== undefined) return containers;
  const engine = chosenEngine(cloud);
  if (engine?.kind === 'private' && existsSync(cloud.namespaceFile)) {
    const component = dockerd(cloud);
    await component.prepare?.();
    startProcess(cloud, component);
    for (let attempt = 0; attempt < 200; attempt++) {
      if (await component.ready()) return (await serverContainers(cloud)) ?? [];
      await sleep(50);
    }
    return [];
  }
  throw new Error(
    `the Docker Engine with this cloud's servers does not answer at ${engine?.socket}: ` +
      'start it, then repeat the command',
  );
}

/** The servers' own processes, when a private engine is gone and cannot end them. */
async function endNamespaceProcesses(cloud: Cloud): Promise<void> {
  if (!existsSync(cloud.namespaceFile)) return;
  const { output } = await run('ip', ['netns', 'pids', cloud.namespace]);
  for (const line of output.split('\n').filter(Boolean)) {
    const identity = identify(Number(line));
    if (identity !== undefined) await terminate(identity, 'SIGTERM', 3000);
  }
}

/** An engine that was killed leaves mounts, which would keep the folder from being removed. */
async function unmountBelow(home: string): Promise<void> {
  const prefix = `${path.resolve(home)}/`;
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[1] ?? ''))
    .filter((target) => target.startsWith(prefix));
  for (const target of mounts.toReversed())
    await run('umount', ['--lazy', target], { accept: [0, 1, 32] });
}

/** The kernel writes blanks and backslashes of a path as octal numbers. */
const unescapeMount = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
