/**
 * The host agent's process: `node src/host/main.ts --home HOME --host NAME [--driver docker|qemu|fake]
 * [--docker unix:PATH] [--chassis HOST] [--share NUMBER]`. But for the fake driver it is started inside the cloud's network namespace;
 * all it needs to find is below HOME.
 */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { homeFolder, paths, readConfiguration } from '../core/configuration.ts';
import { messageOf } from '../core/errors.ts';
import { createLogger } from '../core/log.ts';
import { Agent, tokenFrom } from './agent.ts';
import { DockerDriver } from './drivers/docker/driver.ts';
import { FakeDriver } from './drivers/fake.ts';
import { QemuDriver } from './drivers/qemu/driver.ts';

const log = createLogger('host-agent');

function options() {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      host: { type: 'string' },
      driver: { type: 'string' },
      docker: { type: 'string' },
      /** Host whose Open vSwitch is used; default: this host has its own. */
      chassis: { type: 'string' },
      /** How many hosts this machine is, of which this one is one. */
      share: { type: 'string' },
      /** Seconds that a server stays which no row wants. */
      'orphan-seconds': { type: 'string' },
      /** Milliseconds that a new server waits for OVN's flows at most. */
      'flow-milliseconds': { type: 'string' },
    },
  });
  const configuration = readConfiguration(values.home ?? homeFolder());
  const host = values.host ?? configuration.host;
  const driver = values.driver ?? configuration.driver;
  if (driver !== 'docker' && driver !== 'qemu' && driver !== 'fake') {
    throw new Error(`--driver is docker, qemu or fake, not ${driver}`);
  }
  const chassis = values.chassis ?? host;
  for (const [option, name] of Object.entries({ host, chassis })) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) {
      throw new Error(`--${option} is a host name, not ${name}`);
    }
  }
  const where = paths(configuration.home);
  const folder = where.host(host);
  const docker = values.docker ?? process.env['DOCKER_HOST'];
  const number = (
    name: 'share' | 'orphan-seconds' | 'flow-milliseconds',
    byDefault: number,
    least = 0,
  ) => {
    const value = Number(values[name] ?? byDefault);
    if (!(value >= least)) throw new Error(`--${name} is a number, not ${values[name]}`);
    return value;
  };
  return {
    configuration,
    host,
    chassis,
    driver,
    where,
    folder,
    docker: (docker ?? `unix:${path.join(folder, 'docker/docker.sock')}`).replace(
      /^unix:(\/\/)?/,
      '',
    ),
    share: number('share', 1, 1),
    orphanPatience: number('orphan-seconds', 30) * 1000,
    flowPatience: number('flow-milliseconds', 1000),
  } as const;
}

async function main(): Promise<void> {
  const { configuration, host, chassis, driver, where, folder, docker, ...patience } = options();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const makeDriver = {
    docker: () =>
      new DockerDriver({
        socketPath: docker,
        folder,
        cloud: configuration.id,
        host,
        ...(chassis === host ? {} : { suffix: `-${host}` }),
        log,
      }),
    qemu: () => new QemuDriver({ folder, log }),
    fake: () => new FakeDriver(),
  };
  const agent = new Agent({
    cloud: { id: configuration.id, name: configuration.name },
    host,
    folder,
    ovenbird: `unix:${where.ovenbird}`,
    chassis,
    openVSwitch:
      driver === 'fake' ? undefined : `unix:${path.join(where.host(chassis), 'ovs/db.sock')}`,
    controlPlane: { socketPath: where.apiSocket },
    token: tokenFrom(where.hostToken),
    driver: makeDriver[driver](),
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
