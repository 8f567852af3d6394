import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { run } from '../command.ts';
import { CLOUD_INTERFACE, cloudOfMetadataNamespace, type Cloud } from '../cloud.ts';
import { RefusedError } from '../create.ts';
import { formatNetwork, overlaps, parseNetwork } from './address.ts';
import { releaseForwarding, requestForwarding } from './forwarding.ts';
import { allowThroughFirewall, closeFirewall } from './firewall.ts';
import { defaultInterfacesOf, machineInterfaces, machineNetworks } from './machine.ts';
import { masqueradeRules } from './masquerade.ts';

/**
 * Everything of the machine's network that a cloud needs, made or completed: its namespace, the veth between
 * the two, the machine's address on it, and masquerading for what leaves the cloud. Idempotent.
 */
export async function setUpNetwork(cloud: Cloud): Promise<void> {
  const { configuration, namespace, namespaceFile, machineInterface } = cloud;
  const { cidr, machineAddress } = configuration.external;
  const external = parseNetwork(cidr);
  if (external === undefined) throw new Error(`cloud.json: external.cidr "${cidr}" is no network`);
  const other = (await machineNetworks()).find(
    (network) => network.device !== machineInterface && overlaps(network, external),
  );
  if (other !== undefined)
    throw new RefusedError(
      `the external network ${cidr} of this cloud overlaps ${formatNetwork(other)}, which the machine reaches ` +
        `through ${other.device}: take that away, or remove this cloud and start it with --external CIDR`,
    );

  if (!existsSync(namespaceFile)) await run('ip', ['netns', 'add', namespace]);
  if (!machineInterfaces().includes(machineInterface))
    await ipBatch([
      `link add ${machineInterface} type veth peer name ${CLOUD_INTERFACE} netns ${namespace}`,
    ]);
  await Promise.all([
    ipBatch([
      // No IPv6 of its own: the link carries the cloud's IPv4 and nothing else.
      `link set ${machineInterface} addrgenmode none`,
      `address replace ${machineAddress}/${external.length} dev ${machineInterface}`,
      `link set ${machineInterface} up`,
    ]),
    ipBatch(
      [
        'link set lo up',
        `link set ${CLOUD_INTERFACE} addrgenmode none`,
        `link set ${CLOUD_INTERFACE} up`,
      ],
      namespaceFile,
    ),
    // The datapath in user space never sees a checksum that hardware would have filled in.
    run('ethtool', ['-K', machineInterface, 'tx', 'off']),
    run('nsenter', [`--net=${namespaceFile}`, '--', 'ethtool', '-K', CLOUD_INTERFACE, 'tx', 'off']),
  ]);
  await applyMasquerading(cloud);
}

/** Forwarding and masquerading for the interfaces that default routes use now. */
export async function applyMasquerading(cloud: Cloud): Promise<void> {
  const uplinks = defaultInterfacesOf(await readFile('/proc/net/route', 'latin1'));
  const opened = requestForwarding(cloud, [cloud.machineInterface, ...uplinks]);
  await run('nft', ['-f', '-'], { input: masqueradeRules(cloud, opened) });
  await allowThroughFirewall(cloud);
}

/**
 * Looks whether masquerading still is as it should be, and makes it so: a laptop moves to another network, a
 * firewall's reload empties every table.
 */
export function masqueradingKeeper(cloud: Cloud): () => Promise<void> {
  let uplinks: string | undefined;
  return async () => {
    const now = defaultInterfacesOf(await readFile('/proc/net/route', 'latin1')).join(' ');
    const { code } = await run('nft', ['list', 'table', 'ip', cloud.table], { accept: [0, 1] });
    if (code === 0 && uplinks === now) return;
    if (code !== 0 || uplinks !== undefined) await applyMasquerading(cloud);
    uplinks = now;
  };
}

/** The metadata service's namespaces of this cloud, which its agent made: the cloud's name stands last. */
export async function removeMetadataNamespaces({ configuration }: Cloud): Promise<void> {
  const names = await readdir('/run/netns').catch(() => []);
  for (const name of names)
    if (cloudOfMetadataNamespace(name) === configuration.name)
      await run('ip', ['netns', 'delete', name]);
}

/** Takes everything that `setUpNetwork` made off the machine again. The namespace's processes must be gone. */
export async function removeNetwork(cloud: Cloud): Promise<void> {
  const { namespace, namespaceFile, machineInterface, table } = cloud;
  await closeFirewall(cloud);
  await run('nft', ['-f', '-'], { input: `table ip ${table}\ndelete table ip ${table}\n` });
  releaseForwarding(cloud);
  if (machineInterfaces().includes(machineInterface))
    await run('ip', ['link', 'delete', machineInterface]);
  await removeMetadataNamespaces(cloud);
  if (existsSync(namespaceFile)) await run('ip', ['netns', 'delete', namespace]);
}

/** `ip -batch`, in a namespace if one is given: by nsenter, since `ip -n` copies the whole mount table. */
const ipBatch = (lines: readonly string[], namespaceFile?: string) => {
  const input = `${lines.join('\n')}\n`;
  return namespaceFile === undefined
    ? run('ip', ['-batch', '-'], { input })
    : run('nsenter', [`--net=${namespaceFile}`, '--', 'ip', '-batch', '-'], { input });
};
