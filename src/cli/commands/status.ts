import { homeFolder } from '../../core/configuration.ts';
import { openCloud } from '../../cloud/cloud.ts';
import { inspectCloud, type ComponentStatus } from '../../cloud/inspect.ts';
import { flag, type Command } from '../command.ts';
import { endpointOf } from '../credentials.ts';
import { duration, print, table } from '../terminal.ts';

const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? '-' : `${(bytes / 2 ** 20).toFixed(0)} MiB`;

const HEADER = ['COMPONENT', 'STATE', 'PID', 'UPTIME', 'MEMORY', 'RSS', 'RESTARTS', 'LAST ERROR'];

const row = (component: ComponentStatus): string[] => [
  component.name,
  component.state,
  component.pid === undefined ? '-' : String(component.pid),
  component.uptime === undefined ? '-' : duration(component.uptime),
  mebibytes(component.pss),
  mebibytes(component.rss),
  String(component.restarts),
  component.lastError === undefined
    ? ''
    : `${component.lastError.at} ${component.lastError.message.split('\n')[0]}`,
];

export const command: Command = {
  summary: 'shows each component: state, process, uptime, memory, last error',
  options: { json: { type: 'boolean', help: 'print it as JSON' } },
  details:
    'MEMORY is the proportional set size (PSS), descendants included: what would be free without it.\n' +
    'The last errors are told in full by --json, the whole story by "ovenbird logs COMPONENT".',
  examples: [
    'npx ovenbird status',
    "npx ovenbird status --json | jq '.components[] | {name, state}'",
  ],
  async run(given) {
    const cloud = openCloud(homeFolder());
    const { name, home, external } = cloud.configuration;
    const endpoint = endpointOf(cloud);
    const components = inspectCloud(cloud);
    const up = components.every(({ state }) => state === 'running');
    if (flag(given, 'json')) {
      print(JSON.stringify({ name, home, endpoint, external, up, components }, null, 2));
      return 0;
    }
    const supervised = components.some(
      (component) => component.name === 'supervisor' && component.state === 'running',
    );
    const state = supervised
      ? up
        ? 'up'
        : 'not everything runs'
      : 'not supervised: "npx ovenbird up" starts it';
    print(`cloud ${name} in ${home}, ${endpoint}, ${state}`);
    print(table(HEADER, components.map(row)));
    return 0;
  },
};
