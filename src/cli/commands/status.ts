import { homeFolder } from '../../core/configuration.ts';
import { openCloud, type Cloud } from '../../cloud/cloud.ts';
import { chosenEngine } from '../../cloud/engine.ts';
import { lockHolder } from '../../cloud/lock.ts';
import { planOf } from '../../cloud/plan.ts';
import { memoryOf, ownMemoryOf, startedAt } from '../../cloud/process.ts';
import { readStatus, type UnitState, type UnitStatus } from '../../cloud/status.ts';
import { recordedProcess } from '../../cloud/unit.ts';
import { flag, type Command } from '../command.ts';
import { endpointOf } from '../credentials.ts';
import { duration, print, table } from '../terminal.ts';

/** One line of the status. */
interface ComponentStatus {
  readonly name: string;
  readonly state: UnitState;
  readonly pid?: number;
  /** Seconds. */
  readonly uptime?: number;
  /** Bytes, of the process and its descendants. */
  readonly pss?: number;
  readonly rss?: number;
  readonly restarts: number;
  readonly lastError?: UnitStatus['lastError'];
}

/** What is the case now: the supervisor's word on states, the kernel's on processes. */
function componentStatuses(cloud: Cloud): ComponentStatus[] {
  const known = readStatus(cloud.layout);
  const supervised = lockHolder(cloud.layout)?.purpose === 'supervisor';
  return planOf(cloud, chosenEngine(cloud)).components.map(({ name }) => {
    const unit = known?.components[name];
    const identity = recordedProcess(cloud, name);
    const state: UnitState =
      identity === undefined
        ? supervised && unit !== undefined && unit.state !== 'running'
          ? unit.state
          : 'stopped'
        : supervised && unit?.state === 'starting'
          ? 'starting'
          : 'running';
    return {
      name,
      state,
      restarts: unit?.restarts ?? 0,
      ...(identity === undefined
        ? {}
        : {
            pid: identity.pid,
            uptime: Math.max(0, Math.round((Date.now() - startedAt(identity)) / 1000)),
            ...memoryOf(identity.pid),
          }),
      ...(unit?.lastError === undefined ? {} : { lastError: unit.lastError }),
    };
  });
}

const mebibytes = (bytes: number | undefined): string =>
  bytes === undefined ? '-' : `${(bytes / 2 ** 20).toFixed(0)} MiB`;

export const command: Command = {
  summary: 'shows each component: state, process, uptime, memory, last error',
  options: { json: { type: 'boolean', help: 'print it as JSON' } },
  details:
    'MEMORY is the proportional set size (PSS), descendants included: what would be free without it.\nExit code 0: everything runs; 3: something does not.',
  examples: [
    'npx ovenbird status',
    "npx ovenbird status --json | jq '.components[] | {name, state}'",
  ],
  async run(given) {
    const cloud = openCloud(homeFolder());
    const holder = lockHolder(cloud.layout);
    const supervisor =
      holder?.purpose === 'supervisor'
        ? {
            pid: holder.pid,
            uptime: Math.round((Date.now() - startedAt(holder)) / 1000),
            ...ownMemoryOf(holder.pid),
          }
        : undefined;
    const components = componentStatuses(cloud);
    const { configuration } = cloud;
    const running =
      components.every(({ state }) => state === 'running') && supervisor !== undefined;
    if (flag(given, 'json')) {
      print(
        JSON.stringify(
          {
            name: configuration.name,
            home: configuration.home,
            endpoint: endpointOf(cloud),
            external: configuration.external,
            supervisor: supervisor ?? null,
            components,
          },
          null,
          2,
        ),
      );
      return running ? 0 : 3;
    }
    print(
      `cloud ${configuration.name} in ${configuration.home}, ${endpointOf(cloud)}, ` +
        (supervisor === undefined ? 'not supervised: "npx ovenbird up" starts it' : 'up'),
    );
    const rows = components.map((component) => [
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
    ]);
    if (supervisor !== undefined)
      rows.push([
        'supervisor',
        'running',
        String(supervisor.pid),
        duration(supervisor.uptime),
        mebibytes(supervisor.pss),
        mebibytes(supervisor.rss),
        '0',
        '',
      ]);
    print(
      table(
        ['COMPONENT', 'STATE', 'PID', 'UPTIME', 'MEMORY', 'RSS', 'RESTARTS', 'LAST ERROR'],
        rows,
      ),
    );
    return running ? 0 : 3;
  },
};
