import type { Cloud } from './cloud.ts';
import type { Plan } from './component.ts';
import { controlPlane } from './components/control-plane.ts';
import { dockerd } from './components/dockerd.ts';
import { hostAgent } from './components/host-agent.ts';
import { northd } from './components/northd.ts';
import { ovnController } from './components/ovn-controller.ts';
import { centralDatabases, switchDatabase } from './components/ovsdb.ts';
import { postgresql } from './components/postgresql.ts';
import { vswitchd } from './components/vswitchd.ts';
import type { Engine } from './engine.ts';
import { setUpNetwork } from './network/network.ts';

/** Which processes make this cloud, in no particular order: their dependencies say it. */
export function planOf(cloud: Cloud, engine: Engine | undefined): Plan {
  const central = [
    postgresql(cloud),
    ...centralDatabases(cloud),
    northd(cloud),
    controlPlane(cloud),
  ];
  if (cloud.configuration.driver === 'fake')
    return { steps: [], components: [...central, hostAgent(cloud, undefined)] };
  return {
    steps: [
      {
        name: 'network',
        title: 'namespace, veth, masquerading',
        dependsOn: [],
        run: () => setUpNetwork(cloud),
      },
    ],
    components: [
      ...central,
      switchDatabase(cloud),
      vswitchd(cloud),
      ovnController(cloud),
      ...(engine?.kind === 'private' ? [dockerd(cloud)] : []),
      hostAgent(cloud, engine),
    ],
  };
}
