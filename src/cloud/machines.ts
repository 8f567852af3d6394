import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { qemuHost } from '../core/configuration.ts';
import { isUuid } from '../core/ids.ts';
import { VirtualMachine } from '../host/drivers/qemu/virtual-machine.ts';
import type { Cloud } from './cloud.ts';
import type { ServerContainer } from './containers.ts';

/** Seconds that virtual machines have to shut down when their cloud does. */
const SHUTDOWN_SECONDS = 30;

const serversFolder = ({ layout, configuration }: Cloud): string | undefined => {
  const host = qemuHost(configuration);
  return host === undefined ? undefined : path.join(layout.host(host), 'servers');
};

function machinesOf(cloud: Cloud): VirtualMachine[] {
  const folder = serversFolder(cloud);
  if (folder === undefined || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => isUuid(name))
    .map((id) => new VirtualMachine(folder, id, () => undefined));
}

/** This cloud's virtual machines that run, as `down` tells of them beside the containers. */
export async function serverMachines(cloud: Cloud): Promise<Omit<ServerContainer, 'id'>[]> {
  const machines = machinesOf(cloud);
  const processes = await Promise.all(machines.map((machine) => machine.process()));
  return machines.flatMap(({ serverId }, index) =>
    processes[index] === undefined ? [] : [{ name: `nova-${serverId}`, state: 'running' }],
  );
}

/** Shuts the virtual machines down in good order, or ends them at once; their disks stay. */
export async function stopMachines(cloud: Cloud, how: 'orderly' | 'at once'): Promise<void> {
  await Promise.all(
    machinesOf(cloud).map(async (machine) => {
      if ((await machine.process()) === undefined) return;
      await machine.stop(how === 'orderly' ? SHUTDOWN_SECONDS : 0);
      machine.close();
    }),
  );
}
