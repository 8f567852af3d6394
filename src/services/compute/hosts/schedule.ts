import type { ProviderUsage, Resources } from '../../placement/index.ts';
import type { ServerFlavor, ServerImage } from '../tables.ts';
import type { Host } from './directory.ts';
import { DEFAULT_ZONE } from './rules.ts';

/** What a server needs of a host. */
export interface Need {
  readonly flavor: ServerFlavor;
  readonly image: ServerImage;
  readonly zone: string | undefined;
  /** Only this host will do (administrators). */
  readonly host: string | undefined;
  /** `hw_architecture` of the image. */
  readonly architecture: string | undefined;
}

/** A host that can take the server, or why it cannot. */
export interface Choice {
  readonly host: Host;
  readonly provider: ProviderUsage;
}
export interface Refusal {
  readonly host: string;
  readonly reason: string;
}

/** What the server takes of its host. A class of 0 is not asked for. */
export function resourcesOf(flavor: ServerFlavor): Resources {
  const wanted = {
    VCPU: flavor.vcpus,
    MEMORY_MB: flavor.memoryMb,
    DISK_GB: flavor.rootGb + flavor.ephemeralGb + Math.ceil(flavor.swapMb / 1024),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, amount]) => amount > 0));
}

/** The formats that a driver can run. */
const FORMATS: Readonly<Record<string, (image: ServerImage) => boolean>> = {
  docker: (image) =>
    image.containerFormat === 'docker' ||
    (image.containerFormat === 'bare' && image.diskFormat === 'raw'),
  qemu: (image) => image.containerFormat === 'bare' && ['qcow2', 'raw'].includes(image.diskFormat),
  fake: () => true,
};

/**
 * Values of the image property `hypervisor_type` (`img_hv_type`) that each driver fits; what is in no list fits nobody.
 * A raw image without it may be a root file system or a disk: it is taken for the former, as long as there is a host
 * for containers.
 */
const HYPERVISOR_TYPES: Readonly<Record<string, readonly string[]>> = {
  docker: ['docker', 'lxc'],
  qemu: ['qemu', 'kvm'],
  fake: ['docker', 'lxc', 'qemu', 'kvm', 'fake'],
};

/** Traits that the flavor's extra specs require and forbid. */
function traitsOf(flavor: ServerFlavor): { required: string[]; forbidden: string[] } {
  const named = (value: string) =>
    Object.entries(flavor.extraSpecs)
      .filter(([key, given]) => key.startsWith('trait:') && given === value)
      .map(([key]) => key.slice('trait:'.length));
  return { required: named('required'), forbidden: named('forbidden') };
}

/** The checks in the order in which they are told; each gives the reason why the host cannot. */
const CHECKS: readonly ((
  host: Host,
  provider: ProviderUsage | undefined,
  need: Need,
) => string | undefined)[] = [
  (host, _, { host: only }) =>
    only !== undefined && host.name !== only ? `the server was asked for on ${only}` : undefined,
  (host) => {
    if (host.forced_down) return 'it was declared down';
    if (!host.live) return 'its agent has never been heard of';
    if (!host.up)
      return `its agent has not been heard of for ${Math.round(Date.now() / 1000 - host.live.heartbeat)} s`;
    return undefined;
  },
  (host) =>
    host.disabled
      ? `it is disabled${host.disabled_reason ? ` (${host.disabled_reason})` : ''}`
      : undefined,
  (_, __, { zone }) =>
    zone !== undefined && zone !== DEFAULT_ZONE
      ? `it is in zone ${DEFAULT_ZONE}, not ${zone}`
      : undefined,
  (host, _, { image }) =>
    FORMATS[host.live!.driver]!(image)
      ? undefined
      : `its driver ${host.live!.driver} runs no image of container format ${image.containerFormat} and disk format ${image.diskFormat}`,
  (host, _, { image: { hypervisorType } }) =>
    hypervisorType === undefined || HYPERVISOR_TYPES[host.live!.driver]!.includes(hypervisorType)
      ? undefined
      : `its driver is ${host.live!.driver}, the image asks for the hypervisor type ${hypervisorType}`,
  (host, _, { architecture }) =>
    architecture !== undefined && architecture !== host.live!.architecture
      ? `it is ${host.live!.architecture}, the image is for ${architecture}`
      : undefined,
  (_, provider) => (provider ? undefined : 'it has not told yet what it has'),
  (_, provider, { flavor }) => {
    const { required, forbidden } = traitsOf(flavor);
    const missing = required.filter((trait) => !provider!.traits.has(trait));
    const unwanted = forbidden.filter((trait) => provider!.traits.has(trait));
    if (missing.length > 0) return `it lacks the traits ${missing.join(', ')}`;
    return unwanted.length > 0 ? `it has the traits ${unwanted.join(', ')}` : undefined;
  },
  (_, provider, { flavor }) => {
    const short: string[] = [];
    for (const [name, amount] of Object.entries(resourcesOf(flavor))) {
      const inventory = provider!.inventories[name];
      if (!inventory) short.push(`${name}: ${amount} wanted, there is none`);
      else if (amount > inventory.max_unit)
        short.push(`${name}: ${amount} wanted, the host has ${inventory.max_unit}`);
      else {
        const capacity = Math.floor(
          (inventory.total - inventory.reserved) * inventory.allocation_ratio,
        );
        const free = Math.max(0, capacity - inventory.used);
        if (amount > free) short.push(`${name}: ${amount} wanted, ${free} of ${capacity} free`);
      }
    }
    return short.length > 0 ? short.join('; ') : undefined;
  },
];

/** Share of memory that is free: more is better, so that servers spread. */
function weightOf({ inventories }: ProviderUsage): number {
  const memory = inventories['MEMORY_MB'];
  if (!memory || memory.total === 0) return 0;
  return 1 - memory.used / ((memory.total - memory.reserved) * memory.allocation_ratio);
}

/** Hosts that can take the server, the best first, and for each other one the first check that failed. */
export function chooseHosts(
  hosts: readonly Host[],
  providers: readonly ProviderUsage[],
  need: Need,
): { choices: Choice[]; refusals: Refusal[] } {
  const choices: Choice[] = [];
  const refusals: Refusal[] = [];
  for (const host of hosts) {
    const provider = providers.find(({ id }) => id === host.id);
    let reason: string | undefined;
    for (const check of CHECKS) {
      reason = check(host, provider, need);
      if (reason !== undefined) break;
    }
    if (reason === undefined) choices.push({ host, provider: provider! });
    else refusals.push({ host: host.name, reason });
  }
  const forContainers = ({ host }: Choice) => (host.live?.driver === 'qemu' ? 1 : 0);
  choices.sort(
    (a, b) => forContainers(a) - forContainers(b) || weightOf(b.provider) - weightOf(a.provider),
  );
  return { choices, refusals };
}

/** Nova's sentence, with what was wrong with each host. */
export const noValidHost = (refusals: readonly Refusal[]): string =>
  [
    'No valid host was found. There are not enough hosts available.',
    ...(refusals.length === 0
      ? ['There is no host at all: is the host agent running?']
      : refusals.map(({ host, reason }) => `Host ${host}: ${reason}.`)),
  ].join(' ');
