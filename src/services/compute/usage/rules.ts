import type { ServerFlavor } from '../tables.ts';

/** A server as far as its use of resources goes. */
export interface UsedServer {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly project_id: string;
  readonly vm_state: string;
  readonly flavor: ServerFlavor;
  readonly launched_at: Date;
  readonly deleted_at: Date | null;
}

export interface ProjectUsage {
  readonly projectId: string;
  readonly hours: number;
  readonly vcpuHours: number;
  readonly memoryHours: number;
  readonly diskHours: number;
  readonly servers: readonly (UsedServer & { readonly hours: number; readonly started: Date })[];
}

/** Hours that servers lived within the period, times what they could use, by project. */
export function usageOf(servers: readonly UsedServer[], start: Date, end: Date): ProjectUsage[] {
  const projects = new Map<string, ProjectUsage>();
  for (const server of servers) {
    const from = Math.max(server.launched_at.getTime(), start.getTime());
    const until = Math.min((server.deleted_at ?? end).getTime(), end.getTime());
    const hours = Math.max(0, until - from) / 3_600_000;
    const { flavor } = server;
    const before = projects.get(server.project_id);
    projects.set(server.project_id, {
      projectId: server.project_id,
      hours: (before?.hours ?? 0) + hours,
      vcpuHours: (before?.vcpuHours ?? 0) + hours * flavor.vcpus,
      memoryHours: (before?.memoryHours ?? 0) + hours * flavor.memoryMb,
      diskHours: (before?.diskHours ?? 0) + hours * (flavor.rootGb + flavor.ephemeralGb),
      servers: [...(before?.servers ?? []), { ...server, hours, started: server.launched_at }],
    });
  }
  return [...projects.values()];
}
