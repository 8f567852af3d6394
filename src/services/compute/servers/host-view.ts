import { createHash } from 'node:crypto';
import type { Host } from '../hosts/directory.ts';

/** Hosts that were asked for lately, by project: a list names the same ones again and again. */
const hostIds = new Map<string, string>();
const MOST_HOST_IDS = 2000;

/** A host as a project may know it: the same for all its servers there, and no other project's. */
export function hostIdOf(projectId: string, host: string | null): string {
  if (host === null || host === '') return '';
  const key = projectId + host;
  let id = hostIds.get(key);
  if (id === undefined) {
    id = createHash('sha224').update(key).digest('hex');
    if (hostIds.size >= MOST_HOST_IDS) hostIds.clear();
    hostIds.set(key, id);
  }
  return id;
}

/** `host_status`: what a server's document says of its host. */
export function hostStatus(host: Host | undefined): string {
  if (!host) return '';
  if (host.disabled) return 'MAINTENANCE';
  return host.up ? 'UP' : host.forced_down ? 'DOWN' : 'UNKNOWN';
}
