import type { Resources } from '../../placement/index.ts';
import type { ServerFlavor } from '../tables.ts';

/**
 * What the server takes of its host. `resources:CLASS=AMOUNT` among the extra specs adds a class or replaces the
 * flavor's own amount; a class of 0 is not asked for.
 */
export function resourcesOf(flavor: ServerFlavor): Resources {
  const wanted: Record<string, number> = {
    VCPU: flavor.vcpus,
    MEMORY_MB: flavor.memoryMb,
    DISK_GB: flavor.rootGb + flavor.ephemeralGb + Math.ceil(flavor.swapMb / 1024),
  };
  for (const [key, text] of Object.entries(flavor.extraSpecs)) {
    const name = /^resources:([A-Z0-9_]+)$/.exec(key)?.[1];
    if (name !== undefined && /^\d{1,9}$/.test(text)) wanted[name] = Number(text);
  }
  return Object.fromEntries(Object.entries(wanted).filter(([, amount]) => amount > 0));
}

/** Traits that the flavor's extra specs or the image's properties require and forbid (`trait:NAME=required`). */
export function traitsOf(
  flavor: ServerFlavor,
  imageProperties: Readonly<Record<string, string>>,
): { required: string[]; forbidden: string[] } {
  const asked = [...Object.entries(imageProperties), ...Object.entries(flavor.extraSpecs)];
  const named = (value: string) => [
    ...new Set(
      asked
        .filter(([key, given]) => key.startsWith('trait:') && given === value)
        .map(([key]) => key.slice('trait:'.length)),
    ),
  ];
  return { required: named('required'), forbidden: named('forbidden') };
}
