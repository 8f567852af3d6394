import type { Server } from '../api/documents.ts';

/** What a status means to a person who looks after the cloud; each has a colour and a shape of its own. */
export type Tone = 'good' | 'busy' | 'paused' | 'off' | 'bad';

const TONES: Readonly<Record<string, Tone>> = {
  // Servers
  ACTIVE: 'good',
  BUILD: 'busy',
  REBUILD: 'busy',
  REBOOT: 'busy',
  HARD_REBOOT: 'busy',
  MIGRATING: 'busy',
  RESIZE: 'busy',
  REVERT_RESIZE: 'busy',
  PASSWORD: 'busy',
  VERIFY_RESIZE: 'paused',
  PAUSED: 'paused',
  SUSPENDED: 'paused',
  RESCUE: 'paused',
  UNKNOWN: 'paused',
  SHUTOFF: 'off',
  SHELVED: 'off',
  SHELVED_OFFLOADED: 'off',
  SOFT_DELETED: 'off',
  DELETED: 'off',
  ERROR: 'bad',
  // Networks, routers, ports, floating IPs, images, hypervisors
  DOWN: 'off',
  queued: 'busy',
  saving: 'busy',
  uploading: 'busy',
  importing: 'busy',
  active: 'good',
  deactivated: 'off',
  killed: 'bad',
  up: 'good',
  down: 'bad',
};

/** What no table knows is shown as something to look at. */
export const toneOf = (status: string): Tone => TONES[status] ?? 'paused';

/** A server's status with what is being done to it: `BUILD (spawning)`. */
export function statusText(server: Server): string {
  const task = server['OS-EXT-STS:task_state'];
  return task ? `${server.status} (${task.replaceAll('_', ' ')})` : server.status;
}

/** How many there are of each status, most first. */
export function countByStatus(items: readonly { readonly status: string }[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const { status } of items) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}
