import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { sql } from 'kysely';
import { Type } from 'typebox';
import { badRequest, conflict, forbidden, messageOf, notFound } from '../../../core/errors.ts';
import type { Logger } from '../../../core/log.ts';
import { operation } from '../../operation.ts';
import { standardAttributes, standardColumns, standardView } from '../attributes/standard.ts';
import * as types from '../attributes/types.ts';
import * as rows from '../northbound/rows.ts';
import { tunnelType } from '../segments/types/tunnel.ts';
import type { Driver, DriverKit, DriverModule } from './driver.ts';

/**
 * Loads drivers by the names of their packages: from `<home>/drivers/node_modules`, or an absolute path. A driver
 * that cannot be loaded fails the start, for a cloud without what it was told to have is not the one asked for.
 */
export async function loadDrivers(
  names: readonly string[],
  home: string,
  log: Logger,
): Promise<Driver[]> {
  const require = createRequire(path.join(home, 'drivers', 'package.json'));
  const drivers: Driver[] = [];
  for (const name of names) {
    try {
      const file = require.resolve(name);
      const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
      if (typeof module.default !== 'function') {
        throw new Error('its default export is not a function that makes a driver');
      }
      drivers.push(await (module.default as DriverModule)(kit(log.child({ driver: name }))));
    } catch (error) {
      throw new Error(
        `the network driver '${name}' cannot be loaded: ${messageOf(error)}. Install it below ${path.join(home, 'drivers')}, or take it out of the configuration.`,
        { cause: error },
      );
    }
  }
  return drivers;
}

const kit = (log: Logger): DriverKit => ({
  sql,
  Type,
  operation,
  types,
  standardAttributes,
  standardColumns,
  standardView,
  rows,
  tunnelType,
  faults: { badRequest, conflict, forbidden, notFound },
  log,
});
