import { globSync, rmSync } from 'node:fs';
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
  // It chooses the name of its control socket itself, by its process id.
  const controls = () => globSync(path.join(folder, 'ovn-controller.*.ctl'));
  return {
    name: 'ovn-controller',
    title: 'ovn-controller',
    class: 'data',
    dependsOn: ['vswitchd', 'ovsdb-sb'],
    async prepare() {
      for (const stale of controls()) rmSync(stale);
    },
    launch: () => ({
      command: ['ovn-controller', `unix:${path.join(folder, 'db.sock')}`, ...LOG_TO_CONSOLE],
      environment: {
        OVN_RUNDIR: folder,
        OVS_RUNDIR: folder,
        OVN_LOGDIR: folder,
        OVS_LOGDIR: folder,
      },
      inNamespace: true,
    }),
    async ready() {
      const [control] = controls();
      return control !== undefined && (await socketAnswers(control));
    },
    stop: { signal: 'SIGTERM', timeout: 5000 },
  };
}
