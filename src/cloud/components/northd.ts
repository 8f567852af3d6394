import path from 'node:path';
import type { Cloud } from '../cloud.ts';
import type { Component } from '../component.ts';
import { socketAnswers } from '../ready.ts';
import { LOG_TO_CONSOLE } from './ovsdb.ts';

/** ovn-northd: turns Northbound's switches and routers into Southbound's flows. */
export function northd({ layout }: Cloud): Component {
  const control = path.join(layout.run, 'northd.ctl');
  return {
    name: 'northd',
    title: 'ovn-northd',
    class: 'control',
    dependsOn: ['ovsdb-nb', 'ovsdb-sb'],
    launch: () => ({
      command: [
        'ovn-northd',
        `--ovnnb-db=unix:${layout.northbound}`,
        `--ovnsb-db=unix:${layout.southbound}`,
        `--unixctl=${control}`,
        ...LOG_TO_CONSOLE,
      ],
      environment: { OVN_RUNDIR: layout.run, OVS_RUNDIR: layout.run },
    }),
    ready: () => socketAnswers(control),
    stop: { signal: 'SIGTERM', timeout: 5000 },
  };
}
