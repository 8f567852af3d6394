import { qemuHost } from '../../core/configuration.ts';
import type { Cloud } from '../cloud.ts';
import type { Component } from '../component.ts';
import { agentCommand } from './host-agent.ts';

/**
 * The agent of the host for virtual machines: one more host of compute on the same machine, with the same Open vSwitch,
 * since OVN's chassis is one. Undefined when nobody asked for it (`ovenbird up --qemu`).
 */
export function qemuAgent({ configuration }: Cloud): Component | undefined {
  const host = qemuHost(configuration);
  if (host === undefined) return undefined;
  return {
    name: 'qemu-agent',
    title: 'host agent for virtual machines',
    class: 'control',
    dependsOn: ['ovsdb-ovenbird', 'vswitchd'],
    launch: () => ({
      command: [...agentCommand(configuration, host, 'qemu'), '--chassis', configuration.host],
      inNamespace: true,
    }),
    ready: async () => true,
    stop: { signal: 'SIGTERM', timeout: 10_000 },
  };
}
