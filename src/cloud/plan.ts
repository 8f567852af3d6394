import { qemuHost } from '../core/configuration.ts';
import type { Cloud } from './cloud.ts';
import type { Chore, Plan, Step } from './component.ts';
import { controlPlane } from './components/control-plane.ts';
import { dockerd } from './components/dockerd.ts';
import { hostAgents } from './components/host-agent.ts';
import { northd } from './components/northd.ts';
import { ovnController } from './components/ovn-controller.ts';
import { centralDatabases, switchDatabase } from './components/ovsdb.ts';
import { qemuAgent } from './components/qemu-agent.ts';
import { postgresql } from './components/postgresql.ts';
import { vswitchd } from './components/vswitchd.ts';
import type { Engine } from './engine.ts';
import { waitForHost } from './hosts.ts';
import { rotateLogs } from './log-files.ts';
import { masqueradingKeeper, setUpNetwork } from './network/network.ts';
import { seed } from './seed/seed.ts';

/** Which processes make this cloud, in no particular order: their dependencies say it. */
export function planOf(cloud: Cloud, engine: Engine | undefined): Plan {
  const agents = hostAgents(cloud, engine);
  const components = [
    postgresql(cloud),
    ...centralDatabases(cloud),
    northd(cloud),
    controlPlane(cloud),
    ...agents,
  ];
  const chores: Chore[] = [
    { name: 'logs', pause: 30_000, run: async () => rotateLogs(cloud.layout.log) },
  ];
  const steps: Step[] = [
    {
      name: 'seed',
      title: 'flavors, public network, busybox image',
      dependsOn: ['control-plane'],
      run: () => seed(cloud),
    },
    ...agents.map(({ name, host }) => ({
      name: name.replace('-agent', ''),
      title: `host ${host} reports itself`,
      dependsOn: ['control-plane', name],
      run: () => waitForHost(cloud, host, name),
    })),
  ];
  const [machines, host] = [qemuAgent(cloud), qemuHost(cloud.configuration)];
  if (machines !== undefined && host !== undefined) {
    components.push(machines);
    steps.push({
      name: 'qemu-host',
      title: `host ${host} reports itself`,
      dependsOn: ['control-plane', machines.name],
      run: () => waitForHost(cloud, host, machines.name),
    });
  }
  if (cloud.configuration.driver === 'docker') {
    components.push(switchDatabase(cloud), vswitchd(cloud), ovnController(cloud));
    if (engine?.kind === 'private') components.push(dockerd(cloud));
    steps.push({
      name: 'network',
      title: 'namespace, veth, masquerading',
      dependsOn: [],
      run: () => setUpNetwork(cloud),
    });
    chores.push({ name: 'masquerading', pause: 10_000, run: masqueradingKeeper(cloud) });
  }
  return { steps, components, chores };
}
