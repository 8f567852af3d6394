import path from 'node:path';
import type { Cloud } from '../cloud.ts';
import type { Component } from '../component.ts';
import { socketAnswers } from '../ready.ts';
import { LOG_TO_CONSOLE } from './ovsdb.ts';

/**
 * ovn-controller: makes the host do what Southbound says. Its end is sudden on purpose (`exit --restart`'s
 * meaning): an orderly one would take the host out of Southbound and the flows out of br-int.
 */
export function ovnController({ layout, configuration }: Cloud): Component {
  const folder = layout.openVSwitch(configuration.host);
  const control = path.join(folder, 'ovn-controller.ctl');
  return {
    name: 'ovn-controller',
    title: 'ovn-controller',
    class: 'data',
    dependsOn: ['vswitchd', 'ovsdb-sb'],
    launch: () => ({
      command: [
        'ovn-controller',
        `unix:${path.join(folder, 'db.sock')}`,
        `--unixctl=${control}`,
        ...LOG_TO_CONSOLE,
      ],
      environment: {
        OVN_RUNDIR: folder,
        OVS_RUNDIR: folder,
        OVN_LOGDIR: folder,
        OVS_LOGDIR: folder,
      },
      inNamespace: true,
    }),
    ready: () => socketAnswers(control),
    stop: { signal: 'SIGTERM', timeout: 5000 },
  };
}
