import { existsSync } from 'node:fs';
import { administrate, type Session } from '../api.ts';
import { PHYSICAL_NETWORK, type Cloud } from '../cloud.ts';
import { writeAtomically } from '../files.ts';
import { formatAddress, lastAddress, parseAddress, parseNetwork } from '../network/address.ts';
import { busyboxImage } from './busybox.ts';

/** The usual flavors with their usual ids: id, name, virtual CPUs, memory in MiB, disk in GiB. */
const FLAVORS: readonly (readonly [id: string, string, number, number, number])[] = [
  ['1', 'm1.tiny', 1, 512, 1],
  ['2', 'm1.small', 1, 2048, 20],
  ['3', 'm1.medium', 2, 4096, 40],
  ['4', 'm1.large', 4, 8192, 80],
  ['42', 'm1.nano', 1, 128, 1],
];

/**
 * Gives an empty cloud its first objects, through the API as any client would: flavors, the network `public`, the
 * image `busybox`. Once only, so that what a person deletes stays deleted; cut off half-way it goes on where it was.
 */
export async function seed(cloud: Cloud): Promise<void> {
  if (existsSync(cloud.layout.seeded)) return;
  const session = await administrate(cloud);
  await Promise.all([
    seedFlavors(session),
    seedExternalNetwork(session, cloud),
    seedImage(session),
  ]);
  writeAtomically(
    cloud.layout.seeded,
    `${JSON.stringify({ cloud: cloud.configuration.id, at: new Date().toISOString() })}\n`,
  );
}

async function seedFlavors(session: Session): Promise<void> {
  const { flavors } = await session.ask<{ flavors: { name: string }[] }>(
    'GET',
    '/compute/v2.1/flavors?is_public=None',
  );
  const present = new Set(flavors.map(({ name }) => name));
  for (const [id, name, vcpus, ram, disk] of FLAVORS)
    if (!present.has(name))
      await session.ask('POST', '/compute/v2.1/flavors', {
        body: { flavor: { id, name, vcpus, ram, disk } },
      });
}

async function seedExternalNetwork(session: Session, cloud: Cloud): Promise<void> {
  const { networks } = await session.ask<{ networks: { id: string }[] }>(
    'GET',
    '/network/v2.0/networks?name=public&router:external=true',
  );
  const network =
    networks[0] ??
    (
      await session.ask<{ network: { id: string } }>('POST', '/network/v2.0/networks', {
        body: {
          network: {
            name: 'public',
            'router:external': true,
            'provider:network_type': 'flat',
            'provider:physical_network': PHYSICAL_NETWORK,
          },
        },
      })
    ).network;
  const { subnets } = await session.ask<{ subnets: unknown[] }>(
    'GET',
    `/network/v2.0/subnets?network_id=${network.id}`,
  );
  if (subnets.length > 0) return;
  await session.ask('POST', '/network/v2.0/subnets', {
    body: { subnet: { network_id: network.id, ...externalSubnet(cloud.configuration.external) } },
  });
}

/** The subnet on the veth: the machine is its gateway, everything behind the machine's address may be given out. */
export function externalSubnet(external: Cloud['configuration']['external']) {
  const network = parseNetwork(external.cidr);
  const machine = parseAddress(external.machineAddress);
  if (network === undefined || machine === undefined)
    throw new Error(`cloud.json: "${external.cidr}" or "${external.machineAddress}" is no address`);
  return {
    name: 'public-subnet',
    ip_version: 4,
    cidr: external.cidr,
    gateway_ip: external.machineAddress,
    enable_dhcp: false,
    allocation_pools: [
      { start: formatAddress(machine + 1), end: formatAddress(lastAddress(network) - 1) },
    ],
  };
}

async function seedImage(session: Session): Promise<void> {
  const { images } = await session.ask<{ images: { id: string; status: string }[] }>(
    'GET',
    '/image/v2/images?name=busybox&visibility=public',
  );
  if (images.some(({ status }) => status === 'active')) return;
  // One without its data is an upload that was cut off.
  for (const { id } of images) await session.ask('DELETE', `/image/v2/images/${id}`);
  const image = await session.ask<{ id: string }>('POST', '/image/v2/images', {
    body: {
      name: 'busybox',
      container_format: 'docker',
      disk_format: 'raw',
      visibility: 'public',
    },
  });
  await session.ask('PUT', `/image/v2/images/${image.id}/file`, { body: await busyboxImage() });
}
