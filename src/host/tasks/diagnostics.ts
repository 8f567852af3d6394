import { run } from '../command.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Driver, Usage } from '../drivers/driver.ts';
import { definite } from '../fault.ts';
import { EXTERNAL_IDS } from '../names.ts';
import type { Switch } from '../ports/switch.ts';
import type { Question } from './console.ts';

/** What one interface carried, as the server sees it. */
export interface InterfaceUsage {
  readonly mac: string;
  readonly received: Counters;
  readonly sent: Counters;
}

interface Counters {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

/** The answer to a `diagnostics` task, as JSON. */
export interface DiagnosticsAnswer extends Usage {
  readonly state: string;
  readonly interfaces: readonly InterfaceUsage[];
}

/** Says what a server uses. */
export async function diagnose(
  { id, serverId, replyTo }: Question,
  driver: Driver,
  controlPlane: ControlPlane,
  bridge: Switch | undefined,
): Promise<void> {
  if (driver.usage === undefined) {
    throw definite(`the driver ${driver.name} of this host measures nothing`);
  }
  const instance = await driver.inspect(serverId);
  if (instance === undefined || !['running', 'paused'].includes(instance.state)) {
    throw definite(`server ${serverId} does not run`);
  }
  const [usage, interfaces] = await Promise.all([
    driver.usage(instance),
    bridge === undefined ? [] : interfaceUsage(serverId, bridge),
  ]);
  const answer: DiagnosticsAnswer = { ...usage, state: instance.state, interfaces };
  if (!(await controlPlane.deliver(replyTo, Buffer.from(JSON.stringify(answer))))) {
    throw definite(`nobody waits for task ${id} any more`);
  }
}

interface LinkStatistics {
  readonly ifname: string;
  readonly stats64?: { readonly rx: Counters; readonly tx: Counters };
}

const NOTHING: Counters = { bytes: 0, packets: 0, errors: 0, dropped: 0 };

/** By the host's ends of the server's interfaces: what they receive, the server has sent. */
async function interfaceUsage(serverId: string, bridge: Switch): Promise<InterfaceUsage[]> {
  const ports = [...bridge.ports().values()].filter(
    ({ externalIds: ids }) => ids[EXTERNAL_IDS.server] === serverId,
  );
  if (ports.length === 0) return [];
  const { stdout } = await run('ip', ['-json', '-stats', 'link', 'show']);
  const links = new Map(
    (JSON.parse(stdout) as LinkStatistics[]).map((link) => [link.ifname, link]),
  );
  const picked = ({ bytes, packets, errors, dropped }: Counters): Counters => ({
    bytes,
    packets,
    errors,
    dropped,
  });
  return ports.map(({ device, externalIds: ids }) => {
    const { rx = NOTHING, tx = NOTHING } = links.get(device)?.stats64 ?? {};
    return { mac: ids[EXTERNAL_IDS.address] ?? '', received: picked(tx), sent: picked(rx) };
  });
}
