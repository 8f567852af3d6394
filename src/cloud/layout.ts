import path from 'node:path';
import { paths } from '../core/configuration.ts';

/** Files and folders below the home that only the supervisor and the command line use. */
export const layout = (home: string) => ({
  ...paths(home),
  /** Identity of each running component, one JSON file each. */
  pids: path.join(home, 'run/pids'),
  /** What the supervisor knows of each component, for people and `ovenbird status`. */
  status: path.join(home, 'run/status.json'),
  /** Who supervises: pid and start time. The lock itself is held by the kernel, see `lock.ts`. */
  supervisor: path.join(home, 'run/supervisor.json'),
  /** When the supervisor last emptied the cloud on request, and why it failed if it did. */
  resetResult: path.join(home, 'run/reset.json'),
  /** Written once the first objects of an empty cloud are there. */
  seeded: path.join(home, 'seeded.json'),
  postgresData: path.join(home, 'postgres'),
  /** Database files of the three central ovsdb-servers. */
  databases: path.join(home, 'ovsdb'),
  logOf: (component: string) => path.join(home, 'log', `${component}.log`),
  openVSwitch: (host: string) => path.join(home, 'hosts', host, 'ovs'),
  docker: (host: string) => path.join(home, 'hosts', host, 'docker'),
  /** Which Docker Engine this host's servers live in; never changes, or they would be lost from sight. */
  engine: (host: string) => path.join(home, 'hosts', host, 'engine.json'),
});

export type Layout = ReturnType<typeof layout>;

/** Files of this machine, not of one cloud: which clouds there are, and what they changed of the kernel. */
export const MACHINE_FOLDER = '/run/ovenbird';
