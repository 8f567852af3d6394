import { readFileSync } from 'node:fs';
import { run } from '../command.ts';
import { parseAddress, type Network } from './address.ts';

/** One IPv4 network that the machine already reaches through an interface. */
export interface MachineNetwork extends Network {
  readonly device: string;
}

/**
 * Names of the interfaces in our own network namespace. Not from /sys/class/net: that shows the namespace in which
 * /sys was mounted.
 */
export const machineInterfaces = (): string[] =>
  readFileSync('/proc/net/dev', 'latin1')
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]!.trim())
    .filter((name) => name !== '');

interface RouteEntry {
  readonly dst: string;
  readonly dev?: string;
}

/** The networks of the machine's routing table, default route apart; a connected network is a route too. */
export async function machineNetworks(): Promise<MachineNetwork[]> {
  const { output } = await run('ip', ['-4', '-json', 'route', 'show', 'table', 'main']);
  return readRoutes(output);
}

/** Reads `ip -json route show`. */
export function readRoutes(json: string): MachineNetwork[] {
  const entries = JSON.parse(json.trim() || '[]') as RouteEntry[];
  return entries.flatMap((entry) => {
    if (entry.dst === 'default' || entry.dev === undefined) return [];
    const [address, prefix] = entry.dst.split('/');
    const first = parseAddress(address ?? '');
    return first === undefined
      ? []
      : [{ first, length: prefix === undefined ? 32 : Number(prefix), device: entry.dev }];
  });
}

/** Names of the interfaces that default routes leave by, as /proc/net/route tells them. */
export function defaultInterfacesOf(routes: string): string[] {
  const devices = routes
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')
    .map(([device]) => device!);
  return [...new Set(devices)].toSorted();
}
