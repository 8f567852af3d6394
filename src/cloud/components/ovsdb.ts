import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cloud } from '../cloud.ts';
import { run } from '../command.ts';
import type { Component } from '../component.ts';
import { ensureFolder } from '../files.ts';
import { prepareOvsdbFile } from '../ovsdb-file.ts';
import { socketAnswers } from '../ready.ts';

interface DatabaseServer {
  readonly name: string;
  readonly title: string;
  readonly class: Component['class'];
  readonly dependsOn: readonly string[];
  readonly file: string;
  readonly schema: string;
  readonly socket: string;
  readonly control: string;
  readonly inNamespace?: boolean;
  afterStart?(): Promise<void>;
}

/** Switches off the daemon's own log files: what it prints goes to `log/<component>.log`. */
export const LOG_TO_CONSOLE = ['-vconsole:info', '-vsyslog:off', '-vfile:off'];

/** An ovsdb-server on a unix socket that holds one database. */
const databaseServer = (server: DatabaseServer): Component => ({
  name: server.name,
  title: server.title,
  class: server.class,
  dependsOn: server.dependsOn,
  async prepare() {
    ensureFolder(path.dirname(server.file), 0o700);
    await prepareOvsdbFile(server.file, server.schema);
  },
  launch: () => ({
    command: [
      'ovsdb-server',
      server.file,
      `--remote=punix:${server.socket}`,
      `--unixctl=${server.control}`,
      ...LOG_TO_CONSOLE,
    ],
    inNamespace: server.inNamespace === true,
  }),
  ready: () => socketAnswers(server.socket),
  ...(server.afterStart === undefined ? {} : { afterStart: server.afterStart }),
  stop: { signal: 'SIGTERM', timeout: 5000 },
});

/** Northbound, Southbound and Ovenbird: what the control plane wants and what the hosts report. */
export function centralDatabases({ layout }: Cloud): Component[] {
  const file = (name: string) => path.join(layout.databases, name);
  return [
    databaseServer({
      name: 'ovsdb-nb',
      title: 'OVN Northbound database',
      class: 'control',
      dependsOn: [],
      file: file('nb.db'),
      schema: '/usr/share/ovn/ovn-nb.ovsschema',
      socket: layout.northbound,
      control: path.join(layout.run, 'nb.ctl'),
      async afterStart() {
        await run('ovn-nbctl', [`--db=unix:${layout.northbound}`, '--timeout=10', 'init']);
      },
    }),
    databaseServer({
      name: 'ovsdb-sb',
      title: 'OVN Southbound database',
      // Routers learn their neighbours' addresses through it: without it running servers lose new peers.
      class: 'data',
      dependsOn: [],
      file: file('sb.db'),
      schema: '/usr/share/ovn/ovn-sb.ovsschema',
      socket: layout.southbound,
      control: path.join(layout.run, 'sb.ctl'),
      async afterStart() {
        await run('ovn-sbctl', [`--db=unix:${layout.southbound}`, '--timeout=10', 'init']);
      },
    }),
    databaseServer({
      name: 'ovsdb-ovenbird',
      title: 'Ovenbird database',
      class: 'control',
      dependsOn: [],
      file: file('ovenbird.db'),
      schema: fileURLToPath(new URL('../../host/ovenbird.ovsschema', import.meta.url)),
      socket: layout.ovenbird,
      control: path.join(layout.run, 'ovenbird.ctl'),
    }),
  ];
}

/** The Open vSwitch database of the host: which bridges and ports there are. */
export function switchDatabase({ layout, configuration }: Cloud): Component {
  const folder = layout.openVSwitch(configuration.host);
  return databaseServer({
    name: 'ovsdb-vswitch',
    title: 'Open vSwitch database',
    class: 'data',
    dependsOn: ['network'],
    file: path.join(folder, 'conf.db'),
    schema: '/usr/share/openvswitch/vswitch.ovsschema',
    socket: path.join(folder, 'db.sock'),
    control: path.join(folder, 'ovsdb-server.ctl'),
    inNamespace: true,
  });
}
