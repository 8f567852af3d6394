import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { containerHosts, qemuHost } from '../core/configuration.ts';
import { newHexId } from '../core/ids.ts';
import { CLOUD_INTERFACE, type Cloud } from './cloud.ts';
import { run } from './command.ts';
import { recreateDatabase } from './components/postgresql.ts';
import { removeContainers, removeEngineImages, serverContainers } from './containers.ts';
import { chosenEngine } from './engine.ts';
import { stopMachines } from './machines.ts';
import { stopComponents } from './down.ts';
import { writeAtomically } from './files.ts';
import { removeMetadataNamespaces } from './network/network.ts';
import { planOf } from './plan.ts';
import { recordedProcess, recordStrays } from './unit.ts';

/** `run/reset.json`. */
export interface ResetResult {
  readonly at: string;
  readonly error?: string;
}

/** Kept running: they hold nothing of a cloud, or are emptied while they run. */
const KEPT = new Set(['postgresql', 'dockerd']);

/**
 * Empties a cloud: servers, images, every row of every database. Names, passwords and the machine's network stay.
 * The caller holds the lock and starts the cloud again afterwards. Cut off half-way it can be repeated.
 */
export async function resetCloud(cloud: Cloud): Promise<void> {
  const { layout, configuration } = cloud;
  const { components } = planOf(cloud, chosenEngine(cloud));
  recordStrays(cloud, components);
  const [containers] = await Promise.all([
    serverContainers(cloud),
    // Quickly: what they would save on an orderly end is thrown away anyway.
    stopComponents(
      cloud,
      components
        .filter(({ name }) => !KEPT.has(name))
        .map((component) => ({ ...component, stop: { signal: 'SIGKILL', timeout: 5000 } })),
    ),
  ]);
  if (containers === undefined)
    throw new Error(
      'the Docker Engine with this cloud\'s servers does not answer: start the cloud ("npx ovenbird up") first',
    );
  await stopMachines(cloud, 'at once');
  await Promise.all([
    removeContainers(cloud, containers).then(() =>
      Promise.all([removePlugs(cloud), removeMetadataNamespaces(cloud), removeEngineImages(cloud)]),
    ),
    emptyDatabase(cloud),
  ]);
  for (const folder of [layout.images, layout.databases, layout.openVSwitch(configuration.host)])
    for (const name of existsSync(folder) ? readdirSync(folder) : [])
      rmSync(path.join(folder, name), { recursive: true });
  for (const host of containerHosts(configuration))
    rmSync(path.join(layout.host(host), 'servers'), { recursive: true, force: true });
  const machines = qemuHost(configuration);
  if (machines !== undefined) rmSync(layout.host(machines), { recursive: true, force: true });
  rmSync(layout.seeded, { force: true });
  const { home: _, ...stored } = { ...configuration, id: newHexId() };
  writeAtomically(layout.configuration, `${JSON.stringify(stored, null, 2)}\n`);
}

async function emptyDatabase(cloud: Cloud): Promise<void> {
  if (recordedProcess(cloud, 'postgresql') !== undefined) return recreateDatabase(cloud);
  for (const name of readdirSync(cloud.layout.postgresData))
    rmSync(path.join(cloud.layout.postgresData, name), { recursive: true });
}

/** Interfaces that servers left in the cloud's namespace, when their other end was not in a container. */
async function removePlugs(cloud: Cloud): Promise<void> {
  if (!existsSync(cloud.namespaceFile)) return;
  const inside = [`--net=${cloud.namespaceFile}`, '--', 'ip'];
  const { output } = await run('nsenter', [...inside, '-details', '-json', 'link', 'show']);
  const links = JSON.parse(output.trim() || '[]') as {
    ifname: string;
    linkinfo?: { info_kind?: string };
  }[];
  const lines = links
    .filter(({ ifname, linkinfo }) =>
      linkinfo?.info_kind === 'tun'
        ? /^tap[0-9a-f-]{11}$/.test(ifname) // bridges of Open vSwitch are of this kind, too
        : linkinfo?.info_kind === 'veth' && ifname !== CLOUD_INTERFACE,
    )
    .map(({ ifname }) => `link delete ${ifname}\n`);
  // One may vanish with its container while we look.
  if (lines.length > 0)
    await run('nsenter', [...inside, '-force', '-batch', '-'], {
      input: lines.join(''),
      accept: [0, 1],
    });
}
