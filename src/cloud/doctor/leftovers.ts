import { existsSync, readdirSync } from 'node:fs';
import { cloudOfMetadataNamespace } from '../cloud.ts';
import { run } from '../command.ts';
import { machineInterfaces } from '../network/machine.ts';
import { knownClouds } from '../registry.ts';
import type { Facts } from './facts.ts';

type Leftovers = Pick<Facts, 'strayNamespaces' | 'strayInterfaces' | 'strayTables'>;

/** What carries our names on this machine and belongs to no cloud that was started since its boot. */
export async function findLeftovers(): Promise<Leftovers> {
  const known = new Set(knownClouds().keys());
  const strays = (names: readonly string[], prefix: string) =>
    names.filter((name) => name.startsWith(prefix) && !known.has(name.slice(prefix.length)));
  const list = (folder: string) => (existsSync(folder) ? readdirSync(folder) : []);
  const tables = await run('nft', ['list', 'tables', 'ip'])
    .then(({ output }) => output.split('\n').map((line) => line.replace(/^table ip /, '').trim()))
    .catch(() => []);
  const namespaces = list('/run/netns');
  const metadata = namespaces.filter((name) => {
    const cloud = cloudOfMetadataNamespace(name);
    return cloud !== undefined && !known.has(cloud);
  });
  return {
    strayNamespaces: [...strays(namespaces, 'ovb-'), ...metadata],
    strayInterfaces: strays(machineInterfaces(), 'ovb-'),
    strayTables: strays(tables, 'ovenbird_'),
  };
}

const SYSTEM_DATABASE = '/var/run/openvswitch/db.sock';

/** Patch ports that Neutron's agents leave behind when they are gone. */
const STALE_PATCH = /^(phy|int)-br-/;

/** Bridges and stale patch ports of the machine's own Open vSwitch, where one runs. */
export async function findSystemSwitch(): Promise<{
  readonly bridges: readonly string[];
  readonly stalePatchPorts: readonly string[];
}> {
  if (!existsSync(SYSTEM_DATABASE)) return { bridges: [], stalePatchPorts: [] };
  try {
    const ask = async (table: string) => {
      const { output } = await run('ovs-vsctl', [
        `--db=unix:${SYSTEM_DATABASE}`,
        '--timeout=2',
        '--no-wait',
        '--bare',
        '--columns=name',
        'list',
        table,
      ]);
      return output.split('\n').filter(Boolean);
    };
    const [bridges, ports] = await Promise.all([ask('Bridge'), ask('Port')]);
    return { bridges, stalePatchPorts: ports.filter((port) => STALE_PATCH.test(port)) };
  } catch {
    return { bridges: [], stalePatchPorts: [] };
  }
}
