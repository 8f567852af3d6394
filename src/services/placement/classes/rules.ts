import { badRequest } from '../../../core/errors.ts';

/** The standard resource classes, in the order in which OpenStack numbered them (os-resource-classes). */
export const STANDARD_CLASSES: readonly string[] = [
  'VCPU',
  'MEMORY_MB',
  'DISK_GB',
  'PCI_DEVICE',
  'SRIOV_NET_VF',
  'NUMA_SOCKET',
  'NUMA_CORE',
  'NUMA_THREAD',
  'NUMA_MEMORY_MB',
  'IPV4_ADDRESS',
  'VGPU',
  'VGPU_DISPLAY_HEAD',
  'NET_BW_EGR_KILOBIT_PER_SEC',
  'NET_BW_IGR_KILOBIT_PER_SEC',
  'PCPU',
  'MEM_ENCRYPTION_CONTEXT',
  'FPGA',
  'PGPU',
  'NET_PACKET_RATE_KILOPACKET_PER_SEC',
  'NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC',
  'NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC',
];

const CUSTOM = /^CUSTOM_[A-Z0-9_]+$/;

/** Refuses names that an operator may not give. */
export function checkCustomName(name: string, what: 'resource class' | 'trait'): void {
  if (!CUSTOM.test(name) || name.length > 255)
    throw badRequest(
      `${what === 'trait' ? '' : 'JSON does not validate: '}Invalid ${what} name '${name.slice(0, 300)}': a custom name is CUSTOM_ followed by A-Z, 0-9 and _, at most 255 characters.`,
    );
}

/** `VCPU:2,MEMORY_MB:512` → amounts. */
export function parseResources(text: string): Record<string, number> {
  const resources: Record<string, number> = {};
  if (text.trim() === '') throw badForm('empty string');
  for (const part of text.split(',')) {
    const [name, amount, more] = part.split(':');
    if (name === undefined || amount === undefined || more !== undefined) throw badForm(part);
    if (!/^\s*[+-]?\d{1,15}\s*$/.test(amount))
      throw badRequest(
        `Requested resource ${name} expected positive integer amount. Got: ${amount}.`,
      );
    if (Number(amount) < 1)
      throw badRequest(`Requested resource ${name} requires amount >= 1. Got: ${Number(amount)}.`);
    resources[name] = Number(amount);
  }
  return resources;
}

const badForm = (given: string) =>
  badRequest(
    `Badly formed resources parameter. Expected resources query string parameter in form: ?resources=VCPU:2,MEMORY_MB:1024. Got: ${given}.`,
  );
