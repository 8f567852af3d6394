import path from 'node:path';
import { CLOUD_INTERFACE, PHYSICAL_NETWORK, type Cloud } from '../cloud.ts';
import { run } from '../command.ts';
import type { Component } from '../component.ts';
import { socketAnswers } from '../ready.ts';
import { chassisOptions } from './chassis-options.ts';
import { LOG_TO_CONSOLE } from './ovsdb.ts';

/**
 * ovs-vswitchd with the datapath in user space, which needs no kernel module, and the two bridges: br-int, whose
 * flows are OVN's, and br-ex, which joins OVN's external network to the veth of the machine.
 */
export function vswitchd({ layout, configuration, namespaceFile }: Cloud): Component {
  const folder = layout.openVSwitch(configuration.host);
  const database = `unix:${path.join(folder, 'db.sock')}`;
  const control = path.join(folder, 'ovs-vswitchd.ctl');
  const settings: Record<string, string> = {
    'system-id': configuration.host,
    hostname: configuration.host,
    'ovn-remote': `unix:${layout.southbound}`,
    'ovn-encap-type': 'geneve',
    // One host has no tunnels; the address only has to be one of the namespace's.
    'ovn-encap-ip': '127.0.0.1',
    'ovn-bridge-mappings': `${PHYSICAL_NETWORK}:br-ex`,
    'ovn-bridge-datapath-type': 'netdev',
    'ovn-cms-options': chassisOptions(configuration.options?.['network']),
    'ovn-monitor-all': 'true',
  };
  return {
    name: 'vswitchd',
    title: 'ovs-vswitchd',
    class: 'data',
    dependsOn: ['ovsdb-vswitch'],
    async prepare() {
      const words = (text: string) => text.split(' ');
      await run('ovs-vsctl', [
        `--db=${database}`,
        '--timeout=10',
        '--no-wait',
        ...words('-- init -- set Open_vSwitch .'),
        ...Object.entries(settings).map(([key, value]) => `external-ids:${key}="${value}"`),
        ...words(
          '-- --may-exist add-br br-int -- set Bridge br-int datapath_type=netdev fail_mode=secure',
        ),
        ...words('-- --may-exist add-br br-ex -- set Bridge br-ex datapath_type=netdev'),
        ...words(`-- --may-exist add-port br-ex ${CLOUD_INTERFACE}`),
      ]);
    },
    launch: () => ({
      command: ['ovs-vswitchd', database, `--unixctl=${control}`, ...LOG_TO_CONSOLE],
      environment: { OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder },
      inNamespace: true,
    }),
    ready: () => socketAnswers(control),
    async afterStart() {
      // Without --no-wait a change ends only when vswitchd has made the whole configuration real.
      await run('ovs-vsctl', [
        `--db=${database}`,
        '--timeout=10',
        'set',
        'Open_vSwitch',
        '.',
        `external-ids:ovenbird-started-at="${new Date().toISOString()}"`,
        // What was configured since: a switch that was found running began with the options of then.
        `external-ids:ovn-cms-options="${settings['ovn-cms-options']}"`,
      ]);
      // The tap outlives a killed vswitchd but comes back down.
      await run('nsenter', [`--net=${namespaceFile}`, '--', 'ip', 'link', 'set', 'br-ex', 'up']);
    },
    stop: { signal: 'SIGTERM', timeout: 5000 },
  };
}
