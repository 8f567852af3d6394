/**
 * The host agent's process: `node src/host/main.ts --home HOME --host NAME [--driver docker|fake]
 * [--docker unix:PATH]`. With the docker driver it is started inside the cloud's network namespace; all it needs to
 * find is below HOME.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { homeFolder, paths, readConfiguration } from '../core/configuration.ts';
import { messageOf } from '../core/errors.ts';
import { createLogger } from '../core/log.ts';
import { Agent, tokenFrom } from './agent.ts';
import { DockerDriver } from './drivers/docker/driver.ts';
import { FakeDriver } from './drivers/fake.ts';

const log = createLogger('host-agent');

function options() {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      host: { type: 'string' },
      driver: { type: 'string' },
      docker: { type: 'string' },
      /** Seconds that a server stays which no row wants. */
      'orphan-seconds': { type: 'string' },
      /** Milliseconds that a new server waits for OVN's flows at most. */
      'flow-milliseconds': { type: 'string' },
    },
  });
  const configuration = readConfiguration(values.home ?? homeFolder());
  const host = values.host ?? configuration.host;
  const driver = values.driver ?? configuration.driver;
  if (driver !== 'docker' && driver !== 'fake') {
    throw new Error(`--driver is docker or fake, not ${driver}`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(host)) {
    throw new Error(`--host is a host name, not ${host}`);
  }
  const where = paths(configuration.home);
  const folder = where.host(host);
  const docker = values.docker ?? process.env['DOCKER_HOST'];
  const number = (name: 'orphan-seconds' | 'flow-milliseconds', byDefault: number) => {
    const value = Number(values[name] ?? byDefault);
    if (!(value >= 0)) throw new Error(`--${name} is a number, not ${values[name]}`);
    return value;
  };
  return {
    configuration,
    host,
    driver,
    where,
    folder,
    docker: (docker ?? `unix:${path.join(folder, 'docker/docker.sock')}`).replace(
      /^unix:(\/\/)?/,
      '',
    ),
    orphanPatience: number('orphan-seconds', 30) * 1000,
    flowPatience: number('flow-milliseconds', 1000),
  } as const;
}

async function main(): Promise<void> {
  const { configuration, host, driver, where, folder, docker, ...patience } = options();
  const agent = new Agent({
    cloud: { id: configuration.id, name: configuration.name },
    host,
    folder,
    ovenbird: `unix:${where.ovenbird}`,
    openVSwitch: driver === 'docker' ? `unix:${path.join(folder, 'ovs/db.sock')}` : undefined,
    controlPlane: { socketPath: where.apiSocket },
    token: tokenFrom(where.hostToken),
    driver:
      driver === 'fake'
        ? new FakeDriver()
        : new DockerDriver({ socketPath: docker, folder, cloud: configuration.id, host, log }),
    ...patience,
    log,
  });
  let isEnding = false;
  const end = (signal: NodeJS.Signals) => {
    if (isEnding) return;
    isEnding = true;
    log.info({ signal }, 'ending; servers go on');
    agent.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not end in good order');
        process.exit(1);
      },
    );
    // A step that hangs must not keep the process: all it leaves is found again.
    setTimeout(() => process.exit(0), 8_000).unref();
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  await agent.start();
}

// Imported only to be compiled (scripts/compile.ts) it does nothing.
if (import.meta.main) {
  main().catch((error: unknown) => {
    log.fatal({ err: error }, messageOf(error));
    process.exit(1);
  });
}
