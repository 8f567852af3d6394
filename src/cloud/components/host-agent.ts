import { fileURLToPath } from 'node:url';
import type { Cloud } from '../cloud.ts';
import type { Component } from '../component.ts';
import type { Engine } from '../engine.ts';

/** The command of an agent's process, without what only one driver needs. */
export const agentCommand = (home: string, host: string, driver: string): [string, ...string[]] => [
  process.execPath,
  fileURLToPath(new URL('../../host/main.ts', import.meta.url)),
  '--home',
  home,
  '--host',
  host,
  '--driver',
  driver,
];

/** The host's agent: makes the servers of this host real, or pretends to (driver `fake`). */
export function hostAgent({ configuration }: Cloud, engine: Engine | undefined): Component {
  const { home, host, driver } = configuration;
  const needsEngine = engine?.kind === 'private';
  return {
    name: 'host-agent',
    title: 'host agent',
    class: 'control',
    dependsOn: [
      'ovsdb-ovenbird',
      ...(driver === 'docker' ? ['vswitchd'] : []),
      ...(needsEngine ? ['dockerd'] : []),
    ],
    launch: () => ({
      command: [
        ...agentCommand(home, host, driver),
        ...(engine === undefined ? [] : ['--docker', `unix:${engine.socket}`]),
      ],
      inNamespace: driver === 'docker',
    }),
    // It says that it is there with its row's heartbeat; the step `hosts` waits for that through the API.
    ready: async () => true,
    stop: { signal: 'SIGTERM', timeout: 10_000 },
  };
}
