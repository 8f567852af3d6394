import type { ServerFlavor } from '../tables.ts';

/** Why a server cannot go from one flavor to another, in a sentence; undefined when it can. Pure. */
export function flavorRefusal(
  from: ServerFlavor,
  to: ServerFlavor,
  driver: string | undefined,
): string | undefined {
  if (from.id === to.id) return 'When resizing, instances must change flavor!';
  if (from.rootGb > 0 && to.rootGb === 0)
    return 'Server disk was unable to be resized because: Resize to zero disk flavor is not allowed.';
  if (driver === 'qemu' && to.rootGb < from.rootGb)
    return `Server disk was unable to be resized because: it has ${from.rootGb} GiB, flavor ${to.name} only ${to.rootGb} GiB, and what is on a disk cannot be made smaller.`;
  return undefined;
}
