/**
 * The control plane: one process that serves every API and keeps Northbound and the hosts' database as
 * PostgreSQL says. It has no state of its own; any number of signals may end it at any moment.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { homeFolder, paths, readConfiguration, readSecret } from '../core/configuration.ts';
import { collectedOutput, createLogger } from '../core/log.ts';
import { loadDrivers, networkOptions } from '../services/network/index.ts';
import { loadTypes, orchestrationOptions } from '../services/orchestration/index.ts';
import { createControlPlane, type ControlPlane } from './control-plane.ts';

async function main(): Promise<void> {
  const log = createLogger('control-plane', undefined, collectedOutput());
  const configuration = readConfiguration(homeFolder());
  const files = paths(configuration.home);

  const die = (error: unknown) => {
    log.fatal({ error }, 'the control plane cannot go on');
    // The supervisor starts it again; state is in PostgreSQL.
    process.exit(1);
  };
  process.on('unhandledRejection', die);
  process.on('uncaughtException', die);

  const options = networkOptions(configuration.options?.['network'] ?? {});
  const networkDrivers = await loadDrivers(options.drivers, configuration.home, log);
  const { types } = orchestrationOptions(configuration.options?.['orchestration'] ?? {});
  const resourceTypes = await loadTypes(types, configuration.home, log);
  const hostToken = readSecret(files.hostToken);
  const plane = createControlPlane({
    configuration,
    hostToken,
    log,
    networkDrivers,
    resourceTypes,
  });
  // Hosts of this machine come through a socket that only root may open: the same server, no port in between.
  const local = createHttpServer(
    { shouldUpgradeCallback: (request) => plane.upgrades.wants(request) },
    (request, reply) => plane.app.routing(request, reply),
  );
  local.on('upgrade', (request, connection, first) =>
    plane.upgrades.handle(request, connection, first),
  );
  const end = () => void stop(plane, local);
  process.once('SIGTERM', end);
  process.once('SIGINT', end);

  await plane.start();
  await plane.app.ready();
  rmSync(files.apiSocket, { force: true });
  await new Promise<void>((resolve, reject) => {
    local.once('error', reject);
    local.listen(files.apiSocket, resolve);
  });
  chmodSync(files.apiSocket, 0o600);
  await plane.app.listen({
    host: configuration.listen.address,
    port: configuration.listen.port,
  });
  log.info({ listen: configuration.listen, pid: process.pid }, 'all APIs answer');
}

/** Lets requests under way come to their end, for three seconds at most. */
async function stop(plane: ControlPlane, local: Server): Promise<void> {
  setTimeout(() => process.exit(0), 3000).unref();
  local.close();
  local.closeIdleConnections();
  await plane.stop();
  process.exit(0);
}

// Imported only to be compiled (scripts/compile.ts) it does nothing.
if (import.meta.main) await main();
