import { fileURLToPath } from 'node:url';
import { containerHosts, hostsOfMachine, type Configuration } from '../../core/configuration.ts';
import type { Cloud } from '../cloud.ts';
import type { Component } from '../component.ts';
import type { Engine } from '../engine.ts';

/** The command of an agent's process, without what only one driver needs. */
export const agentCommand = (
  configuration: Configuration,
  host: string,
  driver: string,
): [string, ...string[]] => [
  process.execPath,
  fileURLToPath(new URL('../../host/main.ts', import.meta.url)),
  '--home',
  configuration.home,
  '--host',
  host,
  '--driver',
  driver,
  '--share',
  String(hostsOfMachine(configuration)),
];

/** The agent of a host for containers, as a component. */
export interface HostAgent extends Component {
  readonly host: string;
}

/**
 * The agents of the hosts for containers: each makes the servers of its host real, or pretends to (driver `fake`). They
 * share the engine, and OVN's chassis, which is the first one's: its agent answers metadata for all.
 */
export const hostAgents = (cloud: Cloud, engine: Engine | undefined): HostAgent[] =>
  containerHosts(cloud.configuration).map((host, index) =>
    hostAgent(cloud, engine, host, index === 0 ? 'host-agent' : `host-agent-${index + 1}`),
  );

function hostAgent(
  { configuration }: Cloud,
  engine: Engine | undefined,
  host: string,
  name: string,
): HostAgent {
  const { driver, host: chassis } = configuration;
  const needsEngine = engine?.kind === 'private';
  return {
    name,
    host,
    title: host === chassis ? 'host agent' : `host agent of ${host}`,
    class: 'control',
    dependsOn: [
      'ovsdb-ovenbird',
      ...(driver === 'docker' ? ['vswitchd'] : []),
      ...(needsEngine ? ['dockerd'] : []),
      // The last to end, after which containers are stopped when the cloud is.
      ...(host === chassis ? [] : ['host-agent']),
    ],
    launch: () => ({
      command: [
        ...agentCommand(configuration, host, driver),
        ...(host === chassis ? [] : ['--chassis', chassis]),
        ...(engine === undefined ? [] : ['--docker', `unix:${engine.socket}`]),
      ],
      inNamespace: driver === 'docker',
    }),
    // It says that it is there with its row's heartbeat; the step `hosts` waits for that through the API.
    ready: async () => true,
    stop: { signal: 'SIGTERM', timeout: 10_000 },
  };
}
